import { expect, test } from 'vitest'
import type { AgentView, Change, QueueView, WorkView } from '../wire/desk.gen.ts'
import { applyChange, inHand, type Live, nothingYet, shownStatus } from './live.ts'

const me = { agent: 'a', name: 'Anna', status: 'available', reason: '', statusSince: 5 } as AgentView
const work = (interaction: string, phase: string) => ({ interaction, phase }) as WorkView
const queue = (q: string, waiting: number) => ({ queue: q, waiting }) as QueueView
const hello = (works: WorkView[]): Change => ({
  kind: 'hello',
  hello: {
    now: 1000,
    user: 'a',
    name: 'Anna',
    role: 'agent',
    phone: 'browser',
    autoAnswer: false,
    checkValid: true,
    mayMonitor: false,
    version: '1',
    me,
    work: works,
    day: {
      calls: 1,
      talkMs: 2,
      wrapUpMs: 3,
      missed: 4,
      ratings: 5,
      ratingSum: 21,
      holdMs: 6,
      handled: 1,
      handledMs: 11,
    },
  },
})

function after(...changes: Change[]): Live {
  return changes.reduce((l, c) => applyChange(l, c, 400), nothingYet)
}

test('hello replaces what was known and sets the clock', () => {
  const live = after(
    hello([work('1', 'connected')]),
    { kind: 'work', work: work('2', 'offered') },
    hello([work('3', 'offered')]),
  )
  expect(live.work.map((w) => w.interaction)).toEqual(['3'])
  expect(live.offset).toBe(600)
  expect(live.day.missed).toBe(4)
})

test('work is added, changed and taken away', () => {
  let live = after(hello([]), { kind: 'work', work: work('1', 'offered') })
  expect(inHand(live)?.phase).toBe('offered')
  live = applyChange(live, { kind: 'work', work: work('1', 'connected') }, 0)
  expect(live.work).toHaveLength(1)
  expect(inHand(live)?.phase).toBe('connected')
  live = applyChange(live, { kind: 'gone', gone: '1', why: 'done' }, 0)
  expect(inHand(live)).toBeNull()
  expect(live.gone).toEqual({ interaction: '1', why: 'done' })
})

test('a late gone of something unknown is harmless', () => {
  expect(after(hello([]), { kind: 'gone', gone: 'x', why: 'missed' }).work).toEqual([])
})

test('queues keep their order; the first list after hello replaces', () => {
  let live = after(hello([]), { kind: 'queues', queues: [queue('a', 1), queue('b', 2)] })
  live = applyChange(live, { kind: 'queues', queues: [queue('b', 5)] }, 0)
  expect(live.queues.map((q) => [q.queue, q.waiting])).toEqual([
    ['a', 1],
    ['b', 5],
  ])
  live = applyChange(live, hello([]), 0)
  expect(live.queues).toHaveLength(2) // still shown until the news come
  live = applyChange(live, { kind: 'queues', queues: [queue('c', 0)] }, 0)
  expect(live.queues.map((q) => q.queue)).toEqual(['c'])
})

test('the call in talk goes before the one in wrap-up and the one that rings', () => {
  const live = after(hello([work('w', 'wrapping_up'), work('o', 'offered'), work('t', 'connected')]))
  expect(inHand(live)?.interaction).toBe('t')
})

test('a wish shows until the server has spoken', () => {
  const live: Live = { ...after(hello([])), wish: { status: 'break', reason: 'lunch' } }
  expect(shownStatus(live)).toMatchObject({ status: 'break', reason: 'lunch', waiting: true })
  const settled = applyChange(live, { kind: 'me', me }, 0)
  expect(shownStatus(settled)).toMatchObject({ status: 'available', since: 5, waiting: false })
})

test('the same notice again replaces the earlier one', () => {
  const notice = (code: string): Change => ({ kind: 'notice', notice: { level: 'info', code, text: '' } })
  const live = after(notice('other_tab'), notice('missed_offer'), notice('other_tab'))
  expect(live.told.map((t) => t.code)).toEqual(['missed_offer', 'other_tab'])
  expect(live.told.map((t) => t.seq)).toEqual([2, 3])
})

test('kinds of a newer server are ignored', () => {
  expect(applyChange(nothingYet, { kind: 'weather' } as unknown as Change, 0)).toBe(nothingYet)
})
