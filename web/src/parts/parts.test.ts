import { expect, test } from 'vitest'
import type { QueueView } from '../wire/desk.gen.ts'
import { byTrouble, serviceLevel, waitLevel } from './levels.ts'
import { dateText, dayStart, midnight, presetRange, timeAt, timeText } from './period.ts'

const queue = (name: string, more: Partial<QueueView>) =>
  ({
    queue: name,
    name,
    waiting: 0,
    longestSince: 0,
    targetMs: 20_000,
    offered: 0,
    inTime: 0,
    short: 0,
    ...more,
  }) as QueueView

test('waiting is good, near from three quarters on, over the target', () => {
  const wait = (s: number) => waitLevel(queue('q', { waiting: 1, longestSince: 100_000 - s * 1000 }), 100_000)
  expect([wait(14), wait(16), wait(21)]).toEqual(['good', 'near', 'over'])
  expect(waitLevel(queue('q', {}), 100_000)).toBe('empty')
})

test('the queue in trouble comes first', () => {
  const now = 100_000
  const list = [
    queue('calm', {}),
    queue('good', { waiting: 9, longestSince: 99_000 }),
    queue('over', { waiting: 1, longestSince: 50_000 }),
    queue('worse', { waiting: 1, longestSince: 10_000 }),
  ]
  expect(byTrouble(list, now).map((q) => q.name)).toEqual(['worse', 'over', 'good', 'calm'])
})

test('short abandons do not count for the service level', () => {
  expect(serviceLevel(queue('q', { offered: 12, short: 2, inTime: 8 }))).toBe(0.8)
  expect(serviceLevel(queue('q', { offered: 2, short: 2 }))).toBeNull()
})

test('days begin at midnight of the zone, also when clocks change', () => {
  const noon = Date.UTC(2026, 10, 21, 12)
  expect(midnight(noon, 'Europe/Moscow')).toBe(Date.UTC(2026, 10, 20, 21))
  expect(midnight(noon, 'Asia/Bangkok')).toBe(Date.UTC(2026, 10, 20, 17))
  // 29 March 2026 has 23 hours in Berlin, 25 October has 25.
  const spring = Date.UTC(2026, 2, 29, 12)
  expect(midnight(spring, 'Europe/Berlin', 1) - midnight(spring, 'Europe/Berlin')).toBe(23 * 3_600_000)
  const autumn = Date.UTC(2026, 9, 25, 12)
  expect(midnight(autumn, 'Europe/Berlin', 1) - midnight(autumn, 'Europe/Berlin')).toBe(25 * 3_600_000)
})

test('written days and instants are the same both ways', () => {
  const at = dayStart('2026-11-21', 'Asia/Bangkok')
  expect(at).toBe(Date.UTC(2026, 10, 20, 17))
  expect(dateText(at ?? 0, 'Asia/Bangkok')).toBe('2026-11-21')
  expect(dayStart('21.11.2026', 'UTC')).toBeNull()
})

test('presets', () => {
  const now = Date.UTC(2026, 10, 21, 12)
  expect(presetRange('yesterday', now, 'UTC')).toEqual({ from: Date.UTC(2026, 10, 20), to: Date.UTC(2026, 10, 21) })
  expect(presetRange('week', now, 'UTC').from).toBe(Date.UTC(2026, 10, 15))
})

test('a moment is written and read in the zone of the center, over changes of the clock too', () => {
  for (const zone of ['Asia/Bangkok', 'Europe/London', 'America/New_York', 'UTC']) {
    for (const at of ['2026-03-29T12:30Z', '2026-10-25T23:05Z', '2026-07-01T00:00Z']) {
      const instant = Date.parse(at)
      expect(timeAt(timeText(instant, zone), zone)).toBe(instant)
    }
  }
  expect(timeText(Date.parse('2026-11-22T05:30Z'), 'Asia/Bangkok')).toBe('2026-11-22T12:30')
  expect(timeAt('', 'UTC')).toBe(null)
  expect(timeAt('2026-11-22', 'UTC')).toBe(null)
})
