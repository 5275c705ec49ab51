import { Cell } from './value.ts'

export type Scheme = 'auto' | 'light' | 'dark'

/** What this person chose on this device. */
export interface Prefs {
  language: string // empty: the browser's
  scheme: Scheme
  compact: boolean
  /** 0 to 1. */
  ringVolume: number
  /** Own shortcuts by command. */
  shortcuts: Record<string, string>
  /** The Buddhist year in Thai dates. */
  buddhistYear: boolean
}

export const usualPrefs: Prefs = {
  language: '',
  scheme: 'auto',
  compact: false,
  ringVolume: 0.6,
  shortcuts: {},
  buddhistYear: true,
}

const key = 'linekeeper.prefs'

export function loadPrefs(storage: Pick<Storage, 'getItem' | 'setItem'> | null): Cell<Prefs> {
  let kept: Partial<Prefs> = {}
  try {
    kept = JSON.parse(storage?.getItem(key) ?? '{}') as Partial<Prefs>
  } catch {
    // Broken: the usual.
  }
  const prefs = new Cell<Prefs>({ ...usualPrefs, ...kept })
  prefs.subscribe(() => {
    try {
      storage?.setItem(key, JSON.stringify(prefs.get()))
    } catch {
      // It then lasts for this visit.
    }
  })
  return prefs
}
