import type { Program } from './program.ts'

/** One thing in which two programs differ. */
export interface Difference {
  /** Empty: the program itself. */
  node: string
  /** A parameter, next, or edges.1; empty: the whole node. */
  field: string
  /** undefined: it is new. */
  was: unknown
  /** undefined: it is gone. */
  is: unknown
}

/** The same value, whatever the order of the fields. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const ka = Object.keys(a)
  if (ka.length !== Object.keys(b).length) return false
  return ka.every((k) => k in b && same((a as Record<string, unknown>)[k], (b as Record<string, unknown>)[k]))
}

type Fields = Record<string, unknown>

function fields(was: Fields, is: Fields, without: string[]): Omit<Difference, 'node'>[] {
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter((f) => !without.includes(f) && !same(was[f], is[f]))
    .toSorted()
    .map((field) => ({ field, was: was[field], is: is[field] }))
}

/** What differs but for the drawing, as the server compares versions; here drafts not yet sent, too. */
export function difference(was: Program, is: Program): Difference[] {
  const all: Difference[] = fields(was, is, ['layout', 'nodes', '$schema']).map((d) => ({ node: '', ...d }))
  for (const id of [...new Set([...Object.keys(was.nodes), ...Object.keys(is.nodes)])].toSorted()) {
    const a = was.nodes[id]
    const b = is.nodes[id]
    if (a === undefined || b === undefined) {
      all.push({ node: id, field: '', was: a, is: b })
      continue
    }
    const ways = fields(a.edges ?? {}, b.edges ?? {}, []).map((d) => ({ ...d, field: `edges.${d.field}` }))
    for (const d of [...fields(a, b, ['edges']), ...ways]) all.push({ node: id, ...d })
  }
  return all
}
