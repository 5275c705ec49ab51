// JSON is in snake_case and TypeScript in camelCase; this file is the one place that maps.

type CamelKey<S extends string> = S extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<CamelKey<Tail>>}` : S

/** The keys of these members are data (metrics, languages, nodes), not names of ours. */
type DataKeyed =
  | 'values'
  | 'names'
  | 'texts'
  | 'audio'
  | 'week'
  | 'filter'
  | 'program'
  | 'formula'
  | 'draft'
  | 'schema'
  | 'default'
  | 'missing'
  | 'counts'
  | 'variables'
  | 'tests'
  | 'fields'
  | 'unknown_at'
  | 'by_queue'
  | 'inputs'

const dataKeyed: ReadonlySet<string> = new Set<DataKeyed>([
  'values',
  'names',
  'texts',
  'audio',
  'week',
  'filter',
  'program',
  'formula',
  'draft',
  'schema',
  'default',
  'missing',
  'counts',
  'variables',
  'tests',
  'fields',
  'unknown_at',
  'by_queue',
  'inputs',
])

/** A wire type as our code sees it. */
export type Camel<T> = T extends readonly (infer E)[]
  ? Camel<E>[]
  : T extends object
    ? { [K in keyof T as K extends string ? CamelKey<K> : K]: K extends DataKeyed ? T[K] : Camel<T[K]> }
    : T

export function camelKey(key: string): string {
  return key.replace(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase())
}

export function snakeKey(key: string): string {
  return key.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)
}

function mapped(value: unknown, key: (k: string) => string): unknown {
  if (Array.isArray(value)) return value.map((v) => mapped(v, key))
  if (value === null || typeof value !== 'object') return value
  const out: Record<string, unknown> = {}
  for (const [k, v] of Object.entries(value)) out[key(k)] = dataKeyed.has(k) ? v : mapped(v, key)
  return out
}

export function fromWire<T>(value: unknown): T {
  return mapped(value, camelKey) as T
}

export function toWire(value: unknown): unknown {
  return mapped(value, snakeKey)
}
