import type { AgentView, ShiftView } from '../wire/desk.gen.ts'

export type ArrivalState = 'none' | 'expected' | 'overdue' | 'absent' | 'inTime' | 'late'

/** Whether somebody has come, against what is planned; ms: how late, or how long there is still. */
export function arrivalOf(shift: ShiftView, now: number): { state: ArrivalState; ms: number } {
  const { planned, arrived, absentAt } = shift
  if (arrived > 0) {
    // A minute that has begun is not late yet.
    return planned > 0 && arrived - planned >= 60_000
      ? { state: 'late', ms: arrived - planned }
      : { state: 'inTime', ms: 0 }
  }
  if (planned === 0) return { state: 'none', ms: 0 }
  if (now < planned) return { state: 'expected', ms: planned - now }
  return { state: now < absentAt ? 'overdue' : 'absent', ms: now - planned }
}

const weight: Record<ArrivalState, number> = { absent: 100, overdue: 60, late: 20, inTime: 0, expected: 0, none: 0 }

/** How much a leader has to look after somebody before the shift; 0: not at all. */
export function shiftTrouble(agent: AgentView, now: number): number {
  const { shift } = agent
  const here = agent.status !== 'offline' || shift.arrived > 0
  let n = weight[arrivalOf(shift, now).state]
  if (here) for (const lack of shift.lacks ?? []) n += lack.blocks ? 40 : 10
  if (here && shift.check !== undefined && !shift.check.passed) n += 15
  if (shift.spot !== undefined && !shift.spot.good) n += 15
  return n
}
