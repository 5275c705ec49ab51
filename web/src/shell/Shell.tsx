import { useMediaQuery } from '@mantine/hooks'
import { Outlet, useNavigate, useRouterState } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { RunningProvider, useApp, useT, useValue, useWorld } from '../app/hooks.tsx'
import { type Running, wire } from '../app/wiring.ts'
import { commandFor } from '../commands/all.ts'
import { shortcutOf, typing } from '../commands/keyboard.ts'
import { CallBar } from '../desk/CallBar.tsx'
import { loadTexts } from '../i18n/language.ts'
import { Boundary } from '../ui/Boundary.tsx'
import type { Me } from '../wire/model.ts'
import { AlertLine } from './AlertLine.tsx'
import { Header } from './Header.tsx'
import { Nav } from './Nav.tsx'
import { Announcer, Banners, Toasts } from './Notes.tsx'
import classes from './shell.module.css'

const Palette = lazy(async () => ({ default: (await import('./Palette.tsx')).Palette }))
const Sheet = lazy(async () => ({ default: (await import('./Sheet.tsx')).Sheet }))
const Transfer = lazy(async () => ({ default: (await import('../desk/Transfer.tsx')).Transfer }))
const Play = lazy(async () => ({ default: (await import('../desk/Play.tsx')).Play }))
const HangUpReason = lazy(async () => ({ default: (await import('../desk/HangUpReason.tsx')).HangUpReason }))
const BeforeShift = lazy(async () => ({ default: (await import('../desk/BeforeShift.tsx')).BeforeShift }))
const Dial = lazy(async () => ({ default: (await import('../desk/Dial.tsx')).Dial }))
const NoticeAsk = lazy(async () => ({ default: (await import('./NoticeAsk.tsx')).NoticeAsk }))
const NoticeList = lazy(async () => ({ default: (await import('./NoticeList.tsx')).NoticeList }))
const PhoneCheck = lazy(async () => ({ default: (await import('../desk/PhoneCheck.tsx')).PhoneCheck }))

/** The frame around every screen. It lives as long as the user is signed in, whatever is shown. */
export function Shell() {
  const app = useApp()
  const me = useValue(app.me)
  const navigate = useNavigate()
  const back = useRouterState({ select: (s) => s.location.href })
  useEffect(() => {
    // The frame stays until the sign-in page has loaded; asking again from there would never end.
    if (me === null && !back.startsWith('/sign-in'))
      void navigate({ to: '/sign-in', search: back === '/' || app.left ? {} : { back }, replace: true })
  }, [me, navigate, back, app])
  if (me === null || me === undefined) return null
  return <SignedIn key={me.user.id} me={me} />
}

function SignedIn({ me }: { me: Me }) {
  const app = useApp()
  const navigate = useNavigate()
  const [running, setRunning] = useState<Running | null>(null)
  const go = useRef((path: string) => void navigate({ href: path }))
  const first = useRef(me)
  useEffect(() => {
    const r = wire({
      me: first.current,
      prefs: app.prefs,
      go: (path) => go.current(path),
      signOut: () => app.signOut(),
      onOffline: () => void app.verify(),
    })
    setRunning(r)
    const key = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return
      const command = commandFor(shortcutOf(event), typing(event.target), r.world)
      if (command === null) return
      event.preventDefault()
      if (!event.repeat) void command.run(r.world)
    }
    // A list under the focus opens with Enter, with Ctrl too: ours comes before it.
    const early = (event: KeyboardEvent) => {
      if (shortcutOf(event) !== 'Ctrl+Enter') return
      key(event)
      if (event.defaultPrevented) event.stopPropagation()
    }
    addEventListener('keydown', early, true)
    addEventListener('keydown', key)
    return () => {
      removeEventListener('keydown', early, true)
      removeEventListener('keydown', key)
      r.end()
    }
  }, [app])
  if (running === null) return null
  return (
    <RunningProvider value={running}>
      <Frame />
    </RunningProvider>
  )
}

function Frame() {
  const t = useT()
  useEffect(() => {
    loadTexts('refusals').catch(() => {}) // a refusal is said by its kind then
  }, [])
  const narrow = useMediaQuery('(max-width: 800px)', undefined, { getInitialValueInEffect: false }) === true
  const path = useRouterState({ select: (s) => s.location.pathname })
  const main = useRef<HTMLElement>(null)
  const before = useRef(path)
  useEffect(() => {
    // A new screen begins at its top, and the keyboard with it.
    if (before.current === path) return
    before.current = path
    main.current?.scrollTo(0, 0)
    main.current?.focus({ preventScroll: true })
  }, [path])
  return (
    <div className={classes.frame} data-narrow={narrow} data-testid="frame">
      <a className={classes.skip} href="#content">
        {t('common.skip')}
      </a>
      <Header narrow={narrow} />
      {!narrow && <Nav className={classes.rail ?? ''} />}
      <main className={classes.main} id="content" ref={main} tabIndex={-1}>
        <AlertLine />
        <Banners />
        <Boundary resetKey={path} failed={<p role="alert">{t('errors.screen')}</p>}>
          <Suspense fallback={<p className={classes.banner}>{t('common.loading')}</p>}>
            <Outlet />
          </Suspense>
        </Boundary>
      </main>
      <div className={classes.bottom}>
        <CallBar />
      </div>
      <Suspense>
        <NoticeAsk />
      </Suspense>
      <Toasts />
      <Announcer />
      <Dialogs />
    </div>
  )
}

/** Loaded with the first one that is opened: the desk must be there before them. */
function Dialogs() {
  const panels = useValue(useWorld().panels)
  const open =
    panels.palette ||
    panels.sheet ||
    panels.phoneCheck ||
    panels.shift ||
    panels.transfer ||
    panels.hangUp ||
    panels.play ||
    panels.dial ||
    panels.notices
  const [used, setUsed] = useState(open)
  if (open && !used) setUsed(true)
  useEffect(() => {
    // Fetched when the desk has settled, so that the first Ctrl+K takes what is typed at once.
    const timer = setTimeout(() => setUsed(true), 3000)
    return () => clearTimeout(timer)
  }, [])
  if (!used) return null
  return (
    <Suspense>
      <Palette />
      <Sheet />
      <PhoneCheck />
      <BeforeShift />
      <Transfer />
      <Play />
      <HangUpReason />
      <Dial />
      <NoticeList />
    </Suspense>
  )
}
