import { expect, test } from 'vitest'
import { flow as en } from './en/flows.ts'
import { flow as ru } from './ru/flows.ts'
import { flow as th } from './th/flows.ts'

function flat(texts: object, prefix = ''): [string, string][] {
  return Object.entries(texts).flatMap(([k, v]): [string, string][] =>
    typeof v === 'string' ? [[prefix + k, v]] : flat(v as object, `${prefix}${k}.`),
  )
}

/** What the server says in English is translated only. */
const docs = /^(kindDoc|paramDoc|edgeDoc|nameDoc|beginDoc)\./
const plural = /_(one|few|many|other)$/
const base = (k: string) => k.replace(plural, '')
const own = (texts: object) => [...new Set(flat(texts).map(([k]) => base(k)))].filter((k) => !docs.test(k)).sort()

test.each([
  ['ru', ru],
  ['th', th],
])('%s has every text of English and no other, with the same values', (_, texts) => {
  expect(own(texts)).toEqual(own(en))
  const holes = (s: string) => [...new Set([...s.matchAll(/\{\{(\w+)\}\}/g)].map((m) => m[1]))].sort()
  const english = new Map(flat(en).map(([k, v]) => [base(k), v]))
  for (const [k, v] of flat(texts)) if (!docs.test(k)) expect(holes(v), k).toEqual(holes(english.get(base(k)) ?? ''))
})

test('plurals, and every kind and parameter has its explanation in Russian and Thai', () => {
  for (const [k] of flat(en).filter(([k]) => k.endsWith('_one'))) {
    const forms = (texts: object) =>
      flat(texts)
        .map(([f]) => f)
        .filter((f) => plural.test(f) && base(f) === base(k))
    expect(forms(ru).length, k).toBe(4)
    expect(forms(th).length, k).toBe(1)
  }
  for (const texts of [ru, th]) {
    expect(Object.keys(texts.kindDoc).sort()).toEqual(Object.keys(en.kind).sort())
    expect(Object.keys(texts.paramDoc).sort()).toEqual(Object.keys(en.param).sort())
  }
  expect(Object.keys(th.beginDoc).sort()).toEqual(Object.keys(ru.beginDoc).sort())
  for (const [k, v] of flat(ru)) expect(v, k).toMatch(/[а-яё]/i)
  for (const [k, v] of flat(th)) expect(v, k).toMatch(/[\u0e00-\u0e7f]/)
})
