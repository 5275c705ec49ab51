import { duration } from '../i18n/format.ts'
import type { Translate } from '../i18n/language.ts'
import type { TextKey } from '../i18n/texts.ts'

/** What an alert is about, as the socket and the history tell it. */
export interface AlertFacts {
  what: string
  about: string
  value: number
  limit: number
}

const timed = (what: string) => what === 'long_wait' || what === 'long_break'

/** A value as its kind has it. */
export function alertValue(what: string, value: number): string {
  if (timed(what)) return duration(value)
  return what === 'abandoned' ? `${value} %` : String(value)
}

/** The sentence of an alert, as it was raised. */
export function alertText(t: Translate, a: AlertFacts): string {
  return t(`alerts.what.${a.what}` as TextKey, { about: a.about, value: alertValue(a.what, a.value) })
}

/** The same now: a wait and a break go on. */
export function alertNow<A extends AlertFacts & { since: number }>(a: A, now: number): A {
  return timed(a.what) ? { ...a, value: Math.max(a.value, now - a.since) } : a
}

/** Whether its sentence says how long it lasts. */
export const saysHowLong = (a: AlertFacts): boolean => timed(a.what)

/** What stands beside it: the limit, or who waits meanwhile. */
export function alertAside(t: Translate, a: AlertFacts): string {
  if (timed(a.what) || a.what === 'abandoned') return t('alerts.limit', { limit: alertValue(a.what, a.limit) })
  return a.what.startsWith('nobody') && a.value > 0 ? t('alerts.waitingNow', { count: a.value }) : ''
}
