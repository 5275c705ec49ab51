/** What was before, and what was taken back; changes with one tag shortly after each other are one. */
export interface History<T> {
  past: readonly T[]
  now: T
  future: readonly T[]
  tag: string
  /** Of the last change, ms. */
  at: number
}

const together = 1000 // ms
const longest = 200

export const startHistory = <T>(now: T): History<T> => ({ past: [], now, future: [], tag: '', at: 0 })

export function record<T>(h: History<T>, next: T, tag: string, at: number): History<T> {
  if (Object.is(next, h.now)) return h
  const same = tag !== '' && tag === h.tag && at - h.at < together
  const past = same ? h.past : [...h.past, h.now].slice(-longest)
  return { past, now: next, future: [], tag, at }
}

export function undo<T>(h: History<T>): History<T> {
  const before = h.past.at(-1)
  if (before === undefined) return h
  return { past: h.past.slice(0, -1), now: before, future: [h.now, ...h.future], tag: '', at: 0 }
}

export function redo<T>(h: History<T>): History<T> {
  const [after, ...future] = h.future
  if (after === undefined) return h
  return { past: [...h.past, h.now], now: after, future, tag: '', at: 0 }
}
