export const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Day = (typeof days)[number]
export type Week = Record<string, string[]>

const minute = (clock: string) => {
  const found = /^(\d\d):(\d\d)$/.exec(clock.trim())
  if (found === null) return Number.NaN
  const at = Number(found[1]) * 60 + Number(found[2])
  return at > 1440 || Number(found[2]) > 59 ? Number.NaN : at
}

export function parts(interval: string): [string, string] {
  const [from = '', to = ''] = interval.split('-')
  return [from, to]
}

/** Both ends in minutes, the second past 1440 when it is on the next day; null: it is no interval. */
export function minutes(interval: string): [number, number] | null {
  const [a, b] = parts(interval)
  const from = minute(a)
  const to = minute(b)
  if (Number.isNaN(from) || Number.isNaN(to) || from === 1440 || from === to) return null
  return [from, to < from ? to + 1440 : to]
}

/** What is drawn of a week: for each day its bars in minutes, what goes on after midnight on the next day. */
export function bars(week: Week): Record<Day, { from: number; to: number }[]> {
  const out = Object.fromEntries(days.map((d) => [d, []])) as unknown as Record<Day, { from: number; to: number }[]>
  days.forEach((day, i) => {
    for (const interval of week[day] ?? []) {
      const m = minutes(interval)
      if (m === null) continue
      const [from, to] = m
      out[day].push({ from, to: Math.min(1440, to) })
      if (to > 1440) out[days[(i + 1) % 7] ?? day].push({ from: 0, to: to - 1440 })
    }
  })
  return out
}

/** A day's new interval: an hour after the last, or office hours. */
export function another(list: readonly string[]): string {
  const last = list.map(minutes).findLast((m) => m !== null)
  if (last === undefined || last === null || last[1] >= 22 * 60) return '09:00-18:00'
  const clock = (m: number) => `${String(Math.floor(m / 60)).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`
  return `${clock(last[1] + 60)}-${clock(Math.min(1440, last[1] + 240))}`
}

export interface Holiday {
  date: string
  name: string
  open: string[]
}

/** Added holidays by date; what is there already stays as it was edited. */
export function joined(have: readonly Holiday[], more: readonly Holiday[]): Holiday[] {
  const dates = new Set(have.map((h) => h.date))
  return [...have, ...more.filter((h) => !dates.has(h.date))].toSorted((a, b) => a.date.localeCompare(b.date))
}
