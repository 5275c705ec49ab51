import { expect, test } from 'vitest'
import type { Program } from './program.ts'
import * as own from './setting.ts'
import { renamedTests, type Script } from './tests.ts'

const program: Program = {
  schema: 1,
  start: 'ask',
  variables: { vip: { type: 'boolean', input: true }, n: { type: 'number' } },
  nodes: {
    ask: { kind: 'http', next: 'look' },
    look: { kind: 'sql', next: 'line' },
    long: { kind: 'branch', cases: [{ way: 'a', when: 'queue("night").waiting > 3' }] },
    line: { kind: 'enqueue', queue: 'sales' },
  },
}
const bare: Script = { name: 'a' }

test('a customer is known or nobody, and keeps what the form does not know', () => {
  const known = own.setPerson(bare, { known: true, name: 'Anna', numbers: ['+66'], fields: {} })
  expect(known.customer).toEqual({ known: true, name: 'Anna', numbers: ['+66'] })
  expect(own.setPerson(known, undefined)).toEqual(bare)
  expect(own.pairsOf('contract = 12\n\nbad\n url=a=b')).toEqual({ contract: '12', url: 'a=b' })
  expect(own.pairsText({ contract: '12' })).toBe('contract = 12')
})

test('inputs have the type of their variable', () => {
  expect(own.inputsOf(program)).toEqual(['vip'])
  expect(own.setInput(bare, 'vip', own.typedValue('boolean', 'true'))).toEqual({ ...bare, inputs: { vip: true } })
  expect(own.setInput({ ...bare, inputs: { vip: true } }, 'vip', own.typedValue('boolean', ''))).toEqual(bare)
  expect([
    own.typedValue('number', '12'),
    own.typedValue('number', 'x'),
    own.typedValue('data', '[1]'),
    own.typedValue('text', '12'),
  ]).toEqual([12, 'x', [1], '12'])
})

test('queues are those the flow and the test speak of', () => {
  const s = own.setQueue({ ...bare, missing: ['gone'] }, 'sales', { waiting: 3 })
  expect(own.queuesOf(program, s)).toEqual(['gone', 'night', 'sales'])
  expect(own.setQueue(s, 'sales', { waiting: undefined })).toEqual({ ...bare, missing: ['gone'] })
  expect(own.setMissing(s, 'gone', false).missing).toBeUndefined()
  expect(own.isMissing(own.setMissing(s, 'sales', true), 'sales')).toBe(true)
})

test('answers are given by step and follow it to a new name', () => {
  const s = own.setAnswers(bare, 'ask', [own.answered({ after: 2 }, 'http', '{"balance":12}')])
  expect(s.answers).toEqual({ ask: [{ after: 2, body: { balance: 12 } }] })
  expect(own.askersOf(program, own.setAnswers(s, 'far', [{}]))).toEqual(['ask', 'look', 'far'])
  expect(own.answered({}, 'sql', '{"a":1}')).toEqual({ rows: [{ a: 1 }] })
  expect(own.answered({ body: 1 }, 'http', ' ')).toEqual({})
  expect(renamedTests({ ...program, tests: [s] }, 'ask', 'crm').tests).toEqual([
    { name: 'a', answers: { crm: [{ after: 2, body: { balance: 12 } }] } },
  ])
  expect(own.setAnswers(s, 'ask', [])).toEqual(bare)
})

test('what a variable is to hold', () => {
  const s = own.setWanted(bare, 'n', '3')
  expect(s.expect).toEqual({ variables: { n: '3' } })
  expect(own.setWanted(s, 'n', '')).toEqual(bare)
})
