import type { Flow, Trigger, TriggerFields, TriggerRun } from '../wire/model.ts'
import { type Day, days } from './week.ts'

export type Kind = Trigger['kind']
export type Rule = Trigger['rule']

export const kinds: readonly Kind[] = ['schedule', 'event', 'hook']
export const happenings = ['interaction_ended', 'queue_waiting', 'status_changed', 'low_score'] as const
export const statuses = ['available', 'break', 'offline'] as const

/** What a new one begins with. */
export const freshTrigger: Trigger = {
  id: '',
  key: '',
  name: '',
  projectId: '',
  flowId: '',
  kind: 'schedule',
  disabled: false,
  hasAddress: false,
  rule: { times: ['09:00'] },
}

/** The fields whose refusals are said beside them. */
export const shownFields: readonly string[] = [
  'name',
  'key',
  'projectId',
  'flowId',
  'kind',
  'rule.timeZone',
  'rule.days',
  'rule.times',
  'rule.on',
  'rule.queue',
  'rule.more',
  'rule.forMs',
  'rule.perMinute',
  'rule.status',
  'rule.reason',
  'rule.question',
  'rule.atMost',
  'rule.last',
]

/** Only what the route takes, and of the rule only what belongs to the kind. */
export function body(t: Trigger): TriggerFields {
  const { key, name, projectId, flowId, kind, disabled = false } = t
  return { key, name, projectId, flowId, kind, disabled, rule: ruleOf(kind, t.rule) }
}

function ruleOf(kind: Kind, r: Rule): Rule {
  const often: Rule = r.perMinute === undefined || r.perMinute === 0 ? {} : { perMinute: r.perMinute }
  switch (kind) {
    case 'schedule': {
      const chosen = days.filter((d) => r.days?.includes(d))
      return {
        ...often,
        times: [...new Set((r.times ?? []).map((t) => t.trim()).filter((t) => t !== ''))].toSorted(),
        ...(chosen.length === 0 || chosen.length === days.length ? {} : { days: chosen }),
        ...(r.timeZone === undefined || r.timeZone.trim() === '' ? {} : { timeZone: r.timeZone.trim() }),
      }
    }
    case 'event': {
      const queue = r.queue === undefined || r.queue === '' ? {} : { queue: r.queue }
      return { ...often, ...queue, ...eventOf(r) }
    }
    case 'hook':
      return often
  }
}

function eventOf(r: Rule): Rule {
  const on = r.on ?? 'interaction_ended'
  switch (on) {
    case 'queue_waiting':
      return { on, more: r.more ?? 0, forMs: r.forMs ?? 0 }
    case 'status_changed': {
      const { status = '', reason = '' } = r
      return { on, ...(status === '' ? {} : { status }), ...(reason === '' || !hasReason(status) ? {} : { reason }) }
    }
    case 'low_score': {
      const question = r.question?.trim() ?? ''
      if (question === '') return { on }
      if (r.atMost === undefined) return { on, question }
      return { on, question, atMost: r.atMost, ...(r.last === undefined || r.last === 0 ? {} : { last: r.last }) }
    }
    default:
      return { on }
  }
}

/** Reasons that the system gives; the others of a break are the center's. */
export const ownReasons: Readonly<Record<string, readonly string[]>> = {
  break: ['missed', 'phone_lost'],
  offline: ['signed_out', 'desk_gone', 'restart'],
}

export const hasReason = (status: string) => ownReasons[status] !== undefined

/** The questions that flows ask in surveys. */
export function questionsOf(flows: readonly Flow[]): string[] {
  const found = new Set<string>()
  for (const f of flows) {
    const { nodes = {} } = f.program as { nodes?: Record<string, { kind?: string; question?: unknown }> }
    for (const n of Object.values(nodes))
      if (n.kind === 'survey' && typeof n.question === 'string') found.add(n.question)
  }
  return [...found].toSorted()
}

/** The days of a rule as spans of the week, both ends included; three in a row or more are one span. None: every day. */
export function spans(chosen: readonly string[]): [Day, Day][] {
  const out: [Day, Day][] = []
  let at = 0
  while (at < days.length) {
    let end = at
    while (end < days.length && chosen.includes(days[end] ?? '')) end++
    const row = days.slice(at, end)
    const [first, last] = [row.at(0), row.at(-1)]
    if (first !== undefined && last !== undefined) {
      if (row.length > 2) out.push([first, last])
      else for (const d of row) out.push([d, d])
    }
    at = end + 1
  }
  return out.length === 1 && chosen.length >= days.length ? [] : out
}

/** 09:00. */
export function isClock(text: string): boolean {
  return /^([01]\d|2[0-3]):[0-5]\d$/.test(text.trim())
}

/** A schedule's next time in the form: an hour after the last, or nine o'clock. */
export function anotherTime(times: readonly string[]): string {
  const hour = Number((times.filter(isClock).toSorted().at(-1) ?? '08:00').slice(0, 2)) + 1
  const next = `${String(hour % 24).padStart(2, '0')}:00`
  return times.includes(next) ? '' : next
}

/** An input a flow asks for. */
export interface FlowInput {
  name: string
  /** text, number, …, as the flow declares it. */
  type: string
  /** What it begins with; undefined: it has to be given. */
  start: unknown
}

interface Declared {
  channels?: unknown
  variables?: Record<string, { type?: string; input?: boolean; default?: unknown }>
}

/** It runs without a customer. */
export function isAlone(f: Flow): boolean {
  const { channels } = f.program as Declared
  return Array.isArray(channels) && channels.includes('none')
}

export function inputsOf(f: Flow | undefined): FlowInput[] {
  return Object.entries((f?.program as Declared | undefined)?.variables ?? {})
    .filter(([, v]) => v.input === true)
    .map(([name, v]) => ({ name, type: v.type ?? 'text', start: v.default }))
}

/** What was typed as the inputs' values, or the name of the first that is none. */
export function inputValues(
  inputs: readonly FlowInput[],
  typed: Readonly<Record<string, string>>,
): { values: Record<string, unknown> } | { bad: string } {
  const values: Record<string, unknown> = {}
  for (const { name, type } of inputs) {
    const text = typed[name]?.trim() ?? ''
    if (text === '') continue // the flow's own beginning, or it says what it misses
    const value = typedAs(type, text)
    if (value === undefined) return { bad: name }
    values[name] = value
  }
  return { values }
}

function typedAs(type: string, text: string): unknown {
  if (type === 'text' || type === 'time') return text
  try {
    const value: unknown = JSON.parse(text)
    const fits = type === 'number' ? typeof value === 'number' : type !== 'boolean' || typeof value === 'boolean'
    return fits ? value : undefined
  } catch {
    return undefined
  }
}

export const isOpen = (r: TriggerRun) => r.state === 'due' || r.state === 'running'
