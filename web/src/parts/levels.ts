import type { QueueView } from '../wire/desk.gen.ts'

export type WaitLevel = 'empty' | 'good' | 'near' | 'over'

/** How long the longest wait is against the target; near from three quarters on. */
export function waitLevel(queue: QueueView, now: number): WaitLevel {
  if (queue.waiting === 0 || queue.longestSince === 0) return 'empty'
  const wait = now - queue.longestSince
  if (wait > queue.targetMs) return 'over'
  return wait > queue.targetMs * 0.75 ? 'near' : 'good'
}

/** Share answered in time of those that count; null: nothing to compute it from. */
export function serviceLevel(queue: QueueView): number | null {
  const counted = queue.offered - queue.short
  return counted <= 0 ? null : queue.inTime / counted
}

const rank: Record<WaitLevel, number> = { over: 0, near: 1, good: 2, empty: 3 }

/** The queues that need somebody first; among equals those that wait longest. */
export function byTrouble(queues: QueueView[], now: number): QueueView[] {
  return queues.toSorted((a, b) => {
    const levels = rank[waitLevel(a, now)] - rank[waitLevel(b, now)]
    if (levels !== 0) return levels
    const over = (q: QueueView) => (q.waiting === 0 ? 0 : (now - q.longestSince) / Math.max(q.targetMs, 1))
    return over(b) - over(a) || b.waiting - a.waiting || a.name.localeCompare(b.name)
  })
}
