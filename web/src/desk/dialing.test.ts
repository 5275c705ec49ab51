import { expect, test } from 'vitest'
import { callFor, dialable } from './dialing.ts'

test('what may be a number can be called', () => {
  for (const good of ['112', '+66 2 123 4567', '8 (495) 123-45-67', '*100', '+7.495.1234567']) {
    expect(dialable(good), good).toBe(true)
  }
  for (const bad of ['', '+', '1', 'anna', '12 34 x', `+${'1'.repeat(21)}`]) expect(dialable(bad), bad).toBe(false)
})

test('a line is named as shortly as it can be told from the others', () => {
  const line = (queue: string, project: string) => ({
    queue,
    name: `q-${queue}`,
    project,
    projectName: `p-${project}`,
    country: '',
  })
  const one = [line('a', 'x'), line('b', 'x')]
  expect(one.map((l) => callFor(l, one))).toEqual(['q-a', 'q-b'])
  const two = [...one, line('c', 'y')]
  expect(two.map((l) => callFor(l, two))).toEqual(['p-x · q-a', 'p-x · q-b', 'p-y'])
})
