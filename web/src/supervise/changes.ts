/** One thing a line of the audit list tells: a field before and after, or a field and its value. */
export interface Change {
  field: string
  before?: string
  after: string
}

type Plain = Record<string, unknown>
const plain = (v: unknown): Plain => (typeof v === 'object' && v !== null && !Array.isArray(v) ? (v as Plain) : {})

/** A value as text, with names instead of ids. */
function text(value: unknown, names: Plain): string {
  if (value === undefined || value === null || value === '') return '–'
  if (typeof value === 'string') {
    const name = names[value]
    return typeof name === 'string' ? name : value
  }
  if (Array.isArray(value)) return value.length === 0 ? '–' : value.map((v) => text(v, names)).join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

const housekeeping = ['id', 'version', 'tenantId', 'created', 'createdMs', 'updated']
const written = (field: string) => field.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)

/** What changed between before and after; else what the detail says. */
export function changes(detail: unknown, names: unknown): Change[] {
  const all = plain(detail)
  const known = plain(names)
  if (!('before' in all) && !('after' in all)) {
    return Object.entries(all).map(([field, v]) => ({ field: written(field), after: text(v, known) }))
  }
  const before = plain(all.before)
  const after = plain(all.after)
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((f) => !housekeeping.includes(f) && JSON.stringify(before[f]) !== JSON.stringify(after[f]))
    .map((f) => ({
      field: written(f),
      ...('before' in all ? { before: text(before[f], known) } : {}),
      after: text(after[f], known),
    }))
}
