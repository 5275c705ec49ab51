import { expect, test } from 'vitest'
import { place } from './Player.tsx'

test('a mark stands where it is in time, an open one goes to the end', () => {
  expect(place({ fromMs: 1000, toMs: 3000, why: 'card' }, 10_000)).toEqual({ start: 10, width: 20 })
  expect(place({ fromMs: 6000, toMs: 0, why: 'card' }, 8000)).toEqual({ start: 75, width: 25 })
  expect(place({ fromMs: 9000, toMs: 12_000, why: 'restart' }, 8000)).toEqual({ start: 100, width: 0 })
})
