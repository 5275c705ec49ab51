import { expect, test } from 'vitest'
import type { Ladder, LadderMessage } from '../wire/model.ts'
import { columnsOf, milliseconds, since, stepsOf } from './steps.ts'

const message = (atUs: number, out: boolean, start: string, againUs: number[] = []): LadderMessage => ({
  atUs,
  out,
  transport: 'UDP',
  local: '198.51.100.1:5060',
  remote: '192.0.2.1:5060',
  start,
  cseq: '1 INVITE',
  body: false,
  repeats: againUs.length,
  againUs,
  text: '',
})

const ladder: Ladder = {
  legs: [
    { role: 'phone', party: 'sip:sam@x', callId: 'b', missing: 0, messages: [message(3000, true, 'INVITE')] },
    {
      role: 'trunk',
      party: 'Carrier',
      callId: 'a',
      missing: 0,
      messages: [
        message(1000, false, 'INVITE'),
        message(1500, true, '100 Trying'),
        message(9000, true, '200 OK', [14000]),
        message(20000, false, '486 Busy Here'),
      ],
    },
  ],
}

test('the customer stands left, the agent right, we between', () => {
  expect(columnsOf(ladder).map((c) => c.party)).toEqual(['Carrier', '', 'sip:sam@x'])
  expect(columnsOf({ legs: [] }).map((c) => c.key)).toEqual(['us'])
})

test('arrows go in the order of time, repetitions too', () => {
  const steps = stepsOf(ladder, columnsOf(ladder))
  expect(steps.map((s) => `${s.from}>${s.to} ${s.message.start}${s.repeated ? ' again' : ''} ${s.sinceMs}`)).toEqual([
    '0>1 INVITE 0',
    '1>0 100 Trying 0.5',
    '1>2 INVITE 1.5',
    '1>0 200 OK 6',
    '1>0 200 OK again 5',
    '0>1 486 Busy Here 6',
  ])
  expect(steps.map((s) => s.tone)).toEqual(['request', 'waiting', 'request', 'good', 'good', 'bad'])
  expect(new Set(steps.map((s) => s.key)).size).toBe(steps.length)
})

test('milliseconds are short', () => {
  expect(since(24_034)).toBe('+24.03 s')
  expect(since(0.44)).toBe('+0.4 ms')
  expect([0.44, 9.96, 12.3, 1250.4].map(milliseconds)).toEqual(['0.4', '10.0', '12', '1250'])
})
