import type { Translate } from '../i18n/language.ts'
import type { WhatIfChange, WhatIfStart } from '../wire/model.ts'

export const kinds = ['agents', 'volume', 'target', 'goal', 'weight', 'strategy', 'serve', 'leave', 'away'] as const
export type Kind = (typeof kinds)[number]
export const strategies = [
  'least_flexible',
  'longest_idle',
  'least_handled',
  'round_robin',
  'by_level',
  'random',
] as const

/** A change as it stands in the form; minutes after midnight, both 0: the whole day. */
export interface Draft {
  kind: Kind
  queue: string
  agent: string
  by: number
  strategy: (typeof strategies)[number]
  from: number
  to: number
}

export const needsQueue = (kind: Kind) => kind !== 'away'
export const needsAgent = (kind: Kind) => kind === 'serve' || kind === 'leave' || kind === 'away'
export const needsTimes = (kind: Kind) => kind === 'agents' || kind === 'volume' || kind === 'away'
export const needsNumber = (kind: Kind): kind is 'agents' | 'volume' | 'target' | 'goal' | 'weight' =>
  kind === 'agents' || kind === 'volume' || kind === 'target' || kind === 'goal' || kind === 'weight'

/** 09:30 of 570. */
export function clock(minutes: number): string {
  const two = (n: number) => String(n).padStart(2, '0')
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

/** 570 of 09:30; what is no time is 0. */
export function minutesOf(text: string): number {
  const found = /^(\d{1,2}):(\d{2})$/.exec(text)
  return found === null ? 0 : Number(found[1]) * 60 + Number(found[2])
}

/** The change another kind begins with. */
export function draftOf(kind: Kind, old: Draft, start: WhatIfStart): Draft {
  const queue = old.queue === '' && kind !== 'volume' ? (start.queues[0]?.key ?? '') : old.queue
  const now = start.queues.find((q) => q.key === queue)
  const by = { agents: 1, volume: 10, target: now?.targetS ?? 20, goal: now?.goal ?? 80, weight: now?.weight ?? 1 }
  return { ...old, kind, queue, by: needsNumber(kind) ? by[kind] : 0 }
}

export function asked(d: Draft): WhatIfChange {
  const times = needsTimes(d.kind) && d.from < d.to ? { from: d.from, to: d.to } : {}
  return {
    what: d.kind,
    ...(needsQueue(d.kind) && d.queue !== '' ? { queue: d.queue } : {}),
    ...(needsAgent(d.kind) ? { agent: d.agent } : {}),
    ...(needsNumber(d.kind) ? { by: d.by } : {}),
    ...(d.kind === 'strategy' && d.strategy !== 'least_flexible' ? { strategy: d.strategy } : {}),
    ...times,
  }
}

/** The change in words. */
export function changeText(t: Translate, d: Draft, start: WhatIfStart): string {
  const queue = start.queues.find((q) => q.key === d.queue)?.name ?? t('whatIf.allQueues')
  const agent = start.agents.find((a) => a.login === d.agent)?.name ?? d.agent
  const timed = needsTimes(d.kind) && d.from < d.to
  const values = { queue, agent, from: clock(d.from), to: clock(d.to), by: d.by }
  switch (d.kind) {
    case 'agents': {
      const key = d.by < 0 ? 'fewer' : 'more'
      return t(timed ? `whatIf.said.${key}At` : `whatIf.said.${key}`, { ...values, count: Math.abs(d.by) })
    }
    case 'volume':
      return t(timed ? 'whatIf.said.volumeAt' : 'whatIf.said.volume', {
        ...values,
        by: `${d.by < 0 ? '−' : '+'}${Math.abs(d.by)}`,
      })
    case 'strategy':
      return t('whatIf.said.strategy', { ...values, strategy: t(`whatIf.strategies.${d.strategy}`) })
    case 'away':
      return t(timed ? 'whatIf.said.awayAt' : 'whatIf.said.away', values)
    default:
      return t(`whatIf.said.${d.kind}`, values)
  }
}
