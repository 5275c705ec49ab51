// What stands around a made-up customer in a test: who he is, queues, inputs, what services outside answer.
import type { Program } from './program.ts'
import { type Change, put, type Script } from './tests.ts'

/** Who the customer is; absent in a test: nobody we know. */
export interface Person {
  known: boolean
  name?: string
  language?: string
  segment?: string
  numbers?: string[]
  fields?: Record<string, string>
  [field: string]: unknown
}

/** How a queue stands. */
export interface QueueState {
  waiting?: number
  longest?: number
  agents?: number
  available?: number
  wait?: number
  [field: string]: unknown
}

/** What a service or a database outside answers. */
export interface Answer {
  status?: number
  body?: unknown
  rows?: unknown
  after?: number
  fails?: boolean
  [field: string]: unknown
}

const isObject = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v)
const objectOf = <T>(v: unknown): Record<string, T> => (isObject(v) ? (v as Record<string, T>) : {})

export const personOf = (s: Script): Person | undefined => (isObject(s.customer) ? (s.customer as Person) : undefined)

export const setPerson = (s: Script, p: Person | undefined): Script =>
  put(s, { customer: p === undefined ? undefined : { ...put({} as Person, p), known: true, name: p.name ?? '' } })

/** Lines as "contract = 12" to an object and back; a line without = is a key that is being typed. */
export const pairsOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split('\n')
      .map((l) => l.split('='))
      .map(([k = '', ...v]) => [k.trim(), v.join('=').trim()] as const)
      .filter(([k, v]) => k !== '' && v !== ''),
  )

export const pairsText = (pairs: Record<string, string> | undefined): string =>
  Object.entries(pairs ?? {})
    .map(([k, v]) => `${k} = ${v}`)
    .join('\n')

/** Names of the variables a test gives a value. */
export const inputsOf = (p: Program): string[] =>
  Object.entries(p.variables ?? {})
    .filter(([, v]) => v.input === true)
    .map(([name]) => name)

/** What was typed as a value of the type; undefined: nothing was. */
export function typedValue(type: string, text: string): unknown {
  if (text === '') return undefined
  if (type === 'number' && text.trim() !== '' && Number.isFinite(Number(text))) return Number(text)
  if (type === 'boolean') return text === 'true'
  if (type === 'data') return parsed(text)
  return text
}

/** JSON where it is some, else the text. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

export const written = (v: unknown): string => (v === undefined ? '' : typeof v === 'string' ? v : JSON.stringify(v))

export const inputOf = (s: Script, name: string): unknown => objectOf<unknown>(s.inputs)[name]

export const setInput = (s: Script, name: string, value: unknown): Script =>
  put(s, { inputs: without(objectOf<unknown>(s.inputs), name, value) })

/** A copy with the name set to the value, or without it when there is none. */
function without<T>(all: Record<string, T>, name: string, value: T | undefined): Record<string, T> {
  const { [name]: _, ...rest } = all
  return value === undefined ? rest : { ...rest, [name]: value }
}

const asked = /queue\(\s*["']([^"']+)["']\s*\)/g

/** Keys of the queues the program or the test speaks of, in order. */
export function queuesOf(p: Program, s: Script): string[] {
  const keys = new Set<string>([...Object.keys(objectOf(s.queues)), ...(Array.isArray(s.missing) ? s.missing : [])])
  for (const node of Object.values(p.nodes))
    if (typeof node.queue === 'string' && node.queue !== '') keys.add(node.queue)
  for (const found of JSON.stringify(p.nodes).replaceAll('\\"', '"').matchAll(asked)) keys.add(found[1] ?? '')
  keys.delete('')
  return [...keys].sort()
}

export const queueOf = (s: Script, key: string): QueueState => objectOf<QueueState>(s.queues)[key] ?? {}

export function setQueue(s: Script, key: string, part: Change<QueueState>): Script {
  const now = Object.fromEntries(
    Object.entries({ ...queueOf(s, key), ...part }).filter(([, v]) => v !== undefined && v !== 0),
  )
  const all = objectOf<QueueState>(s.queues)
  return put(s, { queues: without(all, key, Object.keys(now).length === 0 ? undefined : now) })
}

export const isMissing = (s: Script, key: string): boolean => Array.isArray(s.missing) && s.missing.includes(key)

export function setMissing(s: Script, key: string, gone: boolean): Script {
  const others = (Array.isArray(s.missing) ? (s.missing as string[]) : []).filter((k) => k !== key)
  return put(s, { missing: gone ? [...others, key] : others })
}

/** The steps that ask services or databases outside, and those the test has answers for. */
export function askersOf(p: Program, s: Script): string[] {
  const own = Object.entries(p.nodes)
    .filter(([, n]) => n.kind === 'http' || n.kind === 'sql' || n.kind === 'plugin')
    .map(([id]) => id)
  return [...new Set([...own, ...Object.keys(objectOf(s.answers))])]
}

export function answersOf(s: Script, node: string): Answer[] {
  const all = objectOf<unknown>(s.answers)[node]
  return Array.isArray(all) ? (all as Answer[]) : []
}

export const setAnswers = (s: Script, node: string, all: Answer[]): Script =>
  put(s, { answers: without(objectOf<Answer[]>(s.answers), node, all.length === 0 ? undefined : all) })

/** What was typed as the answer of a step of this kind: rows of a database, else a body. */
export function answered(a: Answer, kind: string, text: string): Answer {
  const field = kind === 'sql' ? 'rows' : 'body'
  const { [field]: _, ...rest } = a
  if (text.trim() === '') return rest
  const value = parsed(text)
  if (field === 'body') return { ...rest, body: value }
  return { ...rest, rows: Array.isArray(value) ? value : isObject(value) ? [value] : [{ value }] }
}

/** The answers of a step follow it to its new name. */
export function renamedAnswers<T extends Record<string, unknown>>(s: T, id: string, name: string): T {
  if (!isObject(s.answers) || s.answers[id] === undefined) return s
  return { ...s, answers: Object.fromEntries(Object.entries(s.answers).map(([k, v]) => [k === id ? name : k, v])) }
}

/** A value the test expects at the end; empty: any. */
export function setWanted(s: Script, name: string, text: string): Script {
  const expect = s.expect ?? {}
  const variables = without(objectOf<string>(expect.variables), name, text === '' ? undefined : text)
  return put(s, { expect: put(expect, { variables }) })
}

export const wantedOf = (s: Script): Record<string, string> => objectOf<string>(s.expect?.variables)
