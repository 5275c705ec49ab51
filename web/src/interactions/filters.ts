import type { Query } from '../wire/http.ts'

/** The filters of the search, as they stand in the address and go to the server. */
export const filterKeys = [
  'from',
  'to',
  'at',
  'queue',
  'agent',
  'entry',
  'project',
  'customer',
  'phase',
  'origin',
  'channel',
  'outcome',
  'in_time',
  'missed_by',
  'cause',
  'disposition',
  'recording',
  'review',
  'callback',
  'survey',
  'question',
  'text',
] as const

export type FilterKey = (typeof filterKeys)[number]
export type Filters = Partial<Record<FilterKey | 'cursor' | 'order', string>>

/** Only what we know, from an address anybody may have written. */
export function readFilters(search: Record<string, unknown>): Filters {
  const out: Filters = {}
  for (const key of [...filterKeys, 'cursor', 'order'] as const) {
    const value = search[key]
    if (typeof value === 'string' && value !== '') out[key] = value
  }
  return out
}

/** A changed filter begins at the first page. */
export function withFilter(filters: Filters, change: Filters): Filters {
  const next: Filters = { ...filters, ...change }
  delete next.cursor
  return readFilters(next)
}

export function toQuery(filters: Filters): Query {
  return { ...filters, limit: 50 }
}
