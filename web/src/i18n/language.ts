import type { Language } from '../wire/model.ts'
import { Book, type Texts, type Values } from './book.ts'
import { core } from './en/core.ts'
import type { TextKey } from './texts.ts'

export const languages: readonly { code: Language; name: string }[] = [
  { code: 'en', name: 'English' },
  { code: 'ru', name: 'Русский' },
  { code: 'th', name: 'ไทย' },
]

export type Translate = (key: TextKey, values?: Values) => string

export function isLanguage(code: string): code is Language {
  return languages.some((l) => l.code === code)
}

/** The browser's own wish, if we speak it. */
export function browserLanguage(): Language {
  const wish = navigator.languages.map((l) => l.slice(0, 2)).find(isLanguage)
  return wish ?? 'en'
}

/** The texts of screens that are not the desk, loaded with them, and why the server refuses, which comes after the first screen. */
export type Area = 'reading' | 'audit' | 'setUp' | 'refusals'

const load: Record<Language, Record<Area | 'core', () => Promise<Texts>>> = {
  en: {
    core: async () => core,
    reading: async () => (await import('./en/reading.ts')).reading,
    audit: () => import('./en/audit.ts'),
    setUp: async () => (await import('./en/setUp.ts')).setUp,
    refusals: () => import('./en/refusals.ts'),
  },
  ru: {
    core: async () => (await import('./ru/core.ts')).core,
    reading: async () => (await import('./ru/reading.ts')).reading,
    audit: () => import('./ru/audit.ts'),
    setUp: async () => (await import('./ru/setUp.ts')).setUp,
    refusals: () => import('./ru/refusals.ts'),
  },
  th: {
    core: async () => (await import('./th/core.ts')).core,
    reading: async () => (await import('./th/reading.ts')).reading,
    audit: () => import('./th/audit.ts'),
    setUp: async () => (await import('./th/setUp.ts')).setUp,
    refusals: () => import('./th/refusals.ts'),
  },
}

/** The areas whose screens were shown, which each language must have before it is shown. */
const shown = new Set<Area | 'core'>(['core'])
const loaded = new Set<string>()

/** All texts that were loaded. */
export const book = new Book()

async function loadArea(language: Language, area: Area | 'core'): Promise<void> {
  const name = `${language}/${area}`
  if (loaded.has(name)) return
  book.add(language, await load[language][area]())
  loaded.add(name)
}

/** Loads the texts of areas in the present language, and from then on in each that is chosen. */
export async function loadTexts(...areas: Area[]): Promise<void> {
  let language: Language
  do {
    language = currentLanguage()
    await Promise.all(areas.map((a) => loadArea(language, a)))
  } while (language !== currentLanguage())
  for (const a of areas) shown.add(a)
}

export async function startTexts(language: Language): Promise<void> {
  book.add('en', core)
  await changeLanguage(language)
}

let wanted: Language = 'en'

/** Shows another language once its texts are there; the last wish counts. */
export async function changeLanguage(language: Language): Promise<void> {
  wanted = language
  const before = shown.size
  await Promise.all([...shown].map((a) => loadArea(language, a)))
  if (wanted !== language) return
  if (shown.size !== before) return changeLanguage(language) // a screen came in the meantime
  book.use(language)
  document.documentElement.lang = language
}

/** The text in the present language; for code outside of React. */
export const translate: Translate = (key, values) => book.text(key, values)

/** A text whose name is made of data: what is not translated shows as the data itself. */
export function wordFor(t: Translate, group: string, word: string): string {
  if (word === '') return ''
  const key = `${group}.${word}`
  const text = t(key as TextKey)
  return text === key ? word : text
}

export function currentLanguage(): Language {
  return book.language
}

/** Calls back after each change of the language until the returned function is called. */
export function onLanguage(changed: () => void): () => void {
  return book.subscribe(changed)
}
