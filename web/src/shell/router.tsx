import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router'
import type { App } from '../app/session.ts'
import { type Area, loadTexts } from '../i18n/language.ts'
import { home } from '../state/rights.ts'
import { NotFound } from './NotFound.tsx'
import { Shell } from './Shell.tsx'

type Search = Record<string, string>

/** Addresses are plain text: every parameter stays the text it is. */
function plainSearch(search: string): Search {
  return Object.fromEntries(new URLSearchParams(search))
}

const textOnly = (search: Record<string, unknown>): Search =>
  Object.fromEntries(
    Object.entries(search)
      .filter(([, v]) => v !== undefined && v !== null && v !== '')
      .map(([k, v]) => [k, String(v)]),
  )

/** A screen that is shown when it and its texts have come. */
async function withTexts<T>(screen: Promise<T>, ...areas: Area[]): Promise<T> {
  await loadTexts(...areas)
  return screen
}

export function makeRouter(app: App) {
  const root = createRootRoute({ component: Outlet, validateSearch: textOnly })
  const signIn = createRoute({
    getParentRoute: () => root,
    path: '/sign-in',
    component: lazyRouteComponent(() => import('../start/SignIn.tsx'), 'SignIn'),
  })
  const setup = createRoute({
    getParentRoute: () => root,
    path: '/setup',
    component: lazyRouteComponent(() => withTexts(import('../start/Setup.tsx'), 'setUp'), 'Setup'),
  })
  const frame = createRoute({ getParentRoute: () => root, id: 'frame', component: Shell })
  const index = createRoute({
    getParentRoute: () => frame,
    path: '/',
    beforeLoad: () => {
      const me = app.me.get()
      if (me !== null && me !== undefined) throw redirect({ href: home(me), replace: true })
    },
  })
  const desk = createRoute({
    getParentRoute: () => frame,
    path: '/desk',
    component: lazyRouteComponent(() => import('../desk/DeskScreen.tsx'), 'DeskScreen'),
  })
  const board = createRoute({
    getParentRoute: () => frame,
    path: '/board',
    component: lazyRouteComponent(() => withTexts(import('../supervise/Board.tsx'), 'reading'), 'Board'),
  })
  const list = createRoute({
    getParentRoute: () => frame,
    path: '/interactions',
    component: lazyRouteComponent(() => withTexts(import('../interactions/List.tsx'), 'reading'), 'List'),
  })
  const detail = createRoute({
    getParentRoute: () => frame,
    path: '/interactions/$id',
    component: lazyRouteComponent(() => withTexts(import('../interactions/Detail.tsx'), 'reading'), 'Detail'),
  })
  const report = createRoute({
    getParentRoute: () => frame,
    path: '/report',
    component: lazyRouteComponent(() => withTexts(import('../reports/Report.tsx'), 'reading'), 'Report'),
  })
  const whatIf = createRoute({
    getParentRoute: () => frame,
    path: '/report/what-if',
    component: lazyRouteComponent(() => withTexts(import('../reports/WhatIf.tsx'), 'reading'), 'WhatIf'),
  })
  const setUp = createRoute({
    getParentRoute: () => frame,
    path: '/set-up/$kind',
    component: lazyRouteComponent(
      () => withTexts(import('../admin/SetUp.tsx'), 'reading', 'setUp', 'refusals'),
      'SetUp',
    ),
  })
  const setUpOne = createRoute({
    getParentRoute: () => frame,
    path: '/set-up/$kind/$id',
    component: lazyRouteComponent(
      () => withTexts(import('../admin/SetUp.tsx'), 'reading', 'setUp', 'refusals'),
      'SetUp',
    ),
  })
  const flowEditor = createRoute({
    getParentRoute: () => frame,
    path: '/set-up/flows/$id',
    component: lazyRouteComponent(() => import('../flows/FlowScreen.tsx'), 'FlowScreen'),
  })
  const start = createRoute({
    getParentRoute: () => frame,
    path: '/start',
    component: lazyRouteComponent(() => withTexts(import('../start/Start.tsx'), 'setUp'), 'Start'),
  })
  const myPhone = createRoute({
    getParentRoute: () => frame,
    path: '/my-phone',
    component: lazyRouteComponent(() => withTexts(import('../start/MyPhone.tsx'), 'setUp'), 'MyPhone'),
  })
  const audit = createRoute({
    getParentRoute: () => frame,
    path: '/audit',
    component: lazyRouteComponent(() => withTexts(import('../supervise/Audit.tsx'), 'reading', 'audit'), 'Audit'),
  })
  const callbacks = createRoute({
    getParentRoute: () => frame,
    path: '/callbacks',
    component: lazyRouteComponent(() => withTexts(import('../supervise/Callbacks.tsx'), 'reading'), 'Callbacks'),
  })
  const notices = createRoute({
    getParentRoute: () => frame,
    path: '/notices',
    component: lazyRouteComponent(() => withTexts(import('../supervise/Notices.tsx'), 'reading', 'setUp'), 'Notices'),
  })
  const preshift = createRoute({
    getParentRoute: () => frame,
    path: '/preshift',
    component: lazyRouteComponent(() => withTexts(import('../supervise/Preshift.tsx'), 'reading'), 'Preshift'),
  })
  const alerts = createRoute({
    getParentRoute: () => frame,
    path: '/alerts',
    component: lazyRouteComponent(() => withTexts(import('../supervise/AlertHistory.tsx'), 'setUp'), 'AlertHistory'),
  })
  const myPassword = createRoute({
    getParentRoute: () => frame,
    path: '/my-password',
    component: lazyRouteComponent(() => withTexts(import('../start/MyPassword.tsx'), 'setUp'), 'MyPassword'),
  })
  return createRouter({
    routeTree: root.addChildren([
      signIn,
      setup,
      frame.addChildren([
        index,
        desk,
        board,
        list,
        detail,
        callbacks,
        notices,
        preshift,
        report,
        whatIf,
        setUp,
        setUpOne,
        flowEditor,
        start,
        myPhone,
        audit,
        alerts,
        myPassword,
      ]),
    ]),
    parseSearch: plainSearch,
    stringifySearch: (search) => {
      const text = new URLSearchParams(textOnly(search)).toString()
      return text === '' ? '' : `?${text}`
    },
    defaultPreload: 'intent',
    defaultNotFoundComponent: NotFound,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>
  }
}
