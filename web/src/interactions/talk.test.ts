import { expect, test } from 'vitest'
import { bytes, height, talkOf } from './talk.ts'

const says = 0x80 | 20
const not = 127

test('talk of each side, talk-over and the longest silence are counted in seconds', () => {
  expect(talkOf([says, says, not, not, not, says], [not, says, says, not])).toEqual({
    customer: 3,
    others: 2,
    both: 1,
    silence: 2,
  })
  expect(talkOf([], [])).toEqual({ customer: 0, others: 0, both: 0, silence: 0 })
})

test('bytes come as base64', () => {
  expect(bytes(btoa(String.fromCharCode(says, not)))).toEqual([says, not])
})

test('who speaks stands higher than noise, silence not at all', () => {
  expect(height(not)).toBe(0)
  expect(height(20)).toBeLessThan(height(says))
  expect(height(0x80)).toBe(1)
})
