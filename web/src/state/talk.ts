import type { ParkedView, PartyView, WorkView } from '../wire/desk.gen.ts'

/** Something that happened in a talk, to be said once. */
export interface Turn {
  seq: number
  what: TurnKind
  /** Who it is about. */
  party?: PartyView
  /** Why the party did not come. */
  reason?: string
  parked?: ParkedView
}

export type TurnKind =
  | 'asked'
  | 'joined'
  | 'left'
  | 'missed'
  | 'missedBack'
  | 'absent'
  | 'absentBack'
  | 'listens'
  | 'aside'
  | 'back'
  | 'together'
  | 'held'
  | 'resumed'
  | 'agentHeld'
  | 'agentResumed'
  | 'paused'
  | 'recordingAgain'
  | 'yours'
  | 'parkAlarm'
  | 'insulted'
  | 'abuseEnding'
  | 'helpAsked'
  | 'helpClosed'

/** Everybody besides the customer and the agent who has it in hand. */
export function parties(work: WorkView): PartyView[] {
  return work.parties ?? []
}

/** Who the one at this desk is among the parties; undefined: the agent who has it in hand. */
export function ownParty(work: WorkView): PartyView | undefined {
  return parties(work).find((p) => p.mine)
}

export function monitors(work: WorkView | null): boolean {
  return work?.part === 'monitor'
}

/** Those who take part in the talk, not only monitor it. */
export function talkers(work: WorkView): PartyView[] {
  return parties(work).filter((p) => p.kind !== 'supervisor')
}

/** Whether there is a private talk beside. */
export function hasSide(work: WorkView): boolean {
  return talkers(work).some((p) => p.side)
}

/** The work as it stands for who looks: a party's own state is its phase while others are interrupted. */
export function forDesk(work: WorkView): WorkView {
  const own = ownParty(work)
  return own?.state === 'up' && work.phase !== 'connected' ? { ...work, phase: 'connected' } : work
}

/** Whether it is a message that was left: nobody is on the line. */
export const isMessage = (work: WorkView | null | undefined): boolean => work?.channel === 'voicemail'

/** Whether it is something to be done for a customer: nobody is on the line. */
export const isTask = (work: WorkView | null | undefined): boolean => work?.channel === 'task'

/** Whether nobody is on the line. */
export const lineless = (work: WorkView | null | undefined): boolean => isMessage(work) || isTask(work)

/** Whether the one at this desk has put this talk aside for another. */
export function setAside(work: WorkView): boolean {
  const own = ownParty(work)
  return own === undefined ? work.held === true && work.side !== true : own.held
}

/** How the wrap-up can be prolonged: by the agent, by asking a leader, or not at all just now. */
export function prolonging(work: WorkView): 'own' | 'ask' | null {
  if (work.phase !== 'wrapping_up' || work.wrapUntil === 0) return null
  if (work.wrapExtended < work.wrapExtensions) return 'own'
  return work.moreTime === 'asked' || work.moreTime === 'refused' ? null : 'ask'
}

/** Who can go on with the customer when the one at this desk leaves; as the server chooses. */
export function successor(work: WorkView): PartyView | undefined {
  const rank = (p: PartyView) => (p.kind === 'agent' ? 2 : 0) + (p.side ? 1 : 0)
  return talkers(work)
    .filter((p) => p.state === 'up' && !p.mine)
    .reduce<PartyView | undefined>((best, p) => (best === undefined || rank(p) > rank(best) ? p : best), undefined)
}

/** How long an agent has to wait before ending the call, ms; 0: not at all. */
export function hangUpWait(work: WorkView, now: number): number {
  if (work.part !== 'agent' || successor(work) !== undefined || !work.hangUpFrom) return 0
  return Math.max(0, work.hangUpFrom - now)
}

/** Whether ending the call needs a reason. */
export function reasonNeeded(work: WorkView): boolean {
  return (
    work.hangUpReason === true &&
    work.part === 'agent' &&
    successor(work) === undefined &&
    (work.phase === 'connected' || work.phase === 'interrupted')
  )
}

type NewTurn = Omit<Turn, 'seq'>

/** Somebody who was asked did not come; back: the one at this desk is with the customer again. */
function notCome(party: PartyView, after: WorkView, back: boolean): NewTurn {
  const reason = (after.absent ?? []).find((a) => a.party === party.party)?.reason
  if (reason === undefined) return { what: back ? 'missedBack' : 'missed', party }
  return { what: back ? 'absentBack' : 'absent', party, reason }
}

/** What became of insults and of a call for help. */
function helpTurns(before: WorkView, after: WorkView): NewTurn[] {
  if (after.part !== 'agent' || after.phase === 'wrapping_up') return []
  const out: NewTurn[] = []
  if (before.insulted !== true && after.insulted === true) out.push({ what: 'insulted' })
  else if (before.help === undefined && after.help !== undefined) out.push({ what: 'helpAsked' })
  if (before.abuseEnding !== true && after.abuseEnding === true) out.push({ what: 'abuseEnding' })
  if (before.help !== undefined && after.help === undefined) out.push({ what: 'helpClosed' })
  return out
}

/** What happened between two views of the same interaction, in words for a person who looks elsewhere. */
export function turnsOf(before: WorkView, after: WorkView): NewTurn[] {
  const out: NewTurn[] = []
  let missed: PartyView | undefined
  for (const was of parties(before)) {
    if (was.mine || parties(after).some((p) => p.party === was.party)) continue
    // Who has the customer now was a party until now.
    if (was.user !== '' && was.user === after.agent && after.agent !== before.agent) continue
    if (was.state === 'up') out.push({ what: 'left', party: was })
    else missed = was
  }
  for (const p of parties(after)) {
    if (p.mine) continue
    const was = parties(before).find((b) => b.party === p.party)
    if (p.kind === 'supervisor') {
      if (p.state === 'up' && (was?.state !== 'up' || was.mode !== p.mode)) out.push({ what: 'listens', party: p })
    } else if (p.state === 'up' && was?.state !== 'up') out.push({ what: 'joined', party: p })
    else if (was === undefined) out.push({ what: 'asked', party: p })
  }
  const back = before.side === true && after.side !== true && after.phase === 'connected'
  const merged =
    !hasSide(after) && talkers(after).some((p) => talkers(before).some((b) => b.party === p.party && b.side))
  if (merged) out.push({ what: 'together' })
  else if (missed !== undefined) out.push(notCome(missed, after, back))
  else if (back) out.push({ what: 'back' })
  if (after.part === 'agent') {
    if (before.part === 'party' || before.part === 'monitor') out.push({ what: 'yours' })
    if (!before.side && after.side) out.push({ what: 'aside' })
    else if (before.side === after.side && before.held !== after.held && after.phase === 'connected')
      out.push({ what: after.held ? 'held' : 'resumed' })
    if (before.agentHeld !== after.agentHeld) out.push({ what: after.agentHeld ? 'agentHeld' : 'agentResumed' })
  }
  out.push(...helpTurns(before, after))
  const [paused, now] = [before.recordingPaused ?? '', after.recordingPaused ?? '']
  if (paused === '' && now !== '') out.push({ what: 'paused' })
  if (paused !== '' && now === '' && after.recording === 'running') out.push({ what: 'recordingAgain' })
  return out
}
