import { expect, test } from 'vitest'
import { Book } from './book.ts'

function book(): Book {
  const b = new Book()
  b.add('en', {
    desk: { calls_one: '{{count}} call', calls_other: '{{count}} calls', hello: 'Hello, {{who}} and {{who}}' },
    only: 'English only',
    plain: 'No forms',
  })
  b.add('ru', {
    desk: { calls_one: '{{count}} звонок', calls_few: '{{count}} звонка', calls_many: '{{count}} звонков' },
  })
  b.add('th', { desk: { calls_other: '{{count}} สาย' } })
  return b
}

test.each([
  ['en', 1, '1 call'],
  ['en', 0, '0 calls'],
  ['ru', 1, '1 звонок'],
  ['ru', 3, '3 звонка'],
  ['ru', 11, '11 звонков'],
  ['ru', 21, '21 звонок'],
  ['th', 1, '1 สาย'],
  ['th', 5, '5 สาย'],
] as const)('%s counts %d', (language, count, text) => {
  const b = book()
  b.use(language)
  expect(b.text('desk.calls', { count })).toBe(text)
})

test('values are put in as they are, each time; a missing one is left out', () => {
  const b = book()
  expect(b.text('desk.hello', { who: '$& <b>' })).toBe('Hello, $& <b> and $& <b>')
  expect(b.text('desk.hello')).toBe('Hello,  and ')
})

test('what a language lacks is English, what English lacks is its name', () => {
  const b = book()
  b.use('th')
  expect(b.text('only')).toBe('English only')
  expect(b.text('plain', { count: 3 })).toBe('No forms')
  expect(b.text('desk.nothing')).toBe('desk.nothing')
  expect(b.text('desk')).toBe('desk')
})

test('texts can come later and replace others; readers are told of a change once', () => {
  const b = book()
  const told: string[] = []
  const leave = b.subscribe(() => told.push(b.language))
  b.use('ru')
  b.use('ru')
  b.add('ru', { only: 'Теперь по-русски' })
  expect(b.text('only')).toBe('Теперь по-русски')
  leave()
  b.use('en')
  expect(told).toEqual(['ru'])
})
