import { expect, test } from 'vitest'
import { freshProgram } from './program.ts'
import { added, lastDays, linesOf, meanSeconds, nothing, type Page, Replay, type Replayed } from './replay.ts'

const part = (change: Partial<Replayed> = {}): Replayed => ({
  ...nothing(),
  calls: 2,
  unknown: 1,
  unknownAt: { menu: 1 },
  unknownWhy: { unasked: 1 },
  was: { ...nothing().was, contained: 1, seconds: 10 },
  now: { ...nothing().now, queued: 1, byQueue: { sales: 1 }, seconds: 4 },
  different: 1,
  ...change,
})
const period = { from: new Date('2026-11-21T00:00:00Z'), to: new Date('2026-11-22T00:00:00Z') }

test('pages add up', () => {
  const all = added(part(), part({ unknownAt: { vip: 1 } }))
  expect(all).toMatchObject({
    calls: 4,
    unknown: 2,
    unknownAt: { menu: 1, vip: 1 },
    unknownWhy: { unasked: 2 },
    different: 2,
  })
  expect(all.now.byQueue).toEqual({ sales: 2 })
  expect([meanSeconds(all, 'was'), meanSeconds(all, 'now'), meanSeconds(nothing(), 'now')]).toEqual([10, 4, 0])
  expect(linesOf(all)).toEqual([
    { name: 'contained', was: 2, now: 0 },
    { name: 'queued', was: 0, now: 2 },
    { name: 'queue', queue: 'sales', was: 0, now: 2 },
  ])
})

test('days end at midnight', () => {
  const { from, to } = lastDays(1, new Date(2026, 10, 22, 9, 30))
  expect([from, to]).toEqual([new Date(2026, 10, 21), new Date(2026, 10, 22)])
})

test('page after page until the last, with what was done so far', async () => {
  const asked: string[] = []
  const seen: number[] = []
  const page: Page = async (_, __, cursor) => {
    asked.push(cursor)
    return cursor === ''
      ? { ...part(), cursor: 'x', upTo: '2026-11-21T06:00:00Z' }
      : { ...part(), cursor: '', upTo: '2026-11-22T00:00:00Z' }
  }
  const replay = new Replay('f', page)
  replay.state.subscribe(() => seen.push(replay.state.get().done))
  await replay.run(freshProgram(), period)
  expect(asked).toEqual(['', 'x'])
  expect(seen).toEqual([0, 0.25, 1])
  expect(replay.state.get()).toMatchObject({ running: false, result: { calls: 4 } })
})

test('what is stopped asks no more and keeps what it has; trouble is told', async () => {
  let asked = 0
  const replay: Replay = new Replay('f', async () => {
    asked++
    if (asked === 2) replay.stop()
    return { ...part(), cursor: 'x', upTo: '2026-11-21T06:00:00Z' }
  })
  await replay.run(freshProgram(), period)
  expect(asked).toBe(2)
  expect(replay.state.get()).toMatchObject({ running: false, result: { calls: 2 } })
  const broken = new Replay('f', () => Promise.reject(new Error('no')))
  await broken.run(freshProgram(), period)
  expect(broken.state.get()).toMatchObject({ running: false, error: { code: 'internal' } })
})
