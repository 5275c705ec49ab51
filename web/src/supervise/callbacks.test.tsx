import { MantineProvider } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { createMemoryHistory, createRootRoute, createRoute, createRouter, RouterProvider } from '@tanstack/react-router'
import { renderToStaticMarkup } from 'react-dom/server'
import { afterEach, expect, test } from 'vitest'
import { AppProvider, RunningProvider } from '../app/hooks.tsx'
import type { App } from '../app/session.ts'
import type { Running } from '../app/wiring.ts'
import { en } from '../i18n/en/all.ts'
import { book } from '../i18n/language.ts'
import { ru } from '../i18n/ru/all.ts'
import { th } from '../i18n/th/all.ts'
import { Cell } from '../state/value.ts'
import type { Callback, Language } from '../wire/model.ts'
import { Callbacks } from './Callbacks.tsx'

for (const [language, texts] of Object.entries({ en, ru, th })) book.add(language as Language, texts)
afterEach(() => book.use('en'))

const noon = Date.UTC(2026, 2, 4, 12)

const callback = (id: string, state: Callback['state'], more: Partial<Callback> = {}): Callback => ({
  id,
  state,
  number: '+4520123401',
  customerId: 'c1',
  customerName: 'Maria Jensen',
  queueId: 'q1',
  queueName: 'Accounts',
  projectId: 'p1',
  projectName: 'Neon',
  language: 'en',
  sinceMs: noon,
  askedMs: noon,
  nextMs: 0,
  slotMs: 0,
  endedMs: 0,
  attempts: 0,
  why: '',
  interactionId: 'i1',
  lastId: '',
  ownId: '',
  ownName: '',
  byId: '',
  note: '',
  reason: '',
  timeZone: '',
  ...more,
})

/** What a browser is given to show. */
async function shown(permissions: string[], open: Callback[], over: Callback[] = [], at = '/callbacks') {
  const queries = new QueryClient()
  const queue = new URLSearchParams(at.split('?')[1]).get('queue') ?? ''
  queries.setQueryData(['callbacks', 'open', queue], { items: open, next: '' })
  queries.setQueryData(['callbacks', 'over', queue], { items: over, next: '' })
  queries.setQueryData(['callback-queues'], [{ id: 'q1', name: 'Accounts' }])
  const me = { permissions, tenant: { timeZone: 'UTC' }, user: { id: 'u1', role: 'agent' } }
  const app = { prefs: new Cell({ compact: false, buddhistYear: false }), me: new Cell(me) } as unknown as App
  const root = createRootRoute()
  const routes = ['/callbacks', '/interactions/$id'].map((path) =>
    createRoute({ getParentRoute: () => root, path, component: path === '/callbacks' ? Callbacks : () => null }),
  )
  const history = createMemoryHistory({ initialEntries: [at] })
  const router = createRouter({ routeTree: root.addChildren(routes), history })
  await router.load()
  const html = renderToStaticMarkup(
    <MantineProvider>
      <QueryClientProvider client={queries}>
        <AppProvider value={app}>
          <RunningProvider value={{ world: { me } } as unknown as Running}>
            {/* biome-ignore lint/suspicious/noExplicitAny: the client's own routes are registered, these are two of a test */}
            <RouterProvider router={router as any} />
          </RunningProvider>
        </AppProvider>
      </QueryClientProvider>
    </MantineProvider>,
  )
  queries.clear()
  return html.replace(/<style.*?<\/style>/gs, '')
}

const rows = (html: string, list: 'open' | 'over') => {
  const table = html.match(new RegExp(`data-testid="callbacks-${list}".*?</table>`, 's'))?.[0] ?? ''
  return [...table.matchAll(/<tr data-id="([^"]*)".*?<\/tr>/gs)].map((m) => ({ id: m[1], html: m[0] }))
}
const buttons = (html: string) => [...html.matchAll(/data-testid="(callback-[a-z]+)"/g)].map((m) => m[1])
const plain = (html: string) => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')

test('who waits longest stands first, each with what can be done just then', async () => {
  const html = await shown(
    ['work_calls'],
    [
      callback('late', 'waiting', { sinceMs: noon + 60_000 }),
      callback('rests', 'resting', { sinceMs: noon + 1000, nextMs: noon + 3_600_000, attempts: 2, why: 'busy' }),
      callback('rings', 'calling', { sinceMs: noon }),
    ],
  )
  const open = rows(html, 'open')
  expect(open.map((r) => r.id)).toEqual(['rings', 'rests', 'late'])
  expect(open.map((r) => buttons(r.html))).toEqual([
    ['callback-cancel'],
    ['callback-move', 'callback-now', 'callback-cancel'],
    ['callback-move', 'callback-cancel'],
  ])
})

test('what is over can be taken up again, but for who was reached', async () => {
  const over = [
    callback('reached', 'reached', { endedMs: noon, lastId: 'i2' }),
    callback('given-up', 'given_up', { endedMs: noon, attempts: 3, why: 'no_answer' }),
    callback('cancelled', 'cancelled', { endedMs: noon }),
  ]
  const html = await shown(['work_calls'], [], over)
  expect(rows(html, 'over').map((r) => buttons(r.html))).toEqual([[], ['callback-reopen'], ['callback-reopen']])
  expect(rows(html, 'over')[0]?.html).toContain('href="/interactions/i2"')
  expect(plain(html)).toContain(en.callbacks.emptyOpen)
})

test('who takes no calls only reads', async () => {
  const html = await shown(
    ['see_interactions'],
    [callback('a', 'waiting')],
    [callback('b', 'cancelled', { endedMs: 1 })],
  )
  expect(buttons(html)).toEqual([])
  expect(rows(html, 'open')).toHaveLength(1)
})

test('a queue in the address is asked for alone', async () => {
  const html = await shown(['work_calls'], [callback('a', 'waiting')], [], '/callbacks?queue=q1')
  expect(rows(html, 'open').map((r) => r.id)).toEqual(['a'])
  expect(html).toMatch(/value="Accounts"/)
})

test('somebody nobody knows is called by the number, and nothing is said twice', async () => {
  const html = await shown(['work_calls'], [callback('a', 'waiting', { customerName: '' })])
  expect(plain(html).match(/\+45/g)).toHaveLength(1)
})

test.each([
  ['en', en],
  ['ru', ru],
  ['th', th],
] as const)(
  'in %s headings stand in each card, and the names of buttons begin with what is to be seen',
  async (language, texts) => {
    book.use(language)
    const html = await shown(['work_calls'], [callback('a', 'resting', { nextMs: noon })])
    expect(html).toContain('data-cards="true"')
    expect(html).toContain(`data-title="${texts.callbacks.queue}"`)
    expect(html).not.toContain(`data-title="${texts.callbacks.actions}"`)
    const named = [
      ...html.matchAll(/<button[^>]*aria-label="([^"]*)"[^>]*data-testid="callback-[^>]*>(.*?)<\/button>/gs),
    ]
    expect(named).toHaveLength(3)
    for (const [, name, inside = ''] of named) expect(name).toContain(plain(inside).trim())
  },
)
