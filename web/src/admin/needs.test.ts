import { expect, test } from 'vitest'
import { body, fresh } from './body.ts'
import { nobodyHas } from './needs.ts'
import { levelTyped, withLevel } from './SkillLevels.tsx'

const users = [
  { id: 'a', disabled: false, skills: [{ skillId: 'th', level: 4 }] },
  { id: 'b', disabled: true, skills: [{ skillId: 'th', level: 9 }] },
  { id: 'c', disabled: false },
]

test('who may not sign in, or does not serve the queue, has nothing to offer', () => {
  const need = (level: number) => ({ skillId: 'th', level })
  expect(nobodyHas(need(4), ['a', 'b', 'c'], users)).toBe(false)
  expect(nobodyHas(need(5), ['a', 'b', 'c'], users)).toBe(true)
  expect(nobodyHas(need(0), ['a'], users)).toBe(false)
  expect(nobodyHas(need(0), ['c'], users)).toBe(true)
  expect(nobodyHas(need(1), [], users)).toBe(true)
})

test('a level of 0 is no skill', () => {
  const two = withLevel([{ skillId: 'th', level: 4 }], 'en', 7)
  expect(two).toEqual([
    { skillId: 'th', level: 4 },
    { skillId: 'en', level: 7 },
  ])
  expect(withLevel(two, 'th', 0)).toEqual([{ skillId: 'en', level: 7 }])
})

test('a digit replaces a level', () => {
  expect(['', 7, 10, 57, 103, '1', -2].map(levelTyped)).toEqual([0, 7, 10, 7, 3, 1, 0])
})

test('a queue sends only what belongs to its routing', () => {
  const sent = (routing: object) => body('queues', { ...fresh.queues, routing }).routing
  expect(sent({})).toEqual({})
  expect(sent({ lastAgentMs: 0, lastAgentDays: 9, languageLevel: 0, languageRelaxMs: 5 })).toEqual({
    lastAgentMs: 0,
    lastAgentDays: 0,
    languageLevel: 0,
    languageRelaxMs: 0,
  })
  expect(sent({ lastAgentMs: 20_000, lastAgentDays: 0 })).toEqual({ lastAgentMs: 20_000, lastAgentDays: 30 })
})
