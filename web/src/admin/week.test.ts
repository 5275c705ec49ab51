import { expect, test } from 'vitest'
import { another, bars, joined, minutes } from './week.ts'

test.each([
  ['09:00-18:00', [540, 1080]],
  ['00:00-24:00', [0, 1440]],
  ['22:00-06:00', [1320, 1800]],
  ['18:00-00:00', [1080, 1440]],
  ['09:00-09:00', null],
  ['24:00-06:00', null],
  ['9:00-18:00', null],
  ['09:00', null],
  ['09:00-24:30', null],
  ['', null],
])('%s', (interval, want) => {
  expect(minutes(interval)).toEqual(want)
})

test('a night shift goes on at the next day, that of Sunday on Monday', () => {
  const drawn = bars({ sun: ['22:00-06:00'], tue: ['09:00-13:00', 'x', '14:00-18:00'] })
  expect(drawn.sun).toEqual([{ from: 1320, to: 1440 }])
  expect(drawn.mon).toEqual([{ from: 0, to: 360 }])
  expect(drawn.tue).toHaveLength(2)
})

test('another interval begins after a break', () => {
  expect(another([])).toBe('09:00-18:00')
  expect(another(['09:00-13:00'])).toBe('14:00-17:00')
  expect(another(['09:00-21:30'])).toBe('22:30-24:00')
})

test('holidays are joined by date and what was edited stays', () => {
  const have = [{ date: '2026-05-01', name: 'Mine', open: ['10:00-12:00'] }]
  const more = [
    { date: '2026-05-01', name: 'Labour', open: [] },
    { date: '2026-01-01', name: 'New Year', open: [] },
  ]
  expect(joined(have, more).map((h) => h.name)).toEqual(['New Year', 'Mine'])
})
