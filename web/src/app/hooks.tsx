import { createContext, useContext, useMemo, useSyncExternalStore } from 'react'
import type { World } from '../commands/command.ts'
import { type Format, makeFormat } from '../i18n/format.ts'
import { currentLanguage, onLanguage, type Translate, translate } from '../i18n/language.ts'
import { Cell, type Value } from '../state/value.ts'
import type { Language, Me } from '../wire/model.ts'
import type { App } from './session.ts'
import type { Running } from './wiring.ts'

const AppContext = createContext<App | null>(null)
const RunningContext = createContext<Running | null>(null)
export const AppProvider = AppContext.Provider
export const RunningProvider = RunningContext.Provider

/** The present value, shown again after each change. */
export function useValue<T>(value: Value<T>): T {
  return useSyncExternalStore(value.subscribe, value.get, value.get)
}

export function useApp(): App {
  const app = useContext(AppContext)
  if (app === null) throw new Error('outside of the app')
  return app
}

export function useRunning(): Running {
  const running = useContext(RunningContext)
  if (running === null) throw new Error('nobody is signed in')
  return running
}

export function useWorld(): World {
  return useRunning().world
}

export function useMe(): Me {
  return useWorld().me
}

function inLanguage(_: Language): Translate {
  return (key, values) => translate(key, values)
}

export function useT(): Translate {
  const language = useLanguage()
  // A new function for each language, so that what is remembered by it is made anew.
  return useMemo<Translate>(() => inLanguage(language), [language])
}

export function useLanguage(): Language {
  return useSyncExternalStore(onLanguage, currentLanguage, currentLanguage)
}

export function useFormat(): Format {
  const language = useLanguage()
  const app = useApp()
  const me = useValue(app.me)
  const { buddhistYear } = useValue(app.prefs)
  const zone = me?.tenant.timeZone ?? ''
  return useMemo(() => makeFormat(language, zone, buddhistYear), [language, zone, buddhistYear])
}

/** A clock that ticks each second while somebody looks. */
class Clock implements Value<number> {
  private readonly cell = new Cell(Date.now())
  private readers = 0
  private timer: ReturnType<typeof setInterval> | null = null
  readonly get = (): number => this.cell.get()
  readonly subscribe = (changed: () => void): (() => void) => {
    const leave = this.cell.subscribe(changed)
    this.readers++
    this.timer ??= setInterval(() => this.cell.set(Date.now()), 1000)
    return () => {
      leave()
      this.readers--
      if (this.readers > 0 || this.timer === null) return
      clearInterval(this.timer)
      this.timer = null
    }
  }
}

const clock = new Clock()

/** The server's clock, ms, ticking. */
export function useNow(): number {
  const ours = useValue(clock)
  const { offset } = useValue(useWorld().desk.live)
  return ours + offset
}
