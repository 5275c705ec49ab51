import { expect, test } from 'vitest'
import { body, fresh } from './body.ts'
import { editable, keyFrom, read, write } from './field.ts'
import { fields } from './fields.ts'

test('every field of a form is one the route takes', () => {
  for (const kind of editable) {
    const known = Object.keys(fresh[kind])
    for (const f of fields[kind]) expect(known, `${kind}.${f.name}`).toContain(f.name.split('.')[0])
  }
})

test('a form sends no id and no empty password', () => {
  const values = { ...fresh.users, id: 'u1', hasPassword: true, login: 'anna', password: '' }
  const sent = body('users', values)
  expect(sent).not.toHaveProperty('id')
  expect(sent).not.toHaveProperty('password')
  expect(sent.login).toBe('anna')
})

test('paths reach into names', () => {
  const values = write({ names: { ru: 'Обед' } }, 'names.en', 'Lunch')
  expect(values).toEqual({ names: { ru: 'Обед', en: 'Lunch' } })
  expect(read(values, 'names.en')).toBe('Lunch')
  expect(read({}, 'names.en')).toBeUndefined()
})

test('keys are made of names', () => {
  expect(keyFrom('Tech support')).toBe('tech-support')
  expect(keyFrom('Отдел продаж')).toBe('otdel-prodazh')
  expect(keyFrom('ฝ่ายขาย')).toBe('')
})

test('a queue sends only what belongs to its closing', () => {
  const closing = { breakMs: 3_600_000, inLine: { do: 'queue', queue: 'night', flow: 'old' }, after: { do: '' } }
  expect(body('queues', { ...fresh.queues, closing }).closing).toEqual({
    breakMs: 3_600_000,
    inLine: { do: 'queue', queue: 'night' },
  })
})

test('a rule for who waits sends only what belongs to it', () => {
  const overflow = [
    { when: 'wait', afterMs: 60_000, size: 3, breaks: ['lunch'], do: 'queue', queue: 'night', flow: 'old' },
    { when: 'size', afterMs: 60_000, size: 3, do: 'hang_up', queue: 'night' },
    { when: 'nobody', do: 'outside', number: '112' },
  ]
  expect(body('queues', { ...fresh.queues, overflow }).overflow).toEqual([
    { when: 'wait', afterMs: 60_000, do: 'queue', queue: 'night' },
    { when: 'size', size: 3, do: 'hang_up' },
    { when: 'nobody', afterMs: 0, breaks: [], do: 'outside', number: '112' },
  ])
})

test('the other queue and the flow of closing time are chosen by name, and sent by key', () => {
  const of = (name: string) => fields.queues.find((f) => f.name === name)
  for (const who of ['inLine', 'after']) {
    expect(of(`closing.${who}.queue`)).toMatchObject({ kind: 'choice', from: 'queueKeys' })
    expect(of(`closing.${who}.flow`)).toMatchObject({ kind: 'choice', from: 'flowKeys' })
  }
})
