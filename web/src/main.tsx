import './shell/mantine.css'
import '@fontsource-variable/noto-sans/wght.css'
import '@fontsource-variable/noto-sans-thai/wght.css'
import './shell/tokens.css'
import { MantineProvider } from '@mantine/core'
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode, useEffect } from 'react'
import { createRoot } from 'react-dom/client'
import { AppProvider, useValue } from './app/hooks.tsx'
import { App } from './app/session.ts'
import { browserLanguage, isLanguage, startTexts } from './i18n/language.ts'
import { makeRouter } from './shell/router.tsx'
import { theme, variables } from './shell/theme.ts'
import { loadPrefs } from './state/prefs.ts'
import { ApiError } from './wire/http.ts'

const app = new App(loadPrefs(globalThis.localStorage ?? null))
const router = makeRouter(app)
const nonce = document.querySelector('meta[name="csp-nonce"]')?.getAttribute('content') ?? ''
// Where the style that keeps the page from scrolling behind a dialog looks for the nonce.
Object.assign(globalThis, { __webpack_nonce__: nonce })

const queries = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => {
      if (error instanceof ApiError && error.status === 401) app.expired.set(true)
    },
  }),
  defaultOptions: {
    queries: {
      retry: (count, error) => count < 2 && error instanceof ApiError && [0, 502, 503, 504].includes(error.status),
      staleTime: 5_000,
    },
  },
})

function Root() {
  const prefs = useValue(app.prefs)
  const me = useValue(app.me)
  const expired = useValue(app.expired)
  useEffect(() => {
    // Nobody is thrown out of a call; without one the way to sign in is shown at once.
    if (expired && document.querySelector('[data-phase="connected"]') === null) app.me.set(null)
  }, [expired])
  useEffect(() => {
    if (me === null) queries.clear()
  }, [me])
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      getStyleNonce={() => nonce}
      {...(prefs.scheme === 'auto' ? { defaultColorScheme: 'auto' as const } : { forceColorScheme: prefs.scheme })}
    >
      <RouterProvider router={router} />
    </MantineProvider>
  )
}

async function start(): Promise<void> {
  const { language } = app.prefs.get()
  await startTexts(isLanguage(language) ? language : browserLanguage())
  const shown = createRoot(document.getElementById('root') as HTMLElement)
  try {
    await app.load()
  } catch {
    app.me.set(null) // the sign-in page says that the server does not answer
  }
  shown.render(
    <StrictMode>
      <AppProvider value={app}>
        <QueryClientProvider client={queries}>
          <Root />
        </QueryClientProvider>
      </AppProvider>
    </StrictMode>,
  )
}

void start()
