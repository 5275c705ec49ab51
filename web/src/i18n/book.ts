import type { Language } from '../wire/model.ts'

export type Values = Record<string, string | number>

/** Texts of one kind: names with dots lead to sentences. */
export interface Texts {
  readonly [name: string]: string | Texts
}

const fallback: Language = 'en'

/**
 * The texts of the languages: {{name}} stands for a value; where a value is called count, the form is
 * chosen by CLDR's plural rules of the language (name_one, name_few, name_many, name_other).
 */
export class Book {
  private readonly texts = new Map<Language, Map<string, string>>()
  private readonly plurals = new Map<Language, Intl.PluralRules>()
  private readonly readers = new Set<() => void>()
  private present: Language = fallback

  get language(): Language {
    return this.present
  }

  /** Adds texts of a language; a name that is there already gets the new text. */
  add(language: Language, texts: Texts): void {
    const all = this.texts.get(language) ?? new Map<string, string>()
    this.texts.set(language, all)
    const put = (part: Texts, prefix: string) => {
      for (const [name, text] of Object.entries(part)) {
        if (typeof text === 'string') all.set(prefix + name, text)
        else put(text, `${prefix}${name}.`)
      }
    }
    put(texts, '')
  }

  /** Speaks a language from now on and tells the readers. */
  use(language: Language): void {
    if (this.present === language) return
    this.present = language
    for (const changed of [...this.readers]) changed()
  }

  /** Calls back after each change of the language until the returned function is called. */
  subscribe(changed: () => void): () => void {
    this.readers.add(changed)
    return () => this.readers.delete(changed)
  }

  /** The text in the present language, else the English one, else its name. A missing value is left out. */
  text(name: string, values: Values = {}): string {
    const found = this.find(this.present, name, values) ?? this.find(fallback, name, values) ?? name
    return found.replace(/\{\{(\w+)\}\}/g, (_, key: string) => String(values[key] ?? ''))
  }

  private find(language: Language, name: string, { count }: Values): string | undefined {
    const all = this.texts.get(language)
    if (typeof count !== 'number') return all?.get(name)
    return all?.get(`${name}_${this.form(language, count)}`) ?? all?.get(`${name}_other`) ?? all?.get(name)
  }

  private form(language: Language, count: number): Intl.LDMLPluralRule {
    let rules = this.plurals.get(language)
    if (rules === undefined) {
      rules = new Intl.PluralRules(language)
      this.plurals.set(language, rules)
    }
    return rules.select(count)
  }
}
