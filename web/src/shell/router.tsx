import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router'
import type { App } from '../app/session.ts'
import { home } from '../state/rights.ts'
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
    component: lazyRouteComponent(() => import('../start/Setup.tsx'), 'Setup'),
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
    component: lazyRouteComponent(() => import('../supervise/Board.tsx'), 'Board'),
  })
  const list = createRoute({
    getParentRoute: () => frame,
    path: '/interactions',
    component: lazyRouteComponent(() => import('../interactions/List.tsx'), 'List'),
  })
  const detail = createRoute({
    getParentRoute: () => frame,
    path: '/interactions/$id',
    component: lazyRouteComponent(() => import('../interactions/Detail.tsx'), 'Detail'),
  })
  const report = createRoute({
    getParentRoute: () => frame,
    path: '/report',
    component: lazyRouteComponent(() => import('../reports/Report.tsx'), 'Report'),
  })
  const setUp = createRoute({
    getParentRoute: () => frame,
    path: '/set-up/$kind',
    component: lazyRouteComponent(() => import('../admin/SetUp.tsx'), 'SetUp'),
  })
  const setUpOne = createRoute({
    getParentRoute: () => frame,
    path: '/set-up/$kind/$id',
    component: lazyRouteComponent(() => import('../admin/SetUp.tsx'), 'SetUp'),
  })
  const flowEditor = createRoute({
    getParentRoute: () => frame,
    path: '/set-up/flows/$id',
    component: lazyRouteComponent(() => import('../flows/FlowScreen.tsx'), 'FlowScreen'),
  })
  const start = createRoute({
    getParentRoute: () => frame,
    path: '/start',
    component: lazyRouteComponent(() => import('../start/Start.tsx'), 'Start'),
  })
  const myPhone = createRoute({
    getParentRoute: () => frame,
    path: '/my-phone',
    component: lazyRouteComponent(() => import('../start/MyPhone.tsx'), 'MyPhone'),
  })
  const audit = createRoute({
    getParentRoute: () => frame,
    path: '/audit',
    component: lazyRouteComponent(() => import('../supervise/Audit.tsx'), 'Audit'),
  })
  const myPassword = createRoute({
    getParentRoute: () => frame,
    path: '/my-password',
    component: lazyRouteComponent(() => import('../start/MyPassword.tsx'), 'MyPassword'),
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
        report,
        setUp,
        setUpOne,
        flowEditor,
        start,
        myPhone,
        audit,
        myPassword,
      ]),
    ]),
    parseSearch: plainSearch,
    stringifySearch: (search) => {
      const text = new URLSearchParams(textOnly(search)).toString()
      return text === '' ? '' : `?${text}`
    },
    defaultPreload: 'intent',
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>
  }
}
