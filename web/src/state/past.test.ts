import { expect, test } from 'vitest'
import { handleTime, usual } from './past.ts'

const day = (calls: number, handled: number, handledMs: number) => ({ calls, handled, handledMs })
const none = day(0, 0, 0)
const week = (first: ReturnType<typeof day>) => [first, ...Array.from({ length: 6 }, () => day(99, 9, 1))]

test('handle time is of what is over', () => {
  expect(handleTime(none)).toBeNull()
  expect(handleTime(day(3, 2, 5000))).toBe(2500)
})

test('the usual day is the mean of the same weekday, free ones left out', () => {
  expect(usual([])).toBeNull()
  expect(usual([...week(none), ...week(none)])).toBeNull()
  const past = [...week(day(10, 10, 100_000)), ...week(none), ...week(day(20, 19, 190_000)), ...week(day(30, 0, 0))]
  expect(usual(past)).toEqual({ days: 3, calls: 20, handleMs: 10_000 })
  expect(usual(week(day(4, 0, 0)))).toEqual({ days: 1, calls: 4, handleMs: null })
})
