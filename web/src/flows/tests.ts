// A program's tests as the editor changes them. The server's format; fields the form does not know stay.

import { freshProgram, type Kinds, type Program, waysOf } from './program.ts'
import { renamedAnswers } from './setting.ts'

/** One thing the made-up customer does; nothing set: he is silent. */
export interface Act {
  keys?: string
  text?: string
  /** Says this, as a recognizer would write it down. */
  say?: string
  hang_up?: boolean
  /** Seconds after the question began. */
  after?: number
  node?: string
}

export interface Expect {
  end?: string
  queue?: string
  closed?: string
  within?: number
  hears?: string[]
  passes?: string[]
  [field: string]: unknown
}

/** A made-up customer, with what is to come of him. */
export interface Script {
  name: string
  channel?: string
  number?: string
  language?: string
  at?: string
  acts?: Act[]
  hang_up_after?: number
  /** There is no recognizer: what he says is not heard. */
  deaf?: boolean
  open?: string[]
  closed?: string[]
  expect?: Expect
  [field: string]: unknown
}

export type ActKind = 'keys' | 'say' | 'text' | 'silence' | 'hangUp'
export const actKinds: readonly ActKind[] = ['keys', 'say', 'text', 'silence', 'hangUp']
export const ends = ['queue', 'transfer', 'ended', 'gone', 'stuck'] as const

const isObject = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v)

/** The tests of a program, each at its place; what is none is one without a name. */
export function testsOf(p: Program): Script[] {
  if (!Array.isArray(p.tests)) return []
  return p.tests.map((s: unknown) => (isObject(s) ? { ...s, name: String(s.name ?? '') } : { name: '' }))
}

/** As they are in the program: those that are not changed stay the same objects. */
const kept = (p: Program): unknown[] => (Array.isArray(p.tests) ? p.tests : [])

const withTests = (p: Program, tests: unknown[]): Program => {
  if (tests.length > 0) return { ...p, tests }
  const { tests: _, ...rest } = p
  return rest as Program
}

export const putTest = (p: Program, index: number, s: Script): Program => withTests(p, kept(p).with(index, s))
export const addTest = (p: Program, s: Script): Program => withTests(p, [...kept(p), s])
export const removeTest = (p: Program, index: number): Program =>
  withTests(
    p,
    kept(p).filter((_, i) => i !== index),
  )

const isEmpty = (v: unknown) =>
  v === undefined ||
  v === '' ||
  (Array.isArray(v) && v.length === 0) ||
  (typeof v === 'object' && v !== null && Object.keys(v).length === 0)

/** Fields to be set. */
export type Change<T> = { [K in keyof T]?: T[K] | undefined }

/** Sets fields; those that are set to nothing are absent, a name may be empty while it is typed. */
export function put<T extends object>(all: T, part: Change<T>): T {
  const gone = Object.entries(part).filter(([k, v]) => k !== 'name' && isEmpty(v))
  const out: Record<string, unknown> = { ...all, ...part }
  for (const [k] of gone) delete out[k]
  return out as T
}

export function actKind(a: Act): ActKind {
  if (a.hang_up === true) return 'hangUp'
  if (a.text !== undefined) return 'text'
  if (a.say !== undefined) return 'say'
  return a.keys !== undefined ? 'keys' : 'silence'
}

/** The same act as another kind: when and where stay, and keys that were typed become text. */
export function asKind(a: Act, kind: ActKind): Act {
  const { keys, text, say, hang_up: _, ...rest } = a
  const said = keys ?? text ?? say ?? ''
  if (kind === 'keys') return { ...rest, keys: onlyKeys(said) }
  if (kind === 'text') return { ...rest, text: said }
  if (kind === 'say') return { ...rest, say: said }
  return kind === 'hangUp' ? { ...rest, hang_up: true } : rest
}

export const onlyKeys = (text: string): string => text.replace(/[^0-9*#]/g, '')

export type Opening = 'open' | 'closed' | ''

/** How a calendar is in a test; empty: as it really is then. */
export function openingOf(s: Script, calendar: string): Opening {
  if (s.closed?.includes(calendar) === true) return 'closed'
  return s.open?.includes(calendar) === true ? 'open' : ''
}

export function setOpening(s: Script, calendar: string, opening: Opening): Script {
  const others = (all: string[] | undefined) => (all ?? []).filter((k) => k !== calendar)
  return put(s, {
    open: opening === 'open' ? [...others(s.open), calendar] : others(s.open),
    closed: opening === 'closed' ? [...others(s.closed), calendar] : others(s.closed),
  })
}

/** What a clock on the wall shows, to the minute: 2026-11-22T09:30. */
export const wallTime = (at: string | undefined): string => (at ?? '').slice(0, 16)

/** A wall clock's time in the zone the time had before, else so many minutes east of Greenwich. */
export function atWall(wall: string, before: string | undefined, east: number): string {
  if (wall === '') return ''
  const zone = /(Z|[+-]\d\d:\d\d)$/.exec(before ?? '')?.[1]
  const two = (n: number) => String(Math.floor(n)).padStart(2, '0')
  const away = Math.abs(east)
  return `${wall.slice(0, 16)}:00${zone ?? `${east < 0 ? '-' : '+'}${two(away / 60)}:${two(away % 60)}`}`
}

/** Lines of a text, without empty ones. */
export const linesOf = (text: string): string[] => text.split('\n').filter((l) => l.trim() !== '')

/** Tests follow a node to its new name. */
export function renamedTests(p: Program, id: string, name: string): Program {
  if (!Array.isArray(p.tests)) return p
  const to = (t: string) => (t === id ? name : t)
  const tests = testsOf(p).map((s) => ({
    ...renamedAnswers(s, id, name),
    ...(Array.isArray(s.acts)
      ? { acts: s.acts.map((a) => (a.node === undefined ? a : { ...a, node: to(a.node) })) }
      : {}),
    ...(Array.isArray(s.expect?.passes) ? { expect: { ...s.expect, passes: s.expect.passes.map(to) } } : {}),
  }))
  return { ...p, tests }
}

/** The same flow but for where its cards stand. */
export function alike(a: Program, b: Program): boolean {
  return Object.is(a, b) || [...Object.keys(a), ...Object.keys(b)].every((k) => k === 'layout' || Object.is(a[k], b[k]))
}

/** Nobody has changed what a new flow comes with. */
export function untouched(p: Program): boolean {
  const bare = ({ layout: _, ...rest }: Program) => JSON.stringify(rest)
  return bare(p) === bare(freshProgram())
}

/** Counts by node and way (menu.1), for the names this program has. */
export function countsOf(p: Program, kinds: Kinds, counts: Record<string, number>): ReadonlyMap<string, number> {
  const names = Object.entries(p.nodes).flatMap(([id, node]) => [
    id,
    ...waysOf(kinds.get(node.kind), node).map((w) => `${id}.${w.name}`),
  ])
  return new Map(names.map((name) => [name, counts[name] ?? 0]))
}
