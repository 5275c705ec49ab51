import { expect, test } from 'vitest'
import { whatIf } from '../i18n/en/whatIf.ts'
import { book, translate } from '../i18n/language.ts'
import { asked, changeText, clock, type Draft, draftOf, minutesOf } from './changeText.ts'

book.add('en', { whatIf })
const start = {
  timeZone: 'UTC',
  days: [],
  queues: [{ key: 'support', name: 'Support', targetS: 30, goal: 80, weight: 2, strategy: '' }],
  agents: [{ login: 'anna', name: 'Anna', queues: ['support'] }],
}
const draft: Draft = {
  kind: 'agents',
  queue: 'support',
  agent: 'anna',
  by: 1,
  strategy: 'least_flexible',
  from: 0,
  to: 0,
}

test.each([
  [{}, '1 agent more for Support', { what: 'agents', queue: 'support', by: 1 }],
  [
    { by: -2, from: 600, to: 840 },
    '2 agents fewer for Support from 10:00 to 14:00',
    { what: 'agents', queue: 'support', by: -2, from: 600, to: 840 },
  ],
  [{ kind: 'volume', queue: '', by: -5 }, '−5 % customers in all queues', { what: 'volume', by: -5 }],
  [{ kind: 'target', by: 45 }, 'target of 45 s for Support', { what: 'target', queue: 'support', by: 45 }],
  [{ kind: 'strategy' }, 'in Support first the least flexible', { what: 'strategy', queue: 'support' }],
  [{ kind: 'serve' }, 'Anna serves Support too', { what: 'serve', queue: 'support', agent: 'anna' }],
  [{ kind: 'away', from: 600, to: 500 }, 'Anna is away', { what: 'away', agent: 'anna' }],
] as [Partial<Draft>, string, object][])('%j is said and asked', (change, text, body) => {
  expect(changeText(translate, { ...draft, ...change }, start)).toBe(text)
  expect(asked({ ...draft, ...change })).toEqual(body)
})

test('another kind begins with what is set now', () => {
  expect(draftOf('target', draft, start)).toMatchObject({ by: 30, queue: 'support' })
  expect(draftOf('weight', { ...draft, queue: '' }, start)).toMatchObject({ by: 2, queue: 'support' })
})

test('times of day', () => {
  expect(clock(570)).toBe('09:30')
  expect(minutesOf('09:30')).toBe(570)
  expect(minutesOf('')).toBe(0)
})
