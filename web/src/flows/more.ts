// What a test knows beside the usual: how agents and numbers outside are, counters, draws, calls back.
import { pairsOf } from './setting.ts'
import { type Change, put, type Script } from './tests.ts'

/** Fields of the form's last part. */
export const moreFields = [
  'line',
  'entry',
  'project',
  'waits',
  'calls_back',
  'asked',
  'full',
  'agents',
  'last_agent',
  'numbers',
  'counters',
  'customers',
  'rows',
  'chance',
] as const
export type MoreField = (typeof moreFields)[number]

/** The project has no queue of its own then. */
export const ownGone = (s: Script): boolean => Array.isArray(s.missing) && s.missing.includes('')

export function setOwnGone(s: Script, gone: boolean): Script {
  const others = (Array.isArray(s.missing) ? (s.missing as string[]) : []).filter((k) => k !== '')
  return put(s, { missing: gone ? [...others, ''] : others })
}

/** The test says something of this part. */
export const saysMore = (s: Script): boolean => moreFields.some((f) => s[f] !== undefined) || ownGone(s)

export const setMore = (s: Script, field: MoreField, value: unknown): Script => {
  const part: Change<Script> = {}
  part[field] = value === false ? undefined : value
  return put(s, part)
}

/** Lines as "vip = 3"; what is no whole number is left out. */
export const countsText = (text: string): Record<string, number> =>
  Object.fromEntries(
    Object.entries(pairsOf(text))
      .map(([k, v]) => [k, Number(v)] as const)
      .filter(([, n]) => Number.isSafeInteger(n)),
  )

/** Numbers from 0 up to 1, one after the other. */
export const drawsOf = (text: string): number[] =>
  text
    .split(/[\s;]+/)
    .filter((w) => w !== '')
    .map((w) => Number(w.replace(',', '.')))
    .filter((n) => n >= 0 && n < 1)

/** Times such as 15:00. */
export const hoursOf = (all: readonly string[]): string[] => all.filter((h) => /^([01]\d|2[0-3]):[0-5]\d$/.test(h))
