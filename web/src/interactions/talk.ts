/** What the levels of two sides tell, in seconds. */
export interface Talk {
  customer: number
  others: number
  both: number
  silence: number // the longest
}

const spoken = 0x80

/** The bytes of a base64 text. */
export const bytes = (base64: string): number[] => Array.from(atob(base64), (c) => c.charCodeAt(0))

/** Who spoke for how long; a byte is a second, its highest bit says that somebody spoke in it. */
export function talkOf(customer: number[], others: number[]): Talk {
  const talk = { customer: 0, others: 0, both: 0, silence: 0 }
  let quiet = 0
  for (let i = 0; i < Math.max(customer.length, others.length); i++) {
    const one = ((customer[i] ?? 0) & spoken) !== 0
    const other = ((others[i] ?? 0) & spoken) !== 0
    if (one) talk.customer++
    if (other) talk.others++
    if (one && other) talk.both++
    quiet = one || other ? 0 : quiet + 1
    talk.silence = Math.max(talk.silence, quiet)
  }
  return talk
}

/** How high a second stands in the picture, 0 to 1; who did not speak is shown low. */
export function height(level: number): number {
  const loud = 1 - (level & 0x7f) / 70
  return Math.max(0, Math.min(1, (level & spoken) !== 0 ? Math.max(0.25, loud) : loud * 0.4))
}
