import { expect, test } from 'vitest'
import { flow as en } from '../i18n/en/flows.ts'
import { problem as enProblem } from '../i18n/en/problems.ts'
import type { FlowTranslate } from '../i18n/flows.ts'
import { book, translate } from '../i18n/language.ts'
import { flow as ru } from '../i18n/ru/flows.ts'
import { problem as ruProblem } from '../i18n/ru/problems.ts'
import { grave } from './editor.ts'
import { problemText, type Said } from './words.ts'

const t = translate as FlowTranslate

const missing: Said = {
  code: 'missing',
  text: 'there is no queue "sale"; did you mean "sales"?',
  params: [
    { code: 'queue', text: 'queue' },
    { text: 'sale' },
    { code: 'meant', text: '; did you mean "sales"?', params: [{ text: 'sales' }] },
  ],
}

test("a problem is told in the user's language, as the server says it where there are no words", () => {
  book.add('en', { flow: { ...en, problem: enProblem } })
  book.add('ru', { flow: { ...ru, problem: ruProblem } })
  book.use('en')
  expect(problemText(t, missing)).toBe(missing.text)
  book.use('ru')
  expect(problemText(t, missing)).toBe('нет такого (очередь): «sale»; может быть, «sales»?')
  expect(problemText(t, { code: 'of_another_day', text: 'new' })).toBe('new')
  const required: Said = {
    code: 'param_required',
    text: 'must be set: the calendar',
    params: [{ code: 'param_doc', text: 'the calendar', params: [{ text: 'hours' }, { text: 'hours' }] }],
  }
  expect(problemText(t, required)).toBe(`обязательно: ${ru.paramDoc.hours}`)
  book.use('en')
})

test('warnings do not keep a flow from being published', () => {
  expect(grave([{ text: 'a', warning: true }, { text: 'b' }]).map((p) => p.text)).toEqual(['b'])
})
