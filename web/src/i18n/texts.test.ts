import { expect, test } from 'vitest'
import { en } from './en/all.ts'
import { duration, makeFormat, maskedNumber, phoneNumber } from './format.ts'
import { ru } from './ru/all.ts'
import { th } from './th/all.ts'

const plural = /_(zero|one|two|few|many|other)$/

function flat(texts: object, prefix = ''): Map<string, string> {
  const out = new Map<string, string>()
  for (const [k, v] of Object.entries(texts)) {
    if (typeof v === 'string') out.set(prefix + k, v)
    else for (const [kk, vv] of flat(v as object, `${prefix}${k}.`)) out.set(kk, vv)
  }
  return out
}

/** Words such as timed_out or digits_sent end like no plural; short_abandon neither. */
const all = { en: flat(en), ru: flat(ru), th: flat(th) }
const pluralBases = new Set([...all.en.keys()].filter((k) => k.endsWith('_one')).map((k) => k.replace(plural, '')))
const base = (k: string) => (pluralBases.has(k.replace(plural, '')) ? k.replace(plural, '') : k)

test.each(['ru', 'th'] as const)('%s has every text of English and no other', (language) => {
  const want = new Set([...all.en.keys()].map(base))
  const have = new Set([...all[language].keys()].map(base))
  expect([...want].filter((k) => !have.has(k))).toEqual([])
  expect([...have].filter((k) => !want.has(k))).toEqual([])
})

test.each([
  ['en', ['one', 'other']],
  ['ru', ['one', 'few', 'many', 'other']],
  ['th', ['other']],
] as const)('%s has exactly its plural forms', (language, forms) => {
  for (const b of pluralBases) {
    const have = [...all[language].keys()].filter((k) => base(k) === b).map((k) => k.slice(b.length + 1))
    expect(have.sort(), b).toEqual([...forms].sort())
  }
})

test.each(['en', 'ru', 'th'] as const)('%s fills in the same values and has no empty text', (language) => {
  const holes = (s: string) => [...s.matchAll(/\{\{(\w+)\}\}/g)].map((m) => m[1]).sort()
  for (const [key, text] of all[language]) {
    expect(text.trim(), key).not.toBe('')
    const model = all.en.get(key) ?? all.en.get(`${base(key)}_other`) ?? ''
    expect([...new Set(holes(text))], key).toEqual([...new Set(holes(model))])
  }
})

test('Russian is written in Cyrillic and Thai in Thai', () => {
  const exempt = /^(common\.product|events\.unknown|report\.(csv|xlsx)|admin\.phoneUriHint|ladder\.(title|us))$/
  for (const [key, text] of all.ru) if (!exempt.test(key)) expect(text, key).toMatch(/[а-яё]/i)
  for (const [key, text] of all.th) if (!exempt.test(key)) expect(text, key).toMatch(/[\u0e00-\u0e7f]/)
})

test('durations, numbers, masks', () => {
  expect(duration(221_000)).toBe('3:41')
  expect(duration(3_723_999)).toBe('1:02:03')
  expect(duration(-5)).toBe('0:00')
  expect(phoneNumber('+79001234567')).toBe('+7 900 123 45 67')
  expect(phoneNumber('+66812345678')).toBe('+66 81 234 5678')
  expect(phoneNumber('anna@example')).toBe('anna@example')
  expect(maskedNumber('+79001234545')).toBe('+7 ··· ··45')
  expect(maskedNumber('102')).toBe('102')
})

test('the Buddhist year is a choice', () => {
  const at = Date.UTC(2026, 10, 21, 12)
  expect(makeFormat('th', 'Asia/Bangkok', true).date(at)).toContain('2569')
  expect(makeFormat('th', 'Asia/Bangkok', false).date(at)).toContain('2026')
})
