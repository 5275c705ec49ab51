import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import * as audit from './en/audit.ts'
import { core } from './en/core.ts'
import { reading } from './en/reading.ts'
import * as refusals from './en/refusals.ts'
import { setUp } from './en/setUp.ts'
import { book, changeLanguage, loadTexts, translate } from './language.ts'

const src = resolve(import.meta.dirname, '..')
const areas: Record<string, object> = { core, reading, audit, setUp, refusals }
const areaOf = new Map(Object.entries(areas).flatMap(([area, texts]) => Object.keys(texts).map((g) => [g, area])))
const importing = /(?:from|import\()\s*'(\.[^']+)'/g
const groups = new RegExp(`['\`](${[...areaOf.keys()].join('|')})\\.[\\w$.{}]+['\`]`, 'g')

/** What a file and all it imports say: group to one of the files. */
function spoken(file: string, seen: Set<string>, out: Map<string, string>): Map<string, string> {
  if (seen.has(file) || !/\.tsx?$/.test(file) || file.startsWith(join(src, 'i18n')) || !existsSync(file)) return out
  seen.add(file)
  const text = readFileSync(file, 'utf8')
  for (const [, group = ''] of text.matchAll(groups)) out.set(group, file.slice(src.length + 1))
  // A screen that is imported late by the table of screens has texts of its own.
  if (!file.endsWith('/router.tsx')) {
    for (const [, path = ''] of text.matchAll(importing)) spoken(resolve(dirname(file), path), seen, out)
  }
  return out
}

const table = readFileSync(join(src, 'shell/router.tsx'), 'utf8')
const screens = [...table.matchAll(/import\('(\.[^']+)'\)(?:, ([^)]+)\))?/g)].map(([, path = '', names = '']) => ({
  screen: resolve(src, 'shell', path),
  loads: [...names.matchAll(/\w+/g)].map(([name]) => name),
}))

test('the table of screens is read', () => {
  expect(screens.length).toBeGreaterThan(12)
  expect(screens.find((s) => s.screen.endsWith('Audit.tsx'))?.loads).toEqual(['reading', 'audit'])
})

test.each([{ screen: join(src, 'main.tsx'), loads: [] as string[] }, ...screens])(
  '$screen says nothing before its texts are there',
  ({ screen, loads }) => {
    const said = spoken(screen, new Set(), new Map())
    expect(said.size).toBeGreaterThan(0)
    for (const [group, where] of said) expect(['core', ...loads], `${group} in ${where}`).toContain(areaOf.get(group))
  },
)

test('every group of texts belongs to one area', () => {
  const of = (language: string) => readdirSync(join(src, 'i18n', language)).toSorted()
  expect(of('ru')).toEqual(of('en'))
  expect(of('th')).toEqual(of('en'))
  expect(areaOf.size).toBe(Object.values(areas).reduce((n, texts) => n + Object.keys(texts).length, 0))
})

test('a language has the texts of every screen that was shown before it speaks', async () => {
  const page = { documentElement: { lang: '' } }
  Object.assign(globalThis, { document: page })
  book.add('en', core)
  const heard: string[] = []
  const leave = book.subscribe(() => heard.push(translate('audit.title')))
  expect(translate('audit.title')).toBe('audit.title')
  await loadTexts('audit')
  expect(translate('audit.title')).toBe(audit.audit.title)
  // A wish that came later wins, whichever texts come first.
  await Promise.all([changeLanguage('ru'), changeLanguage('th')])
  expect(book.language).toBe('th')
  expect(page.documentElement.lang).toBe('th')
  expect(heard).toHaveLength(1)
  expect(heard[0]).toMatch(/[\u0e00-\u0e7f]/)
  // A screen that is asked for while the language changes has its texts in the new one.
  await Promise.all([changeLanguage('ru'), loadTexts('setUp')])
  expect(translate('start.title')).toMatch(/[а-яё]/i)
  leave()
})
