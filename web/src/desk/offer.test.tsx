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
import { Cancelling } from './cancelling.ts'
import { Offer } from './Offer.tsx'

for (const [language, texts] of Object.entries({ en, ru, th })) book.add(language as Language, texts)
afterEach(() => book.use('en'))

const noon = Date.UTC(2026, 2, 4, 12)
const offered = {
  interaction: 'i1',
  part: 'agent',
  phase: 'offered',
  channel: 'voice',
  customerName: 'Maria Jensen',
  customerAddress: '+4520123401',
  queueName: 'Accounts',
  projectName: 'Neon',
  queued: noon,
  phaseSince: noon,
  offerUntil: noon + 20_000,
  parties: [],
} as unknown as WorkView

/** What a browser is given to show. */
function shown(work: WorkView) {
  const prefs = new Cell({ compact: false, buddhistYear: false, shortcuts: {} })
  const me = new Cell({ tenant: { timeZone: 'UTC' } })
  const app = { prefs, me } as unknown as App
  const world = { prefs, me, desk: { live: new Cell({ offset: 0 }) } }
  return renderToStaticMarkup(
    <MantineProvider>
      <AppProvider value={app}>
        <RunningProvider value={{ world } as unknown as Running}>
          <Offer work={work} />
        </RunningProvider>
      </AppProvider>
    </MantineProvider>,
  )
}

test.each([
  ['en', en],
  ['ru', ru],
  ['th', th],
] as const)('an offered callback can be cancelled, a call cannot: %s', (language, texts) => {
  book.use(language)
  const back = { ...offered, callback: { callback: 'cb-1', first: 'i0', since: noon, attempt: 1, note: '' } }
  const html = shown(back)
  expect(html).toContain('data-testid="offer-cancel-callback"')
  expect(html).toContain(texts.desk.callBackCancel)
  expect(shown(offered)).not.toContain('offer-cancel-callback')
})

test('it is asked once more before the callback is cancelled, and may fail', async () => {
  let calls = 0
  let answer: () => Promise<unknown> = () => Promise.reject(new Error('offline'))
  const button = new Cancelling(() => {
    calls++
    return answer()
  })
  button.press()
  expect([button.state.get(), calls]).toEqual(['asking', 0])
  button.press()
  expect([button.state.get(), calls]).toEqual(['going', 1])
  await expect.poll(() => button.state.get()).toBe('failed')
  answer = () => Promise.resolve()
  button.press()
  button.press()
  button.press() // pressed a third time
  expect([button.state.get(), calls]).toEqual(['going', 2])
})
