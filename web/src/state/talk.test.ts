import { expect, test } from 'vitest'
import type { Change, HelpView, ParkedView, PartyView, WorkView } from '../wire/desk.gen.ts'
import { applyChange, heard, inHand, nothingYet } from './live.ts'
import {
  forDesk,
  hangUpWait,
  hasSide,
  isMessage,
  isTask,
  lineless,
  prolonging,
  reasonNeeded,
  setAside,
  successor,
  turnsOf,
} from './talk.ts'

const party = (id: string, more: Partial<PartyView> = {}): PartyView => ({
  party: id,
  kind: 'agent',
  user: `u-${id}`,
  name: id,
  address: '',
  queueName: '',
  state: 'up',
  since: 0,
  mode: '',
  side: false,
  held: false,
  muted: false,
  mine: false,
  by: 'Anna',
  ...more,
})

const work = (more: Partial<WorkView> = {}) =>
  ({
    interaction: 'i',
    phase: 'connected',
    part: 'agent',
    agent: 'me',
    held: false,
    side: false,
    agentHeld: false,
    parties: [],
    recording: 'running',
    recordingPaused: '',
    hangUpFrom: 0,
    hangUpReason: false,
    ...more,
  }) as WorkView

const call = (taken = '') => ({ interaction: 'i', taken, takenName: taken }) as HelpView

const turns = (before: Partial<WorkView>, after: Partial<WorkView>) =>
  turnsOf(work(before), work(after)).map((t) => [t.what, t.party?.party ?? ''].join(' ').trim())

test.each<[string, Partial<WorkView>, Partial<WorkView>, string[]]>([
  [
    'somebody is asked privately',
    {},
    { side: true, parties: [party('p1', { state: 'ringing', side: true })] },
    ['asked p1', 'aside'],
  ],
  [
    'comes',
    { side: true, parties: [party('p1', { state: 'ringing', side: true })] },
    { side: true, parties: [party('p1', { side: true })] },
    ['joined p1'],
  ],
  ['does not', { side: true, parties: [party('p1', { state: 'ringing', side: true })] }, {}, ['missedBack p1']],
  ['is not there at once with the customer', { parties: [party('p1', { state: 'seeking' })] }, {}, ['missed p1']],
  [
    'swap',
    { side: true, parties: [party('p1', { side: true })] },
    { parties: [party('p1', { side: true })] },
    ['back'],
  ],
  ['merge', { side: true, parties: [party('p1', { side: true })] }, { parties: [party('p1')] }, ['together']],
  ['merge after a swap', { parties: [party('p1', { side: true })] }, { parties: [party('p1')] }, ['together']],
  ['leaves', { parties: [party('p1')] }, {}, ['left p1']],
  ['hold', {}, { held: true }, ['held']],
  ['resume', { held: true }, {}, ['resumed']],
  ['a held customer goes with the talk', { held: true }, { held: false, phase: 'wrapping_up' }, []],
  [
    'handed over to me',
    { part: 'party', agent: 'u-p1', parties: [party('p2', { mine: true })] },
    { agent: 'me' },
    ['yours'],
  ],
  ['paused', {}, { recordingPaused: 'card' }, ['paused']],
  ['goes on', { recordingPaused: 'card' }, {}, ['recordingAgain']],
  [
    'a supervisor is told of, and how',
    { parties: [party('p1', { kind: 'supervisor', mode: 'listen' })] },
    { parties: [party('p1', { kind: 'supervisor', mode: 'barge' })] },
    ['listens p1'],
  ],
  ['insulted', {}, { insulted: true, help: call() }, ['insulted']],
  ['once more', { insulted: true }, { insulted: true, abuseEnding: true }, ['abuseEnding']],
  ['called for help', {}, { help: call() }, ['helpAsked']],
  ['somebody cares', { help: call() }, { help: call('sue') }, []],
  ['it is closed', { help: call('sue') }, {}, ['helpClosed']],
  ['it is over with the talk', { help: call('sue') }, { phase: 'wrapping_up' }, []],
  ['nothing', { parties: [party('p1')] }, { parties: [party('p1', { muted: true })] }, []],
])('what is said: %s', (_, before, after, want) => {
  expect(turns(before, after)).toEqual(want)
})

test('a party talks on while the agent’s phone is away, and does not when it is on hold', () => {
  const mine = work({ part: 'party', phase: 'interrupted', parties: [party('p1', { mine: true })] })
  expect(forDesk(mine).phase).toBe('connected')
  expect(setAside(mine)).toBe(false)
  expect(setAside(work({ part: 'party', parties: [party('p1', { mine: true, held: true })] }))).toBe(true)
  const asked = work({ part: 'party', phase: 'offered', parties: [party('p1', { mine: true, state: 'ringing' })] })
  expect(forDesk(asked).phase).toBe('offered')
})

test('who goes on with the customer: agents first, who was asked privately before others', () => {
  const outside = party('p1', { kind: 'outside', side: true })
  expect(successor(work({ parties: [outside, party('p2'), party('p3', { side: true })] }))?.party).toBe('p3')
  expect(successor(work({ parties: [outside] }))?.party).toBe('p1')
  expect(successor(work({ parties: [party('p1', { state: 'ringing' })] }))).toBeUndefined()
  expect(successor(work({ parties: [party('p1', { kind: 'supervisor' })] }))).toBeUndefined()
  expect(hasSide(work({ parties: [outside] }))).toBe(true)
})

test('the guard holds only for who would end the talk', () => {
  const guarded = { hangUpFrom: 10_000, hangUpReason: true }
  expect(hangUpWait(work(guarded), 4_000)).toBe(6_000)
  expect(hangUpWait(work(guarded), 11_000)).toBe(0)
  expect(hangUpWait(work({ ...guarded, parties: [party('p1')] }), 4_000)).toBe(0)
  expect(hangUpWait(work({ ...guarded, part: 'party' }), 4_000)).toBe(0)
  expect(reasonNeeded(work(guarded))).toBe(true)
  expect(reasonNeeded(work({ ...guarded, phase: 'connecting' }))).toBe(false)
  expect(reasonNeeded(work({ ...guarded, parties: [party('p1')] }))).toBe(false)
})

test('of several the one that talks is heard, the one turned to is shown', () => {
  const held = work({ interaction: 'a', held: true })
  const talks = work({ interaction: 'b' })
  const live = { ...nothingYet, work: [held, talks] }
  expect(inHand(live)?.interaction).toBe('b')
  expect(inHand({ ...live, chosen: 'a' })?.interaction).toBe('a')
  expect(heard({ ...live, chosen: 'a' })?.interaction).toBe('b')
  const after = applyChange({ ...live, chosen: 'a' }, { kind: 'gone', gone: 'a', why: 'done' }, 0)
  expect(after.chosen).toBe('')
})

test('a parked customer is spoken of once, when it takes too long', () => {
  const parked = (alarm: boolean): Change => ({ kind: 'parked', parked: [{ interaction: 'x', alarm } as ParkedView] })
  let live = applyChange(nothingYet, parked(false), 0)
  expect(live.turns).toEqual([])
  live = applyChange(live, parked(true), 0)
  live = applyChange(live, parked(true), 0)
  expect(live.turns.map((t) => t.what)).toEqual(['parkAlarm'])
  expect(applyChange(live, { kind: 'parked' }, 0).parked).toEqual([])
})

test('a message has nobody on the line', () => {
  expect(isMessage(work({ channel: 'voicemail' }))).toBe(true)
  expect(isMessage(work({ channel: 'voice' }))).toBe(false)
  expect(isMessage(null)).toBe(false)
})

test('a task has nobody on the line, and is no message', () => {
  expect(isTask(work({ channel: 'task' }))).toBe(true)
  expect(isMessage(work({ channel: 'task' }))).toBe(false)
  expect(['task', 'voicemail', 'voice'].map((channel) => lineless(work({ channel })))).toEqual([true, true, false])
  expect(lineless(null)).toBe(false)
})

test.each([
  ['an own extension is left', { wrapExtended: 1, wrapExtensions: 2 }, 'own'],
  ['none is left', { wrapExtended: 2, wrapExtensions: 2 }, 'ask'],
  ['a leader is asked', { wrapExtended: 2, wrapExtensions: 2, moreTime: 'asked' }, null],
  ['one has refused', { wrapExtended: 2, wrapExtensions: 2, moreTime: 'refused' }, null],
  ['one has given time, and it is spent', { wrapExtended: 2, wrapExtensions: 2, moreTime: 'granted' }, 'ask'],
  ['the wrap-up has no end', { wrapExtended: 0, wrapExtensions: 2, wrapUntil: 0 }, null],
  ['the talk goes on', { phase: 'connected', wrapExtended: 0, wrapExtensions: 2 }, null],
])('prolonging a wrap-up: %s', (_, work, want) => {
  expect(prolonging({ phase: 'wrapping_up', wrapUntil: 5, ...work } as WorkView)).toBe(want)
})
