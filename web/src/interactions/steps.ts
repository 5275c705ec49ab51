import type { Ladder, LadderLeg, LadderMessage } from '../wire/model.ts'

/** A column of the diagram: us, or one party. */
export interface Column {
  key: string
  /** -1: us. */
  leg: number
  party: string
  address: string
}

/** An arrow of the diagram. */
export interface Step {
  key: string
  atUs: number
  /** Since the arrow before, in milliseconds. */
  sinceMs: number
  leg: LadderLeg
  message: LadderMessage
  from: number
  to: number
  /** Sent or received once more. */
  repeated: boolean
  tone: 'request' | 'good' | 'bad' | 'waiting'
}

/** Customers stand left of us, agents and outside numbers right; calls of one place share a column. */
export function columnsOf(ladder: Ladder): Column[] {
  const left: Column[] = []
  const right: Column[] = []
  ladder.legs.forEach((leg, at) => {
    const side = leg.role === 'trunk' ? left : right
    const address = leg.messages[0]?.remote ?? ''
    const key = `${leg.role} ${leg.party} ${address}`
    if (!side.some((c) => c.key === key)) side.push({ key, leg: at, party: leg.party, address })
  })
  return [...left, { key: 'us', leg: -1, party: '', address: ladder.legs[0]?.messages[0]?.local ?? '' }, ...right]
}

/** Answers by what they mean: 1xx goes on, 2xx is well, the rest is not; 3xx asks for another try. */
function toneOf(start: string): Step['tone'] {
  const code = Number.parseInt(start, 10)
  if (Number.isNaN(code)) return 'request'
  if (code < 200) return 'waiting'
  return code < 300 ? 'good' : 'bad'
}

/** All arrows in the order of time. */
export function stepsOf(ladder: Ladder, columns: Column[]): Step[] {
  const us = columns.findIndex((c) => c.leg === -1)
  const steps: Step[] = []
  ladder.legs.forEach((leg, l) => {
    const address = leg.messages[0]?.remote ?? ''
    const them = columns.findIndex((c) => c.key === `${leg.role} ${leg.party} ${address}`)
    leg.messages.forEach((message, m) => {
      const [from, to] = message.out ? [us, them] : [them, us]
      const step = { leg, message, from, to, sinceMs: 0, tone: toneOf(message.start) }
      steps.push({ ...step, key: `${l}-${m}`, atUs: message.atUs, repeated: false })
      message.againUs.forEach((atUs, n) => {
        steps.push({ ...step, key: `${l}-${m}-${n}`, atUs, repeated: true })
      })
    })
  })
  steps.sort((a, b) => a.atUs - b.atUs)
  steps.forEach((step, at) => {
    const before = steps[at - 1]
    step.sinceMs = before === undefined ? 0 : (step.atUs - before.atUs) / 1000
  })
  return steps
}

/** +0.4 ms, +12 ms, +24.03 s: what lies between two arrows. */
export function since(ms: number): string {
  return ms < 10_000 ? `+${milliseconds(ms)} ms` : `+${(ms / 1000).toFixed(2)} s`
}

/** 0.4, 12, 1 250: milliseconds as short as they are still of use. */
export function milliseconds(ms: number): string {
  return ms < 10 ? ms.toFixed(1) : String(Math.round(ms))
}
