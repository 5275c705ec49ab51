/** The calendar day of an instant in a time zone, as year, month, day. */
function dayOf(at: number, zone: string): [number, number, number] {
  const parts = new Intl.DateTimeFormat('en-CA', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    ...(zone === '' ? {} : { timeZone: zone }),
  }).format(at)
  const [y = 1970, m = 1, d = 1] = parts.split('-').map(Number)
  return [y, m, d]
}

/** How far a zone's clock is ahead of UTC at an instant, ms. */
function ahead(at: number, zone: string): number {
  const text = new Intl.DateTimeFormat('en-CA', {
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    ...(zone === '' ? {} : { timeZone: zone }),
  }).formatToParts(at)
  const n = (type: string) => Number(text.find((p) => p.type === type)?.value ?? 0)
  return (
    Date.UTC(n('year'), n('month') - 1, n('day'), n('hour'), n('minute'), n('second')) - Math.floor(at / 1000) * 1000
  )
}

/** The instant a calendar day begins in a zone; days away are counted by the calendar, not by 24 hours. */
export function midnight(at: number, zone: string, daysAway = 0): number {
  const [y, m, d] = dayOf(at, zone)
  const wall = Date.UTC(y, m - 1, d + daysAway)
  const guess = wall - ahead(wall, zone)
  return wall - ahead(guess, zone)
}

/** 2026-11-21 of an instant in a zone, as date fields write it. */
export function dateText(at: number, zone: string): string {
  const [y, m, d] = dayOf(at, zone)
  return `${y}-${String(m).padStart(2, '0')}-${String(d).padStart(2, '0')}`
}

/** The beginning of a written day in a zone; null: not a day. */
export function dayStart(text: string, zone: string, daysAway = 0): number | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return null
  const noon = Date.parse(`${text}T12:00:00Z`)
  if (Number.isNaN(noon)) return null
  const wall = noon - 43_200_000 + daysAway * 86_400_000
  const guess = wall - ahead(wall, zone)
  return wall - ahead(guess, zone)
}

/** 2026-11-21T14:05 of an instant in a zone, as fields for a moment write it. */
export function timeText(at: number, zone: string): string {
  return new Date(at + ahead(at, zone)).toISOString().slice(0, 16)
}

/** The instant of a written moment in a zone; null: not one. */
export function timeAt(text: string, zone: string): number | null {
  const wall = Date.parse(`${text}:00Z`)
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text) || Number.isNaN(wall)) return null
  return wall - ahead(wall - ahead(wall, zone), zone)
}

export type Preset = 'today' | 'yesterday' | 'week' | 'month'

export function presetRange(preset: Preset, now: number, zone: string): { from: number; to: number } {
  const today = midnight(now, zone)
  const tomorrow = midnight(now, zone, 1)
  switch (preset) {
    case 'today':
      return { from: today, to: tomorrow }
    case 'yesterday':
      return { from: midnight(now, zone, -1), to: today }
    case 'week':
      return { from: midnight(now, zone, -6), to: tomorrow }
    case 'month':
      return { from: midnight(now, zone, -29), to: tomorrow }
  }
}
