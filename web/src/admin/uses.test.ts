import { expect, test } from 'vitest'
import { setUp as en } from '../i18n/en/setUp.ts'
import { book, translate } from '../i18n/language.ts'
import { setUp as ru } from '../i18n/ru/setUp.ts'
import { ApiError, type Use } from '../wire/http.ts'
import { refusalOf } from './uses.ts'

const use = (kind: string, key: string, node = ''): Use => ({
  kind,
  id: key,
  key,
  name: key.toUpperCase(),
  node,
  field: 'queue',
})

test('a refused removal names who needs the thing, a flow once with its steps', () => {
  book.add('en', en)
  book.add('ru', ru)
  const uses = [
    use('entry', 'main'),
    use('flow', 'menu', 'line'),
    use('flow', 'menu', 'late'),
    use('flow', 'menu', 'late'),
  ]
  const problem = new ApiError(409, 'conflict', '', [], 0, uses)
  book.use('en')
  expect(refusalOf(translate, problem)).toBe(
    'Still needed by entry point “MAIN”, flow “MENU” (step line, late). Choose something else there first.',
  )
  book.use('ru')
  expect(refusalOf(translate, problem)).toContain('сценарий «MENU» (шаг line, late)')
  book.use('en')
})
