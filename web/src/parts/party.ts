import { maskedNumber, phoneNumber } from '../i18n/format.ts'
import { type Translate, wordFor } from '../i18n/language.ts'
import type { TextKey } from '../i18n/texts.ts'
import type { Turn } from '../state/talk.ts'
import type { PartyView } from '../wire/desk.gen.ts'

/** What somebody in a talk is called. */
export function partyName(t: Translate, p: Pick<PartyView, 'name' | 'address' | 'queueName'>): string {
  if (p.name !== '') return p.name
  if (p.address !== '') return phoneNumber(p.address)
  return p.queueName === '' ? t('call.somebody') : t('call.somebodyOf', { queue: p.queueName })
}

/** A turn as a sentence. */
export function turnText(t: Translate, turn: Turn): string {
  if (turn.parked !== undefined) {
    const { customerName, customerAddress, byName } = turn.parked
    const who = customerName || maskedNumber(customerAddress) || t('desk.unknownCustomer')
    return t('call.turn.parkAlarm', { who, agent: byName })
  }
  if (turn.party === undefined) return t(`call.turn.${turn.what}` as TextKey)
  const who = partyName(t, turn.party)
  if (turn.reason !== undefined)
    return t(`call.turn.${turn.what}` as TextKey, { who, why: wordFor(t, 'absent', turn.reason) })
  if (turn.what === 'listens') return t(`call.turn.${turn.party.mode}` as TextKey, { who })
  return t(`call.turn.${turn.what}` as TextKey, { who })
}
