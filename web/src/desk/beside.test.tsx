import { MantineProvider } from '@mantine/core'
import type { ReactNode } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { afterEach, expect, test, vi } from 'vitest'
import { RunningProvider } from '../app/hooks.tsx'
import type { Running } from '../app/wiring.ts'
import type { World } from '../commands/command.ts'
import { en } from '../i18n/en/all.ts'
import { book } from '../i18n/language.ts'
import { ru } from '../i18n/ru/all.ts'
import { th } from '../i18n/th/all.ts'
import { Cell } from '../state/value.ts'
import type { AbsentView, Playable, WorkView } from '../wire/desk.gen.ts'
import type { Language } from '../wire/model.ts'
import { Aside, targetOf } from './Aside.tsx'
import { Listening, type Sound } from './listening.ts'
import { Choices } from './Play.tsx'
import { knowPrompts } from './playing.ts'

for (const [language, texts] of Object.entries({ en, ru, th })) book.add(language as Language, texts)
afterEach(() => book.use('en'))

const talk = (more: Partial<WorkView> = {}) =>
  ({
    interaction: 'i',
    phase: 'connected',
    part: 'agent',
    secret: false,
    secretDigits: 0,
    prompt: '',
    ...more,
  }) as WorkView

const absent = (more: Partial<AbsentView> = {}): AbsentView => ({
  party: 'p1',
  kind: 'agent',
  user: 'u1',
  name: 'Somchai',
  address: '',
  queue: '',
  queueName: '',
  reason: 'declined',
  at: 0,
  ...more,
})

/** What a browser is given to show, with the commands' world as it is in this talk. */
function shown(part: ReactNode, work: WorkView = talk(), busy: readonly string[] = []): string {
  const desk = { inHand: () => work, busy: new Cell(new Set(busy)) }
  const world = { desk, prefs: new Cell({ shortcuts: {} }) } as unknown as World
  const html = renderToStaticMarkup(
    <MantineProvider>
      <RunningProvider value={{ world } as Running}>{part}</RunningProvider>
    </MantineProvider>,
  )
  return html.replace(/<style.*?<\/style>/gs, '')
}

const plain = (html: string) =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
const button = (html: string, id: string) => html.match(new RegExp(`<button[^>]*data-testid="${id}"[^>]*>`))?.[0]

test('a quiet talk has nothing beside it, and no button', () => {
  const html = shown(<Aside work={talk()} />)
  expect(plain(html)).toBe('')
  expect(html).toMatch(/<p role="status"[^>]* hidden=""/)
  expect(html).not.toContain('<button')
})

test.each([
  ['en', 'Playing “Opening hours” into the call', 'Stop the prompt'],
  ['ru', 'Opening hours', ru.play.stop],
  ['th', 'Opening hours', th.play.stop],
] as const)('a prompt that plays has its name and is stopped, in %s', (language, says, stop) => {
  book.use(language)
  knowPrompts([{ key: 'hours', name: 'Opening hours' }])
  const work = talk({ prompt: 'hours' })
  const html = shown(<Aside work={work} />, work)
  expect(plain(html)).toContain(says)
  expect(plain(html)).toContain(stop)
  expect(html).toContain('role="status"')
  expect(button(html, 'stop-play')).toBeDefined()
})

test.each([
  ['en', 0, 'The customer is asked for digits'],
  ['en', 1, 'The customer has entered 1 digit'],
  ['ru', 3, '3 цифры'],
  ['th', 4, '4'],
] as const)('secret digits are counted and never shown, in %s: %i', (language, secretDigits, says) => {
  book.use(language)
  const work = talk({ secret: true, secretDigits })
  const html = shown(<Aside work={work} />, work)
  expect(plain(html)).toContain(says)
  expect(html).toContain(`data-digits="${secretDigits}"`)
  expect(plain(html)).toContain({ en, ru, th }[language].play.cancel)
})

test('who did not come is told with the reason and can be asked again', () => {
  const html = shown(<Aside work={talk({ absent: [absent()] })} />)
  expect(plain(html)).toContain('Somchai said no')
  expect(html).toContain('data-reason="declined"')
  expect(button(html, 'ask-again')).toContain('aria-label="Ask Somchai again"')
  expect(button(html, 'hide-absent')).toContain('aria-label="Hide that Somchai did not come"')
})

test.each(Object.keys(en.absent).filter((k) => !['title', 'hide', 'again'].includes(k)))(
  'the reason %s is a sentence in each language',
  (reason) => {
    for (const language of ['en', 'ru', 'th'] as const) {
      book.use(language)
      const text = plain(shown(<Aside work={talk({ absent: [absent({ reason })] })} />))
      expect(text).toContain({ en, ru, th }[language].absent[reason as 'busy'])
    }
  },
)

test.each(['wrong_number', 'not_allowed', 'spent'])('nobody is asked again for %s', (reason) => {
  expect(button(shown(<Aside work={talk({ absent: [absent({ reason })] })} />), 'ask-again')).toBeUndefined()
})

test('who only takes part asks nobody; who waits for an answer does not ask twice', () => {
  const who = { absent: [absent()] }
  expect(button(shown(<Aside work={talk({ ...who, part: 'party' })} />), 'ask-again')).toBeUndefined()
  const html = shown(<Aside work={talk(who)} />, talk(who), ['consult i'])
  expect(button(html, 'ask-again')).toContain('disabled')
  expect(button(html, 'hide-absent')).not.toContain('disabled')
})

test('one asks again where one has asked', () => {
  expect(targetOf(absent())).toEqual({ kind: 'agent', id: 'u1' })
  expect(targetOf(absent({ queue: 'q1' }))).toEqual({ kind: 'queue', id: 'q1' })
  expect(targetOf(absent({ kind: 'outside', address: '+66812345678' }))).toEqual({
    kind: 'outside',
    number: '+66812345678',
  })
})

const all: Playable = {
  prompts: [
    {
      key: 'hours',
      name: 'Opening hours',
      texts: [
        { language: 'en', text: 'We are open.' },
        { language: 'th', text: 'เราเปิด' },
      ],
    },
    { key: 'bare', name: '', texts: null },
  ],
  secrets: [{ id: 's1', name: 'Card number' }] as unknown as Playable['secrets'],
}
const nothing = () => undefined
const choices = (from: Playable, playing = false) =>
  shown(<Choices all={from} playing={playing} asking={false} play={nothing} ask={nothing} />)

test('each prompt is named, quoted in the language at hand, heard and played', () => {
  book.use('th')
  const html = choices(all)
  expect(plain(html)).toContain('Opening hours เราเปิด')
  expect(plain(html)).toContain('bare')
  book.use('ru')
  expect(plain(choices(all))).toContain('Opening hours We are open.')
  book.use('en')
  expect(button(choices(all), 'play-prompt')).toContain('aria-label="Play “Opening hours” into the call"')
  expect(button(choices(all), 'listen-prompt')).toContain('aria-pressed="false"')
  expect(button(choices(all), 'ask-secret')).toContain('aria-label="Ask for “Card number”"')
})

test('the focus begins at the first thing there is', () => {
  expect(choices(all).match(/data-autofocus/g)).toHaveLength(1)
  expect(button(choices(all), 'play-prompt')).toContain('data-autofocus')
  expect(button(choices({ ...all, prompts: [] }), 'ask-secret')).toContain('data-autofocus')
})

test('an empty list says who can fill it; a prompt that is on its way is not sent twice', () => {
  const html = plain(choices({ prompts: null, secrets: null }))
  expect(html).toContain(en.play.noPrompts)
  expect(html).toContain(en.play.noSecrets)
  expect(button(choices(all, true), 'play-prompt')).toContain('data-loading')
})

/** A sound that begins and fails when the test says so. */
class Fake implements Sound {
  readonly address: string
  onended: Sound['onended'] = null
  begins = nothing as () => void
  fails = nothing as () => void
  readonly pause = vi.fn()
  constructor(address: string) {
    this.address = address
  }
  play(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.begins = resolve
      this.fails = () => reject(new Error('no sound'))
    })
  }
}

function listener() {
  const opened: Fake[] = []
  const listening = new Listening((address) => {
    const sound = new Fake(address)
    opened.push(sound)
    return sound
  })
  return { listening, opened }
}
const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

test('one sound at a time is heard, until it ends or is stopped', async () => {
  const { listening, opened } = listener()
  listening.toggle('a', '/a')
  expect(listening.state.get().at).toBe('')
  opened[0]?.begins()
  await settled()
  expect(listening.state.get()).toEqual({ at: 'a', failed: '' })
  listening.toggle('b', '/b')
  expect(opened[0]?.pause).toHaveBeenCalled()
  opened[1]?.begins()
  await settled()
  expect(listening.state.get().at).toBe('b')
  opened[0]?.onended?.(new Event('ended')) // late
  expect(listening.state.get().at).toBe('b')
  listening.toggle('b', '/b')
  expect(listening.state.get().at).toBe('')
  expect(opened).toHaveLength(2)
  listening.toggle('a', '/a')
  opened[2]?.begins()
  await settled()
  opened[2]?.onended?.(new Event('ended'))
  expect(listening.state.get().at).toBe('')
})

test('a sound there is not is told; one that was left does not tell', async () => {
  const { listening, opened } = listener()
  listening.toggle('a', '/a')
  opened[0]?.fails()
  await settled()
  expect(listening.state.get()).toEqual({ at: '', failed: 'a' })
  listening.toggle('a', '/a')
  expect(listening.state.get().failed).toBe('')
  listening.stop()
  opened[1]?.fails()
  await settled()
  expect(listening.state.get()).toEqual({ at: '', failed: '' })
})

test('a second press before the sound begins takes it back', async () => {
  const { listening, opened } = listener()
  listening.toggle('a', '/a')
  listening.toggle('a', '/a')
  opened[0]?.begins()
  await settled()
  expect(opened).toHaveLength(1)
  expect(listening.state.get().at).toBe('')
})
