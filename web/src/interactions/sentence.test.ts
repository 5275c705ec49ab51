import { beforeAll, expect, test } from 'vitest'
import { en } from '../i18n/en/all.ts'
import { book, translate } from '../i18n/language.ts'
import { ru } from '../i18n/ru/all.ts'
import { th } from '../i18n/th/all.ts'
import type { Language, TimelineEvent } from '../wire/model.ts'
import { partiesOf, sentence } from './sentence.ts'

beforeAll(() => {
  for (const [language, texts] of Object.entries({ en, ru, th })) book.add(language as Language, texts)
})

const event = (kind: string, body: object = {}): TimelineEvent => ({
  seq: 1,
  atMs: 0,
  kind,
  body: body as TimelineEvent['body'],
  names: { u1: 'Anna', q1: 'Sales', d1: '{"en":"Sold","ru":"Продано"}' },
})

/** Every kind of internal/interaction/event.go and event_control.go, with each of its variants. */
const all: TimelineEvent[] = [
  event('arrived', { arrival: { customerAddress: '+79001234567', centerAddress: '1000' } }),
  event('arrived', { arrival: { customerAddress: '', centerAddress: '1000' } }),
  event('arrived', { arrival: { customerAddress: '+79001234567', centerAddress: '1000', origin: 'manual' } }),
  event('arrived', { arrival: { customerAddress: '+79001234567', centerAddress: '1000', origin: 'callback' } }),
  ...['played', 'chose', 'invalid', 'no_input', 'took', 'language', 'place', 'prompt_missing', 'failed'].map((what) =>
    event('flow_step', { node: 'menu', what, text: '1' }),
  ),
  event('flow_step', { node: 'menu', what: 'stood_in', text: 'spare: cloud: no answer' }),
  event('queued', { rules: { queue: 'q1' } }),
  event('queued', { rules: { queue: 'q1' }, again: true }),
  event('offered', { agent: 'u1' }),
  ...['declined', 'timed_out', 'withdrawn', 'failed'].map((outcome) => event('missed', { agent: 'u1', outcome })),
  ...['accepted', 'connected', 'interrupted', 'resumed', 'agent_lost', 'agent_hung_up'].map((k) =>
    event(k, { agent: 'u1' }),
  ),
  event('muted', { on: true }),
  event('muted', {}),
  event('digits_sent', { count: 2 }),
  ...['customer', 'agent', 'system', 'carrier', 'unknown'].flatMap((cause) => [
    event('customer_left', { cause }),
    event('ended', { cause }),
  ]),
  event('customer_left', { cause: 'customer', short: true }),
  event('let_go', { detail: 'closed' }),
  event('wrap_up'),
  event('wrap_up_extended'),
  event('drafted', { note: 'n' }),
  event('disposed', { disposition: 'd1', note: 'n' }),
  event('disposed', {}),
  event('wrap_up_expired'),
  ...['running', 'complete', 'partial', 'failed'].map((state) => event('recording', { state })),
  event('agent_hung_up', { agent: 'u1', reason: 'insults', review: true }),
  event('customer_kept', { agent: 'u1', flow: 'f1', reason: 'spam' }),
  ...['five', 'ten', 'yes_no'].flatMap((scale) =>
    [0, 1].map((score) => event('survey_answered', { question: 'service', scale, score })),
  ),
  event('ended', { cause: 'outside' }),
  event('customer_left', { cause: 'outside' }),
  ...[true, false].flatMap((on) => [
    event('held', { party: 'customer', on, by: 'u1' }),
    event('party_muted', { party: 'agent', on, by: 'u1' }),
    event('customer_holds', { on }),
  ]),
  event('party_asked', { party: { id: 'p1', kind: 'agent', user: 'u1', by: 'u1', side: true } }),
  event('party_asked', { party: { id: 'p1', kind: 'outside', address: '+79001234567', by: 'u1' } }),
  event('party_asked', { party: { id: 'p1', kind: 'outside', address: '+79001234567' } }),
  ...['listen', 'whisper', 'barge'].flatMap((mode) => [
    event('party_asked', { party: { id: 'p1', kind: 'supervisor', user: 'u1', mode } }),
    event('monitor_changed', { party: 'p1', mode }),
  ]),
  ...['ringing', 'connecting', 'up'].map((state) => event('party_moved', { party: 'p1', state })),
  ...['left', 'dropped', 'declined', 'no_answer', 'failed', 'over'].map((why) =>
    event('party_left', { party: 'p1', why, by: 'u1' }),
  ),
  event('swapped', { side: true, by: 'u1' }),
  event('swapped', { side: false, by: 'u1' }),
  event('swapped', { side: false }),
  event('merged', { by: 'u1' }),
  ...['left', 'lost', 'dropped', 'taken_over'].map((why) => event('handed_over', { from: 'u1', to: 'u1', why })),
  event('forwarded', { from: 'u1', why: 'left' }),
  event('transferred', { by: 'u1', target: { kind: 'agent', agent: 'u1' } }),
  event('flow_transferred', { target: { kind: 'entry', entry: 'q1' } }),
  event('flow_transferred', { target: { kind: 'outside', address: '+79001234567' } }),
  ...['ended', 'busy', 'no_answer', 'failed'].map((way) => event('flow_returned', { way })),
  event('transferred', { by: 'u1', target: { kind: 'queue', queue: { queue: 'q1' } } }),
  event('transferred', { by: 'u1', target: { kind: 'entry', entry: 'q1' } }),
  event('transferred', { by: 'u1', target: { kind: 'outside', address: '+79001234567' } }),
  ...['opened', 'park_alarm', 'secret_ended', 'restored'].map((kind) => event(kind)),
  ...['parked', 'secret_begun'].map((kind) => event(kind, { by: 'u1' })),
  event('picked_up', { agent: 'u1' }),
  event('recording_paused', { by: '', why: 'card' }),
  ...['card', 'private', 'stopped'].map((why) => event('recording_paused', { by: 'u1', why })),
  event('recording_resumed', { by: 'u1' }),
  event('recording_resumed'),
  event('prompt_played', { by: 'u1', prompt: 'welcome' }),
  ...['abuse_reported', 'abuse_ending', 'help_asked', 'help_taken', 'help_closed'].map((kind) =>
    event(kind, { by: 'u1' }),
  ),
  event('more_time_asked', { agent: 'u1' }),
  ...['granted', 'refused'].map((answer) => event('more_time_answered', { by: 'u2', agent: 'u1', answer })),
  event('help_asked', { by: 'u1', word: 'contract' }),
  event('help_said', { by: 'u1', text: 'Offer a month.' }),
]

test.each(['en', 'ru', 'th'] as const)('every event has a sentence in %s', (language) => {
  book.use(language)
  for (const e of all) {
    const s = sentence(translate, e, language)
    expect(s?.text, JSON.stringify(e)).toBeTruthy()
    expect(s?.text).not.toMatch(/events\.|_|\{\{/)
  }
  book.use('en')
})

test('names stand for ids', () => {
  expect(sentence(translate, event('accepted', { agent: 'u1' }), 'en')?.text).toBe('Anna answered')
  expect(sentence(translate, event('queued', { rules: { queue: 'q1' } }), 'en')?.text).toBe('Began to wait in Sales')
})

test('a disposition has its name in the reader’s language', () => {
  const e = event('disposed', { disposition: 'd1' })
  expect(sentence(translate, e, 'ru')?.text).toBe('Outcome: Продано')
  expect(sentence(translate, event('disposed', { disposition: 'gone' }), 'en')?.text).toBe('Outcome: gone')
})

test('a kind of a newer server shows by its name, bookkeeping not at all', () => {
  expect(sentence(translate, event('moon_landed'), 'en')?.text).toBe('moon landed')
  expect(sentence(translate, event('missed', { outcome: 'asleep' }), 'en')?.text).toBe('missed: asleep')
  expect(sentence(translate, event('flow_step', { what: 'waits', text: '{}' }), 'en')).toBeNull()
})

test('parties have their names wherever the journal speaks of them', () => {
  const events = [
    event('party_asked', { party: { id: 'p1', kind: 'agent', queue: { queue: 'q1' }, by: 'u1', side: true } }),
    event('party_left', { party: 'p1', why: 'no_answer' }),
    event('party_asked', { party: { id: 'p2', kind: 'outside', address: '+79001234567', by: 'u1' } }),
  ]
  const told = (all: TimelineEvent[]) => all.map((e) => sentence(translate, e, 'en', partiesOf(translate, all))?.text)
  expect(told(events)).toEqual([
    'Anna asked somebody of Sales to a private talk; the customer hears music',
    'somebody of Sales did not answer',
    'Anna asked +7 900 123 45 67 to the call',
  ])
  const found = [...events, event('party_moved', { party: 'p1', state: 'ringing', user: 'u1' })]
  expect(told(found).at(-1)).toBe('Rings at Anna')
  expect(told([event('agent_hung_up', { agent: 'u1', reason: 'spam' })])).toEqual(['Anna hung up'])
})

test('whom we call has not arrived', () => {
  const of = (origin: string) =>
    sentence(
      translate,
      event('arrived', { arrival: { customerAddress: '+79001234567', centerAddress: '1000', origin } }),
      'en',
      new Map(),
    )?.text
  expect(of('inbound')).toContain('arrived')
  for (const origin of ['manual', 'callback']) expect(of(origin)).toContain('A call to')
})
