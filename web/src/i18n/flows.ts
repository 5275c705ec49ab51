import type { Language } from '../wire/model.ts'
import type { Texts } from './book.ts'
import type { flow } from './en/flows.ts'
import { book, type Translate } from './language.ts'
import type { Keys, TextKey } from './texts.ts'

/** The name of a text of the flow editor. */
export type FlowKey = Keys<typeof flow, 'flow.'>
export type FlowTranslate = (key: FlowKey | TextKey, values?: Record<string, string | number>) => string

const load: Record<Language, () => Promise<{ flow: Texts }>> = {
  en: () => import('./en/flows.ts'),
  ru: () => import('./ru/flows.ts'),
  th: () => import('./th/flows.ts'),
}

const loadProblems: Record<Language, () => Promise<{ problem: Texts }>> = {
  en: () => import('./en/problems.ts'),
  ru: () => import('./ru/problems.ts'),
  th: () => import('./th/problems.ts'),
}

const loadRefusals: Record<Language, () => Promise<{ refusal: Texts }>> = {
  en: () => import('./en/refusals.ts'),
  ru: () => import('./ru/refusals.ts'),
  th: () => import('./th/refusals.ts'),
}

/** Loads the editor's texts in a language, and the English ones for what it lacks. */
export async function loadFlowTexts(language: Language): Promise<Language> {
  for (const l of new Set<Language>(['en', language])) {
    const [{ flow }, { problem }, { refusal }] = await Promise.all([load[l](), loadProblems[l](), loadRefusals[l]()])
    book.add(l, { flow: { ...flow, problem }, refusal })
  }
  return language
}

/** A text whose name is made of data; undefined: it has none. */
export function flowWord(t: Translate | FlowTranslate, group: string, word: string): string | undefined {
  const key = `flow.${group}.${word}`
  const text = (t as (key: string) => string)(key)
  return text === key ? undefined : text
}
