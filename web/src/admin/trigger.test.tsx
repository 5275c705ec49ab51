import { MantineProvider } from '@mantine/core'
import { renderToStaticMarkup } from 'react-dom/server'
import { afterEach, expect, test } from 'vitest'
import { en } from '../i18n/en/all.ts'
import { book, translate } from '../i18n/language.ts'
import { ru } from '../i18n/ru/all.ts'
import { th } from '../i18n/th/all.ts'
import type { Flow, Trigger, TriggerRun } from '../wire/model.ts'
import { whenText } from './TriggerList.tsx'
import { RunState } from './TriggerRuns.tsx'
import {
  anotherTime,
  body,
  freshTrigger,
  inputsOf,
  inputValues,
  isAlone,
  isClock,
  questionsOf,
  shownFields,
  spans,
} from './trigger.ts'

book.add('en', en)
book.add('ru', ru)
book.add('th', th)
afterEach(() => book.use('en'))

const of = (kind: Trigger['kind'], rule: Trigger['rule']): Trigger => ({ ...freshTrigger, id: 't', kind, rule })
const everything = {
  timeZone: ' Asia/Bangkok ',
  days: ['fri', 'mon'],
  times: ['18:00', ' 09:00', '18:00', ''],
  on: 'queue_waiting',
  queue: 'sales',
  more: 2,
  forMs: 30_000,
  perMinute: 5,
  status: 'break',
  reason: 'lunch',
  question: ' service ',
  atMost: 3.5,
  last: 20,
}

test('of a rule only what belongs to the kind is sent', () => {
  expect(body(of('schedule', everything)).rule).toEqual({
    days: ['mon', 'fri'],
    times: ['09:00', '18:00'],
    timeZone: 'Asia/Bangkok',
    perMinute: 5,
  })
  expect(body(of('event', everything)).rule).toEqual({
    on: 'queue_waiting',
    queue: 'sales',
    more: 2,
    forMs: 30_000,
    perMinute: 5,
  })
  expect(body(of('event', { ...everything, on: 'interaction_ended', queue: '' })).rule).toEqual({
    on: 'interaction_ended',
    perMinute: 5,
  })
  expect(body(of('event', { ...everything, on: 'status_changed' })).rule).toEqual({
    on: 'status_changed',
    queue: 'sales',
    status: 'break',
    reason: 'lunch',
    perMinute: 5,
  })
  expect(body(of('event', { on: 'status_changed', status: 'available', reason: 'lunch' })).rule).toEqual({
    on: 'status_changed',
    status: 'available',
  })
  const score = { on: 'low_score', question: 'service', atMost: 3.5, last: 20 }
  expect(body(of('event', { ...everything, on: 'low_score', queue: '', perMinute: 0 })).rule).toEqual(score)
  expect(body(of('event', { ...score, question: ' ' })).rule).toEqual({ on: 'low_score' })
  expect(body(of('event', { on: 'low_score', question: 'service', last: 20 })).rule).toEqual({
    on: 'low_score',
    question: 'service',
  })
  expect(body(of('event', {})).rule).toEqual({ on: 'interaction_ended' })
  expect(body(of('hook', { ...everything, perMinute: 0 })).rule).toEqual({})
  expect(body(of('hook', {}))).not.toHaveProperty('id')
  expect(body(of('hook', {}))).not.toHaveProperty('hasAddress')
})

test('all days are no days, and an empty zone is the center’s', () => {
  const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
  expect(body(of('schedule', { days, times: ['09:00'], timeZone: ' ' })).rule).toEqual({ times: ['09:00'] })
})

test('every field of the rule has a place for its refusal', () => {
  for (const f of Object.keys(everything)) expect(shownFields).toContain(`rule.${f}`)
})

test('days are said as spans', () => {
  expect(spans([])).toEqual([])
  expect(spans(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])).toEqual([])
  expect(spans(['fri', 'mon', 'wed', 'tue', 'thu'])).toEqual([['mon', 'fri']])
  expect(spans(['sat', 'sun'])).toEqual([
    ['sat', 'sat'],
    ['sun', 'sun'],
  ])
  expect(spans(['mon', 'wed'])).toEqual([
    ['mon', 'mon'],
    ['wed', 'wed'],
  ])
})

test('when it starts is a sentence in each language', () => {
  const queueName = (key: string) => (key === 'sales' ? 'Sales' : key)
  const said = (t: Trigger) => whenText(translate, t, queueName, (key) => (key === 'lunch' ? 'Lunch' : ''))
  const schedule = of('schedule', { days: ['mon', 'tue', 'wed'], times: ['09:00', '18:30'], timeZone: 'Asia/Bangkok' })
  expect(said(schedule)).toBe('Mon–Wed at 09:00, 18:30 (Asia/Bangkok)')
  expect(said(of('schedule', { times: ['02:30'] }))).toBe('Every day at 02:30')
  expect(said(of('event', { on: 'interaction_ended' }))).toBe('After each interaction')
  expect(said(of('event', { on: 'interaction_ended', queue: 'sales' }))).toContain('“Sales”')
  const line = of('event', { on: 'queue_waiting', queue: 'sales', more: 2, forMs: 30_000 })
  expect(said(line)).toBe('“Sales”: more than 2 waiting for 30 s')
  expect(said(of('event', { ...line.rule, forMs: 0 }))).toBe('“Sales”: more than 2 waiting')
  expect(said(of('hook', {}))).toBe('When its address is called')
  expect(said(of('event', { on: 'status_changed', queue: 'sales' }))).toBe(
    'When an agent’s status changes, queue “Sales”',
  )
  expect(said(of('event', { on: 'status_changed', status: 'break', reason: 'lunch' }))).toBe(
    'When an agent becomes: Break · Lunch',
  )
  expect(said(of('event', { on: 'status_changed', status: 'break', reason: 'gone' }))).toContain('· gone')
  expect(said(of('event', { on: 'low_score' }))).toBe('After a bad score')
  expect(said(of('event', { on: 'low_score', question: 'service' }))).toBe('After a bad score for “service”')
  const score = of('event', { on: 'low_score', question: 'service', atMost: 3.5, queue: 'sales' })
  expect(said(score)).toBe('After a score of 3.5 or less for “service”, queue “Sales”')
  const mean = of('event', { on: 'low_score', question: 'service', atMost: 3.5, last: 20 })
  expect(said(mean)).toBe('When the mean of the last 20 scores for “service” falls to 3.5')
  book.use('ru')
  expect(said(mean)).toBe('Когда среднее последних 20 оценок на вопрос «service» опускается до 3.5')
  expect(said(schedule)).toBe('Пн–Ср в 09:00, 18:30, пояс Asia/Bangkok')
  book.use('th')
  expect(said(line)).toBe('“Sales” มีผู้รอมากกว่า 2 ราย นาน 30 วินาที')
})

test('times are times of the day', () => {
  for (const good of ['00:00', '09:05', '23:59', ' 09:00 ']) expect(isClock(good), good).toBe(true)
  for (const bad of ['', '9:00', '24:00', '09:60', '09.00']) expect(isClock(bad), bad).toBe(false)
  expect(anotherTime([])).toBe('09:00')
  expect(anotherTime(['09:00', 'x'])).toBe('10:00')
  expect(anotherTime(['23:30'])).toBe('00:00')
  expect(anotherTime(['00:00', '23:30'])).toBe('')
})

const flow = (program: object) => ({ id: 'f', key: 'f', name: 'F', program, version: 1, revision: 1 }) as Flow

test('only flows for the channel none are offered', () => {
  expect(isAlone(flow({ channels: ['none'] }))).toBe(true)
  expect(isAlone(flow({ channels: ['voice'] }))).toBe(false)
  expect(isAlone(flow({}))).toBe(false)
})

test('the questions that flows ask are suggested', () => {
  const asks = (question: string) => flow({ nodes: { a: { kind: 'survey', question }, b: { kind: 'say' } } })
  expect(questionsOf([asks('service'), asks('again'), asks('service'), flow({})])).toEqual(['again', 'service'])
})

test('the inputs of a flow are asked for, by their types', () => {
  const variables = {
    order_id: { type: 'number', input: true },
    note: { type: 'text', input: true, default: 'x' },
    urgent: { type: 'boolean', input: true },
    more: { type: 'data', input: true },
    own: { type: 'text' },
  }
  const inputs = inputsOf(flow({ variables }))
  expect(inputs.map((i) => i.name)).toEqual(['order_id', 'note', 'urgent', 'more'])
  expect(inputs[1]?.start).toBe('x')
  expect(inputValues(inputs, { order_id: ' 17 ', note: '18', urgent: 'true', more: '[1]' })).toEqual({
    values: { order_id: 17, note: '18', urgent: true, more: [1] },
  })
  expect(inputValues(inputs, { note: '' })).toEqual({ values: {} })
  expect(inputValues(inputs, { order_id: 'many' })).toEqual({ bad: 'order_id' })
  expect(inputValues(inputs, { urgent: '1' })).toEqual({ bad: 'urgent' })
  expect(inputsOf(undefined)).toEqual([])
})

test('each state of a run has its own word', () => {
  const states = ['due', 'running', 'done', 'failed', 'interrupted', 'skipped'] as const
  for (const [language, texts] of Object.entries({ en, ru, th })) {
    book.use(language as 'en')
    const words = states.map((state) => {
      const run: TriggerRun = {
        moment: 'm',
        atMs: 1,
        startedMs: 0,
        endedMs: 0,
        state,
        by: '',
        steps: [],
        triggerId: 't',
        flowId: '',
        version: 0,
        inputs: {},
      }
      const html = renderToStaticMarkup(
        <MantineProvider>
          <RunState run={run} />
        </MantineProvider>,
      )
      expect(html).toContain(texts.triggers.states[state])
      return texts.triggers.states[state]
    })
    expect(new Set(words).size).toBe(states.length)
  }
})
