import { MantineProvider } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { renderToStaticMarkup } from 'react-dom/server'
import { afterEach, expect, test, vi } from 'vitest'
import { AppProvider, RunningProvider } from '../app/hooks.tsx'
import type { App } from '../app/session.ts'
import type { Running } from '../app/wiring.ts'
import { en } from '../i18n/en/all.ts'
import { book } from '../i18n/language.ts'
import { ru } from '../i18n/ru/all.ts'
import { th } from '../i18n/th/all.ts'
import { Desk } from '../state/desk.ts'
import { Cell } from '../state/value.ts'
import type { WorkView } from '../wire/desk.gen.ts'
import type { Disposition, Language } from '../wire/model.ts'
import type { DeskSocket } from '../wire/socket.ts'
import { Lacking } from './Lacking.tsx'

for (const [language, texts] of Object.entries({ en, ru, th })) book.add(language as Language, texts)
afterEach(() => {
  book.use('en')
  vi.unstubAllGlobals()
})

const work = {
  interaction: 'i',
  part: 'agent',
  phase: 'connected',
  channel: 'voice',
  dispositionRequired: true,
  talkMs: 12_000,
  countedAt: 0,
  disposition: '',
  note: '',
} as unknown as WorkView
const sold = { id: 'sold', minTalkMs: 30_000, noteRequired: true } as Disposition

function shown(path: string, disposition: string) {
  vi.stubGlobal('location', { pathname: path })
  const socket = { send: () => Promise.reject(new Error('unused')) } as unknown as DeskSocket
  const desk = new Desk(socket, { storage: null, later: () => () => {} })
  desk.outcomes.set([sold])
  const held = { ...work, disposition }
  expect(desk.mayEnd(held)).toBe(false)
  expect(desk.mayEnd(held), 'a double click').toBe(false)
  expect(desk.warned.get()?.seq).toBe(1)
  const prefs = new Cell({ shortcuts: {} })
  return renderToStaticMarkup(
    <MantineProvider>
      <QueryClientProvider client={new QueryClient()}>
        <AppProvider value={{ prefs, me: new Cell(null) } as unknown as App}>
          <RunningProvider value={{ world: { prefs, desk } } as unknown as Running}>
            <Lacking work={held} />
          </RunningProvider>
        </AppProvider>
      </QueryClientProvider>
    </MantineProvider>,
  )
}

test.each([
  ['en', en, 'Press once more (Shift+F9)'],
  ['ru', ru, 'Нажмите ещё раз (Shift+F9)'],
  ['th', th, 'กดอีกครั้ง (Shift+F9)'],
] as const)(
  'what is missing is said where it was pressed, and how to end all the same: %s',
  (language, texts, again) => {
    book.use(language)
    const html = shown('/desk', '')
    expect(html).toContain(`<li data-lacks="outcome">${texts.call.lackOutcome}</li>`)
    expect(html).toContain(again)
    expect(html).toMatch(/<div role="alert"[^>]*>[^<]+</)
    expect(html).not.toContain(texts.call.toOutcome)
  },
)

test('an outcome that does not fit says its bound and how long the talk is', () => {
  const html = shown('/board', 'sold')
  expect(html).toContain('At least 30 s of talk; now 12 s')
  expect(html).toContain('This outcome needs a note.')
  expect(html).toContain('Go to the outcome')
})
