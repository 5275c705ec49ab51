import type { en } from './en/all.ts'

type Plural = '_one' | '_few' | '_many' | '_other'
type Bare<K extends string> = K extends `${infer B}${Plural}` ? B : K

export type Keys<T, Prefix extends string = ''> = {
  [K in keyof T & string]: T[K] extends string ? `${Prefix}${Bare<K>}` : Keys<T[K], `${Prefix}${K}.`>
}[keyof T & string]

/** The name of a text. */
export type TextKey = Keys<typeof en>
