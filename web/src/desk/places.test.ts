import { expect, test } from 'vitest'
import { choices, typedNumber } from './places.ts'

const targets = {
  agents: [
    { id: 'b', name: 'Boris', detail: 'break' },
    { id: 'c', name: 'Chai', detail: 'available', free: true },
    { id: 'me', name: 'Anna', detail: 'available', free: true },
  ],
  queues: [{ id: 'q', name: 'Счёт', detail: 'Bank' }],
  entries: [{ id: 'e', name: 'Main', detail: '+74951234567' }],
}
const found = (text: string) => choices(targets, text, 'me').map((c) => c.target.id ?? c.target.number)

test('free agents come first, oneself never, then queues and entries', () => {
  expect(found('')).toEqual(['c', 'b', 'q', 'e'])
  expect(choices(null, '', 'me')).toEqual([])
})

test('the search ignores case and ё', () => {
  expect(found('СЧЕТ')).toEqual(['q'])
  expect(found('bor')).toEqual(['b'])
})

test('a number can be called; what stands behind it is found too', () => {
  expect(found('+7 495 123-45-67')).toEqual(['+74951234567'])
  expect(found('495123')).toEqual(['495123', 'e'])
})

test.each([
  ['+7 (495) 123-45-67', '+74951234567'],
  ['102', '102'],
  ['12', ''],
  ['12a4', ''],
  ['', ''],
])('%s is the number %s', (text, want) => {
  expect(typedNumber(text)).toBe(want)
})
