import i18next from 'i18next'
import type { Language } from '../wire/model.ts'
import { en } from './en/all.ts'
import type { TextKey } from './texts.ts'

export const languages: readonly { code: Language; name: string }[] = [
  { code: 'en', name: 'English' },
  { code: 'ru', name: 'Русский' },
  { code: 'th', name: 'ไทย' },
]

export type Values = Record<string, string | number>
export type Translate = (key: TextKey, values?: Values) => string

export function isLanguage(code: string): code is Language {
  return languages.some((l) => l.code === code)
}

/** The browser's own wish, if we speak it. */
export function browserLanguage(): Language {
  const wish = navigator.languages.map((l) => l.slice(0, 2)).find(isLanguage)
  return wish ?? 'en'
}

const load: Record<Language, () => Promise<object>> = {
  en: async () => en,
  ru: async () => (await import('./ru/all.ts')).ru,
  th: async () => (await import('./th/all.ts')).th,
}

export async function startTexts(language: Language): Promise<void> {
  await i18next.init({
    lng: 'en',
    fallbackLng: 'en',
    resources: { en: { translation: en } },
    interpolation: { escapeValue: false }, // React escapes
    returnEmptyString: false,
  })
  await changeLanguage(language)
}

export async function changeLanguage(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, 'translation')) {
    i18next.addResourceBundle(language, 'translation', await load[language]())
  }
  await i18next.changeLanguage(language)
  document.documentElement.lang = language
}

/** The text in the present language; for code outside of React. */
export const translate: Translate = (key, values) => i18next.t(key, values ?? {})

/** A text whose name is made of data: what is not translated shows as the data itself. */
export function wordFor(t: Translate, group: string, word: string): string {
  if (word === '') return ''
  const key = `${group}.${word}`
  const text = t(key as TextKey)
  return text === key ? word : text
}

export function currentLanguage(): Language {
  return isLanguage(i18next.language) ? i18next.language : 'en'
}

/** Calls back after each change of the language until the returned function is called. */
export function onLanguage(changed: () => void): () => void {
  i18next.on('languageChanged', changed)
  return () => i18next.off('languageChanged', changed)
}
