import type { WorkView } from '../wire/desk.gen.ts'
import type { Disposition } from '../wire/model.ts'
import type { Draft } from './drafts.ts'
import { isTask, successor } from './talk.ts'

/** What an outcome asks of the talk's length and has not got. */
export interface TalkFault {
  key: 'desk.talkShort' | 'desk.talkLong'
  /** The bound. */
  seconds: number
  /** How long the talk is. */
  now: number
}

/** Something the end of a talk still needs; field: where it is given. */
export type Missing =
  | { field: 'disposition'; what: 'outcome' }
  | { field: 'disposition'; what: 'talk'; fault: TalkFault }
  | { field: 'note'; what: 'note' }

/** An agent was told what is missing when he wanted to end a talk; ms of the server's clock. */
export interface Warned {
  seq: number
  interaction: string
  at: number
}

/** Pressing twice by mistake is no answer; later than the second, the warning is given anew. */
export const warnedFrom = 600
export const warnedUntil = 10_000

/** How long the customer has been talked to, waiting on hold left out. */
export function talkTime(work: WorkView, now: number): number {
  const counts = work.phase === 'connected' && work.onHold !== true && work.countedAt > 0
  return work.talkMs + (counts ? Math.max(0, now - work.countedAt) : 0)
}

/** What keeps an outcome from being chosen after so long a talk, or nothing. */
export function talkFault(d: Disposition | undefined, talkMs: number): TalkFault | null {
  const least = d?.minTalkMs ?? 0
  const most = d?.maxTalkMs ?? 0
  const now = Math.floor(talkMs / 1000)
  if (least > 0 && talkMs < least) return { key: 'desk.talkShort', seconds: Math.ceil(least / 1000), now }
  if (most > 0 && talkMs > most) return { key: 'desk.talkLong', seconds: Math.floor(most / 1000), now }
  return null
}

/** What is missing if the talk ended now, in the order of the form. outcomes: all that are known. */
export function missing(
  work: WorkView,
  draft: Pick<Draft, 'disposition' | 'note'>,
  outcomes: readonly Disposition[],
  now: number,
): Missing[] {
  if (draft.disposition === '') return work.dispositionRequired ? [{ field: 'disposition', what: 'outcome' }] : []
  const chosen = outcomes.find((d) => d.id === draft.disposition)
  const out: Missing[] = []
  const fault = talkFault(chosen, talkTime(work, now))
  if (fault !== null) out.push({ field: 'disposition', what: 'talk', fault })
  if (chosen?.noteRequired === true && draft.note.trim() === '') out.push({ field: 'note', what: 'note' })
  return out
}

/** Whether hanging up ends this one's part of a talk, whose outcome he gives. */
export function endsTalk(work: WorkView): boolean {
  return (
    work.part === 'agent' &&
    (work.phase === 'connected' || work.phase === 'interrupted') &&
    !isTask(work) &&
    successor(work) === undefined
  )
}

/** What pressing hang-up means, by what was said before. */
export function onHangUp(
  work: WorkView,
  lacking: readonly Missing[],
  warned: Warned | null,
  now: number,
): 'end' | 'warn' | 'wait' {
  if (lacking.length === 0 || !endsTalk(work)) return 'end'
  const since = warned?.interaction === work.interaction ? now - warned.at : warnedUntil
  if (since < warnedFrom) return 'wait'
  return since < warnedUntil ? 'end' : 'warn'
}
