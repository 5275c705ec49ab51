import { MantineProvider } from '@mantine/core'
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
import type { WorkView } from '../wire/desk.gen.ts'
import type { Language } from '../wire/model.ts'
import { localInput, Task, TaskFacts } from './Task.tsx'

for (const [language, texts] of Object.entries({ en, ru, th })) book.add(language as Language, texts)
afterEach(() => book.use('en'))

const task = {
  number: 1042,
  subject: 'Call about the bill',
  text: 'Two lines\nof text',
  due: Date.now() + 3_600_000,
  round: 1,
  from: '',
  own: false,
}
const inHand = { interaction: 'i1', part: 'agent', phase: 'connected', channel: 'task', task } as unknown as WorkView

/** What a browser is given to show. */
function shown(work: WorkView) {
  const prefs = new Cell({ compact: false, buddhistYear: false, shortcuts: {} })
  const me = new Cell({ tenant: { timeZone: 'UTC' } })
  const app = { prefs, me } as unknown as App
  const world = { prefs, me, desk: { live: new Cell({ offset: 0 }), busy: new Cell(new Set<string>()) } }
  return renderToStaticMarkup(
    <MantineProvider>
      <AppProvider value={app}>
        <RunningProvider value={{ world } as unknown as Running}>
          <TaskFacts work={work} />
          <Task work={work} />
        </RunningProvider>
      </AppProvider>
    </MantineProvider>,
  )
}

test.each([
  ['en', en],
  ['ru', ru],
  ['th', th],
] as const)(
  'a task says its number, what is to be done and until when; only in hand it can be put back: %s',
  (language, texts) => {
    book.use(language)
    const html = shown(inHand)
    expect(html).toContain('T-1042 · Call about the bill')
    expect(html).toContain('Two lines\nof text')
    expect(html).toContain(texts.desk.taskPutBack)
    expect(html).not.toContain('data-tone="bad"')
    expect(shown({ ...inHand, phase: 'offered' })).not.toContain(texts.desk.taskPutBack)
    const late = shown({ ...inHand, task: { ...task, due: Date.now() - 60_000, round: 2 } })
    expect(late).toContain('data-tone="bad"')
    expect(late).toContain(texts.desk.taskOverdue.split('{{')[0])
    expect(late).toContain(texts.desk.taskAgain.replace('{{n}}', '1'))
  },
)

test('nothing is shown of what is no task', () => {
  const { task: _, ...call } = inHand
  expect(shown({ ...call, channel: 'voice' } as WorkView)).not.toContain('T-')
})

test('the field for a moment is filled by the clock of this computer', () => {
  expect(localInput(new Date(2026, 0, 5, 7, 9))).toBe('2026-01-05T07:09')
})
