import { ApiError, type FieldFault, type Said } from '../wire/http.ts'
import { type Translate, wordFor } from './language.ts'

const letters = 'abcdefgh'

/** Words for a code of the server's, with what stands in its sentence; undefined: there are none. */
export function codeText(t: Translate, group: string, code: string, params: readonly string[]): string | undefined {
  const key = `${group}.${code}`
  const values = Object.fromEntries(params.map((p, i) => [letters.charAt(i), p]))
  const text = (t as (key: string, values: Record<string, string>) => string)(key, values)
  return text === key ? undefined : text
}

/** A sentence of the server's in the user's language; undefined: there are no words for it. */
export const saidText = (t: Translate, { code = '', params = [] }: Said): string | undefined =>
  code === ''
    ? undefined
    : codeText(
        t,
        'refusal',
        code,
        params.map((p) => saidText(t, p) ?? p.text),
      )

/** What is wrong with a field: by its code, else by its rule, else as the server says it. */
export function faultText(t: Translate, { rule, message, reason, params = [] }: FieldFault): string {
  const said = saidText(t, { ...(reason === undefined ? {} : { code: reason }), text: message, params })
  if (said !== undefined) return said
  const ruled = wordFor(t, 'rules', rule)
  return ruled === rule ? message : ruled
}

/** Why the server refused, in the user's language: by what it says, else by the kind of trouble. */
export function refusalText(t: Translate, problem: unknown): string {
  if (!(problem instanceof ApiError)) return wordFor(t, 'errors', 'internal')
  return (problem.said && saidText(t, problem.said)) ?? wordFor(t, 'errors', problem.code)
}
