import { expect, test } from 'vitest'
import { countsText, drawsOf, hoursOf, ownGone, saysMore, setMore, setOwnGone } from './more.ts'
import type { Script } from './tests.ts'

const script: Script = { name: 'one' }

test('a test says more only while something is set', () => {
  expect(saysMore(script)).toBe(false)
  const calls = setMore(script, 'calls_back', true)
  expect(calls).toEqual({ name: 'one', calls_back: true })
  expect(saysMore(calls)).toBe(true)
  expect(setMore(calls, 'calls_back', false)).toEqual(script)
  expect(setMore(setMore(script, 'agents', { anna: 'busy' }), 'agents', {})).toEqual(script)
  expect(setMore(setMore(script, 'line', '+44'), 'line', '')).toEqual(script)
})

test("the project's own queue may be missing beside others", () => {
  const gone = setOwnGone({ ...script, missing: ['sales'] }, true)
  expect(gone.missing).toEqual(['sales', ''])
  expect(ownGone(gone)).toBe(true)
  expect(setOwnGone(gone, false)).toEqual({ name: 'one', missing: ['sales'] })
  expect(setOwnGone(setOwnGone(script, true), false)).toEqual(script)
})

test('what is typed becomes counters, draws and hours, and what is none of them is left out', () => {
  expect(countsText('vip = 3\nmany = a lot\n= 4\nless = -1')).toEqual({ vip: 3, less: -1 })
  expect(drawsOf('0.2 0,9; 1 x .5')).toEqual([0.2, 0.9, 0.5])
  expect(hoursOf(['15:00', '25:00', '9:00', '00:30'])).toEqual(['15:00', '00:30'])
})
