import { MantineProvider } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { createMemoryHistory, createRootRoute, createRoute, createRouter, RouterProvider } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { afterEach, expect, test } from 'vitest'
import { AppProvider } from '../app/hooks.tsx'
import type { App } from '../app/session.ts'
import { en } from '../i18n/en/all.ts'
import { flow as enFlow } from '../i18n/en/flows.ts'
import { problem as enProblem } from '../i18n/en/problems.ts'
import { book } from '../i18n/language.ts'
import { ru } from '../i18n/ru/all.ts'
import { flow as ruFlow } from '../i18n/ru/flows.ts'
import { problem as ruProblem } from '../i18n/ru/problems.ts'
import { Cell } from '../state/value.ts'
import { ApiError } from '../wire/http.ts'
import { type Here, HereProvider } from './context.tsx'
import { freshProgram, type Program } from './program.ts'
import { RehearsalPanel } from './RehearsalPanel.tsx'
import { ReplayPart, Result } from './ReplayPart.tsx'
import { nothing, type Replayed } from './replay.ts'
import { type Rehearsed, Stage } from './stage.ts'

book.add('en', { ...en, flow: { ...enFlow, problem: enProblem } })
book.add('ru', { ...ru, flow: { ...ruFlow, problem: ruProblem } })
afterEach(() => book.use('en'))

const program: Program = {
  ...freshProgram(),
  nodes: { menu: { kind: 'menu' }, line: { kind: 'enqueue' } },
  start: 'menu',
  tests: [{ name: 'who presses 1', expect: { end: 'queue' } }, { name: 'who is silent' }],
}

/** What a browser is given to show beside a flow. */
async function shown(part: ReactNode, stage = new Stage(() => new Promise(() => {}))) {
  const queries = new QueryClient()
  queries.setQueryData(['set-up', 'queues'], [{ id: 'q1', key: 'sales', name: 'Sales' }])
  const me = { permissions: [], tenant: { timeZone: 'UTC' }, user: { id: 'u1' } }
  const app = { prefs: new Cell({ compact: false, buddhistYear: false }), me: new Cell(me) } as unknown as App
  const here = {
    editor: { state: new Cell({ flow: { id: 'f1', key: 'main', name: 'Main' }, program }), change: () => {} },
    kinds: new Map(),
    table: { languages: ['en', 'ru', 'th'] },
    stage,
  } as unknown as Here
  const root = createRootRoute()
  const screen = () => <HereProvider value={here}>{part}</HereProvider>
  const routes = ['/flow', '/interactions/$id'].map((path) =>
    createRoute({ getParentRoute: () => root, path, component: path === '/flow' ? screen : () => null }),
  )
  const history = createMemoryHistory({ initialEntries: ['/flow'] })
  const router = createRouter({ routeTree: root.addChildren(routes), history })
  await router.load()
  const html = renderToStaticMarkup(
    <MantineProvider>
      <QueryClientProvider client={queries}>
        <AppProvider value={app}>
          {/* biome-ignore lint/suspicious/noExplicitAny: the client's own routes are registered, these are two of a test */}
          <RouterProvider router={router as any} />
        </AppProvider>
      </QueryClientProvider>
    </MantineProvider>,
  )
  queries.clear()
  return html.replace(/<style.*?<\/style>/gs, '')
}

const text = (html: string) => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')

const replayed: Replayed = {
  ...nothing(),
  calls: 12,
  unknown: 5,
  unknownAt: { menu: 3, gone: 1, '': 1 },
  unknownWhy: { unasked: 3, outside: 1, stuck: 1 },
  guessed: 2,
  was: { ...nothing().was, contained: 4, queued: 3, byQueue: { sales: 3 }, seconds: 70 },
  now: { ...nothing().now, contained: 2, queued: 5, byQueue: { sales: 4, vip: 1 }, seconds: 140 },
  different: 52,
  changes: [
    {
      interaction: 'i1',
      at: '2026-11-21T10:00:00Z',
      was: { end: 'ended', took: 4 },
      now: { end: 'queue', queue: 'sales', took: 9 },
    },
  ],
}

test('before calls are played only the question is there', async () => {
  const html = await shown(<ReplayPart onOpen={() => {}} />)
  expect(html).toContain('data-testid="replay"')
  expect(html).toContain('data-running="false"')
  expect(html).not.toContain('replay-summary')
  expect(html).not.toContain('<progress')
})

test('what was stands beside what would be, with queues by their names', async () => {
  const html = await shown(<Result result={replayed} onOpen={() => {}} />)
  expect(html).toContain('data-different="52"')
  const said = text(html)
  expect(said).toContain('· Sales 3 4')
  expect(said).toContain('· vip 0 1')
  expect(said).toContain(`${enFlow.replaySeconds} 10 20`)
  expect(html).toContain('href="/interactions/i1"')
  expect(said).toContain(`${enFlow.replayEnd.ended} → ${enFlow.replayEnd.queue}: Sales`)
  expect(said).toContain('2 calls hang on')
})

test('why calls are not counted is said in the language, and only steps that are there can be opened', async () => {
  for (const [language, words] of [
    ['en', enFlow],
    ['ru', ruFlow],
  ] as const) {
    book.use(language)
    const html = await shown(<Result result={replayed} onOpen={() => {}} />)
    for (const why of ['unasked', 'outside', 'stuck'] as const) {
      expect(html).toContain(`data-why="${why}"`)
      expect(text(html)).toContain(words.replayWhy[why])
    }
    expect(html).not.toContain('data-why="together"')
    const opens = [...html.matchAll(/<button[^>]*>(.*?)<\/button>/gs)].map((b) => text(b[1] ?? '').trim())
    expect(opens).toEqual(['menu: 3'])
  }
})

test('of no calls that is said, and nothing else', async () => {
  const html = await shown(<Result result={nothing()} onOpen={() => {}} />)
  expect(text(html).trim()).toBe(enFlow.replayNone)
})

const rehearsed: Rehearsed = {
  rehearsals: [
    {
      script: 'who presses 1',
      end: 'ended',
      took: 4,
      steps: [],
      variables: {},
      failures: [
        {
          code: 'fail_end',
          text: 'the end is ended, not queue',
          params: [
            { code: 'end_word', text: 'ended' },
            { code: 'end_word', text: 'queue' },
          ],
        },
      ],
    },
    { script: 'who is silent', end: 'ended', took: 9, steps: [], variables: {}, failures: [] },
  ],
  coverage: { nodes: 2, ways: 0, unseen: ['line'], unseenWays: [] },
  failed: 1,
}

test('a test that failed says why in the language, one that passed nothing', async () => {
  const stage = new Stage(async () => rehearsed)
  await stage.run(program)
  expect(text(await shown(<RehearsalPanel onOpen={() => {}} />, stage))).toContain('the end is ended, not queue')
  book.use('ru')
  const html = await shown(<RehearsalPanel onOpen={() => {}} />, stage)
  expect(html).toContain('data-failed="1"')
  const said = text(html)
  expect(said).toContain(`конец — «${ruFlow.end.ended}», а не «${ruFlow.end.queue}»`)
  expect(said.match(new RegExp(ruFlow.testFailed, 'g'))).toHaveLength(1)
  expect(said).toContain(ruFlow.passed)
})

test('a refused rehearsal names what is wrong, each mistake in the language', async () => {
  const wrong = {
    field: 'nodes.line',
    rule: 'malformed',
    message: 'no way leads here',
    reason: 'unreached',
    params: [],
  }
  const stage = new Stage(() => Promise.reject(new ApiError(422, 'invalid', '', [wrong], 0)))
  await stage.run(program)
  book.use('ru')
  const said = text(await shown(<RehearsalPanel onOpen={() => {}} />, stage))
  expect(said).toContain(`nodes.line : ${ruProblem.unreached}`.replace(' :', ':'))
})
