/** What is compared of a day. */
export interface DayFigures {
  calls: number
  handled: number
  handledMs: number
}

/** What is usual for a weekday like today's. */
export interface Usual {
  /** From so many days with work. */
  days: number
  calls: number
  /** Null: nothing was handled. */
  handleMs: number | null
}

/** Handle time, as the report has it; null: nothing was handled. */
export function handleTime(d: DayFigures): number | null {
  return d.handled > 0 ? d.handledMs / d.handled : null
}

/** The mean of the same weekday; past: whole days before today, the oldest first. Days without work say nothing. */
export function usual(past: readonly DayFigures[]): Usual | null {
  const alike = past.filter((d, i) => (past.length - i) % 7 === 0 && d.calls > 0)
  if (alike.length === 0) return null
  const sum = (of: (d: DayFigures) => number) => alike.reduce((all, d) => all + of(d), 0)
  const all = { calls: 0, handled: sum((d) => d.handled), handledMs: sum((d) => d.handledMs) }
  return { days: alike.length, calls: sum((d) => d.calls) / alike.length, handleMs: handleTime(all) }
}
