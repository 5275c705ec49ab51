import { expect, test } from 'vitest'
import { flow as en } from '../i18n/en/flows.ts'
import { problem as enProblem } from '../i18n/en/problems.ts'
import type { FlowTranslate } from '../i18n/flows.ts'
import { book, translate } from '../i18n/language.ts'
import { flow as ru } from '../i18n/ru/flows.ts'
import { problem as ruProblem } from '../i18n/ru/problems.ts'
import { refusal as ruRefusal } from '../i18n/ru/refusals.ts'
import { ApiError, type Said } from '../wire/http.ts'
import { grave } from './editor.ts'
import { problemText, refusedText } from './words.ts'

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

test("what came of a test is told in the user's language, ends and all", () => {
  book.add('en', { flow: { ...en, problem: enProblem } })
  book.add('ru', { flow: { ...ru, problem: ruProblem }, refusal: ruRefusal })
  const end = (text: string): Said => ({ code: 'end_word', text })
  const failed: Said = { code: 'fail_end', text: 'the end is queue, not ended', params: [end('queue'), end('ended')] }
  book.use('en')
  expect(problemText(t, failed)).toBe(failed.text)
  book.use('ru')
  expect(problemText(t, failed)).toBe(`конец — «${ru.end.queue}», а не «${ru.end.ended}»`)
  const closed: Said = { code: 'fail_closed', text: '', params: [{ code: 'closed_word', text: 'open' }, { text: 'x' }] }
  expect(problemText(t, closed)).toBe('очередь для него — «открыта», а не «x»')
  const refused = (reason: string, message: string, ...params: Said[]) =>
    new ApiError(422, 'invalid', '', [{ field: 'file', rule: 'malformed', message, reason, params }], 0)
  expect(refusedText(t, refused('flow_no_version', 'no', { text: '7' }))).toBe('У этого сценария нет версии 7.')
  const problem = refused('unreached', 'no way leads here from the start')
  expect(refusedText(t, problem)).toBe(ruProblem.unreached)
  expect(refusedText(t, new ApiError(409, 'conflict', '', [], 0, [], { code: 'flow_no_draft', text: '' }))).toBe(
    ruRefusal.flow_no_draft,
  )
  book.use('en')
})

test('warnings do not keep a flow from being published', () => {
  expect(grave([{ text: 'a', warning: true }, { text: 'b' }]).map((p) => p.text)).toEqual(['b'])
})
