import { describe, expect, it, test } from 'vitest'
import type { PartyView, WorkView } from '../wire/desk.gen.ts'
import type { Disposition } from '../wire/model.ts'
import { endsTalk, missing, onHangUp, talkFault, talkTime } from './ending.ts'

const bounded = { id: 'b', minTalkMs: 20_000, maxTalkMs: 60_500, noteRequired: true } as Disposition
const plain = { id: 'p' } as Disposition

const talk = (more: Partial<WorkView> = {}): WorkView =>
  ({
    interaction: 'i',
    part: 'agent',
    phase: 'connected',
    channel: 'voice',
    dispositionRequired: true,
    talkMs: 10_000,
    countedAt: 100_000,
    parties: null,
    ...more,
  }) as WorkView

describe('talkFault', () => {
  it.each([
    [undefined, 5_000, null],
    [{} as Disposition, 5_000, null],
    [bounded, 19_999, { key: 'desk.talkShort', seconds: 20, now: 19 }],
    [bounded, 20_000, null],
    [bounded, 60_500, null],
    [bounded, 60_501, { key: 'desk.talkLong', seconds: 60, now: 60 }],
  ])('%o after %i ms', (disposition, ms, want) => {
    expect(talkFault(disposition, ms)).toEqual(want)
  })
})

test('talk counts while the customer hears somebody', () => {
  expect(talkTime(talk(), 102_000)).toBe(12_000)
  expect(talkTime(talk({ onHold: true }), 102_000)).toBe(10_000)
  expect(talkTime(talk({ phase: 'wrapping_up' }), 102_000)).toBe(10_000)
  expect(talkTime(talk(), 99_000)).toBe(10_000) // the clock behind
})

describe('missing', () => {
  const what = (work: WorkView, disposition: string, note: string, now: number) =>
    missing(work, { disposition, note }, [bounded, plain], now).map((m) => m.what)
  it.each([
    ['no outcome where one is required', talk(), '', '', 102_000, ['outcome']],
    ['no outcome where none is', talk({ dispositionRequired: false }), '', '', 102_000, []],
    ['one that asks nothing', talk(), 'p', '', 102_000, []],
    ['one whose talk is too short, without its note', talk(), 'b', ' ', 102_000, ['talk', 'note']],
    ['the same with its note, ten seconds later', talk(), 'b', 'Wants a call', 112_000, []],
    ['one whose talk has become too long', talk(), 'b', 'Wants a call', 152_000, ['talk']],
    ['one that is not known here', talk(), 'gone', '', 102_000, []],
  ])('%s', (_, work, disposition, note, now, want) => {
    expect(what(work, disposition, note, now)).toEqual(want)
  })
})

describe('pressing hang-up', () => {
  const lacking = missing(talk(), { disposition: '', note: '' }, [], 0)
  const warned = { seq: 1, interaction: 'i', at: 50_000 }
  it.each([
    ['nothing is missing', talk(), [], null, 0, 'end'],
    ['the first time', talk(), lacking, null, 0, 'warn'],
    ['a double click', talk(), lacking, warned, 50_300, 'wait'],
    ['a second time', talk(), lacking, warned, 52_000, 'end'],
    ['long after', talk(), lacking, warned, 61_000, 'warn'],
    ['after another talk’s warning', talk({ interaction: 'j' }), lacking, warned, 52_000, 'warn'],
    ['before the customer picked up', talk({ phase: 'dialing' }), lacking, null, 0, 'end'],
    ['as who was asked to the talk', talk({ part: 'party' }), lacking, null, 0, 'end'],
    ['a message', talk({ channel: 'voicemail' }), lacking, null, 0, 'warn'],
  ] as const)('%s', (_, work, lack, was, now, want) => {
    expect(onHangUp(work, lack, was, now)).toBe(want)
  })
})

test('who hands the customer to others by leaving ends no talk', () => {
  const other = { party: 'p1', kind: 'agent', state: 'up', mine: false } as PartyView
  expect(endsTalk(talk({ parties: [other] }))).toBe(false)
})
