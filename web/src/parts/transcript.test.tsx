import { renderToStaticMarkup } from 'react-dom/server'
import { afterEach, expect, test } from 'vitest'
import { en } from '../i18n/en/all.ts'
import { book } from '../i18n/language.ts'
import { ru } from '../i18n/ru/all.ts'
import { th } from '../i18n/th/all.ts'
import type { Language, Transcript as Words } from '../wire/model.ts'
import { Transcript } from './Transcript.tsx'

for (const [language, texts] of Object.entries({ en, ru, th })) book.add(language as Language, texts)
afterEach(() => book.use('en'))

const one = { state: 'written', text: 'Перезвоните мне', language: 'ru', detail: '' } as Words
const shown = (of: Words | null, why = false) => renderToStaticMarkup(<Transcript of={of} why={why} />)

test.each([
  ['en', en],
  ['ru', ru],
  ['th', th],
] as const)('what is said, or why it is not there: %s', (language, texts) => {
  book.use(language)
  const said = shown(one)
  expect(said).toContain('<blockquote lang="ru">Перезвоните мне</blockquote>')
  expect(said).toContain(texts.common.transcript.title)
  expect(shown({ ...one, text: '' })).toContain(texts.common.transcript.written)
  const failed = { ...one, state: 'failed', text: '', detail: 'no answer within 5m0s' } as Words
  expect(shown(failed)).toContain(texts.common.transcript.failed)
  expect(shown(failed)).not.toContain('no answer')
  expect(shown(failed, true)).toContain('(no answer within 5m0s)')
  expect(shown({ ...failed, state: 'waiting' })).toContain(texts.common.transcript.waiting)
  expect(shown(null)).toBe('')
})
