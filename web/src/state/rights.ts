import type { Me } from '../wire/model.ts'
import type { Live } from './live.ts'

/** The places of the client. */
export type Place =
  | 'desk'
  | 'board'
  | 'interactions'
  | 'callbacks'
  | 'notices'
  | 'report'
  | 'setUp'
  | 'audit'
  | 'start'
  | 'preshift'

const needed: Record<Place, string[]> = {
  desk: ['work_calls'],
  board: ['see_live'],
  preshift: ['see_live'],
  interactions: ['see_interactions', 'see_own_day'],
  callbacks: ['see_interactions', 'work_calls'],
  notices: ['write_notices'],
  report: ['see_reports'],
  setUp: ['change_setup'],
  audit: ['see_audit', 'monitor'],
  start: ['change_setup'],
}

/** Whether a place is shown to this person; what may be done there is decided by the server. */
export function sees(me: Me, place: Place): boolean {
  return needed[place].some((permission) => me.permissions.includes(permission))
}

/** Whether this person takes calls: agents do, others when they are in a queue. */
export function onDuty(me: Me, live: Live): boolean {
  return me.user.role === 'agent' || (sees(me, 'desk') && (live.me?.queues?.length ?? 0) > 0)
}

/** The first screen after signing in. */
export function home(me: Me): string {
  switch (me.user.role) {
    case 'agent':
      return '/desk'
    case 'supervisor':
      return '/board'
    case 'quality':
      return '/interactions'
    case 'administrator':
      return '/start'
  }
}
