import type { Translate } from '../i18n/language.ts'
import { isMessage, isTask, monitors, ownParty, talkers } from '../state/talk.ts'
import type { WorkView } from '../wire/desk.gen.ts'
import { partyName } from './party.ts'

/** What the talk is like just now, in a few words. */
export function stateText(t: Translate, work: WorkView | null, audioGone: boolean): string {
  if (work === null) return t('call.noCall')
  const own = ownParty(work)
  switch (work.phase) {
    case 'offered':
      return t('call.ringing')
    case 'connecting':
      return t('call.connecting')
    case 'dialing':
      return t(work.ringingSince > 0 ? 'call.rings' : 'call.dialing')
    case 'interrupted':
      return t('call.interrupted')
    case 'wrapping_up':
      return t('call.wrapUp')
    case 'connected':
      break
    default:
      return t('call.noCall')
  }
  if (isMessage(work)) return t('call.message')
  if (isTask(work)) return t('call.task')
  if (audioGone) return t('call.reconnecting')
  if (monitors(work)) return t(`call.mode.${(own?.mode ?? 'listen') as 'listen' | 'whisper' | 'barge'}`)
  if (work.secret) return t('call.secret')
  if (own === undefined ? work.agentHeld : own.held) return t('call.youHeld')
  if (own === undefined ? work.side : own.side) {
    const beside = talkers(work).filter((p) => p.side && !p.mine)
    const waits = beside.find((p) => p.state !== 'up')
    if (own === undefined && waits !== undefined) return t('call.asking', { who: partyName(t, waits) })
    const who = own === undefined ? beside.map((p) => partyName(t, p)).join(', ') : work.agentName
    return t('call.private', { who })
  }
  if (work.held) return t('call.onHold')
  return t(work.customerHolds ? 'call.customerHolds' : 'call.talking')
}
