import { phoneNumber } from '../i18n/format.ts'
import type { Translate } from '../i18n/language.ts'
import type { TextKey } from '../i18n/texts.ts'
import { named } from '../parts/names.ts'
import type { IconName } from '../ui/Icon.tsx'
import type { TimelineEvent } from '../wire/model.ts'

/** An event as people read it: a sentence, what was said with it, a picture. */
export interface Sentence {
  text: string
  detail: string
  icon: IconName
}

const icons: Record<string, IconName> = {
  arrived: 'phone',
  flow_step: 'keys',
  queued: 'clock',
  offered: 'bell',
  missed: 'cross',
  accepted: 'check',
  connected: 'phone',
  interrupted: 'warn',
  resumed: 'check',
  agent_lost: 'warn',
  muted: 'micOff',
  digits_sent: 'keys',
  customer_left: 'hangUp',
  agent_hung_up: 'hangUp',
  let_go: 'hangUp',
  wrap_up: 'pen',
  wrap_up_extended: 'clock',
  drafted: 'pen',
  disposed: 'flag',
  wrap_up_expired: 'clock',
  recording: 'record',
  ended: 'dot',
}

const plain: ReadonlySet<string> = new Set([
  'accepted',
  'connected',
  'interrupted',
  'resumed',
  'agent_lost',
  'agent_hung_up',
  'let_go',
  'wrap_up',
  'wrap_up_extended',
  'drafted',
  'wrap_up_expired',
  'offered',
])

/** Flow steps that are bookkeeping, not something that happened to the customer. */
const silent: ReadonlySet<string> = new Set(['waits'])

/** null: nothing to tell people. */
export function sentence(t: Translate, event: TimelineEvent, language: string): Sentence | null {
  const body = event.body as Record<string, unknown>
  const text = (key: string) => {
    const v = body[key]
    return typeof v === 'string' || typeof v === 'number' ? String(v) : ''
  }
  const inner = (key: string, name: string) => {
    const v = (body[key] as Record<string, unknown> | undefined)?.[name]
    return typeof v === 'string' ? v : ''
  }
  const name = (id: string) => event.names[id] ?? id
  /** A disposition is named in each language, as JSON. */
  const outcome = (id: string) => {
    try {
      return named(JSON.parse(name(id)) as Record<string, string>, language)
    } catch {
      return name(id)
    }
  }
  const icon = icons[event.kind] ?? 'dot'
  const say = (key: TextKey, values: Record<string, string | number> = {}, detail = ''): Sentence => ({
    text: t(key, values),
    detail,
    icon,
  })
  /** One of several sentences; what a newer server says shows as it is. */
  const oneOf = (group: string, word: string, values: Record<string, string | number>, detail = ''): Sentence => {
    const key = `events.${group}.${word}`
    const found = t(key as TextKey, values)
    return { text: found === key ? `${event.kind}: ${word}` : found, detail, icon }
  }
  const agent = name(text('agent'))
  switch (event.kind) {
    case 'arrived': {
      const from = inner('arrival', 'customerAddress')
      const to = phoneNumber(inner('arrival', 'centerAddress'))
      return from === ''
        ? say('events.arrivedWithheld', { to })
        : say('events.arrived', { from: phoneNumber(from), to })
    }
    case 'flow_step':
      if (silent.has(text('what'))) return null
      return oneOf('flow', text('what'), { node: text('node'), text: text('text') })
    case 'queued':
      return say(body.again === true ? 'events.queuedAgain' : 'events.queued', { queue: name(inner('rules', 'queue')) })
    case 'missed':
      return oneOf('missed', text('outcome'), { agent }, text('detail'))
    case 'muted':
      return say(body.on === true ? 'events.muted.on' : 'events.muted.off')
    case 'digits_sent':
      return say('events.digits_sent', { count: Number(body.count ?? 0) })
    case 'customer_left':
      if (body.short === true) return say('events.leftShort')
      return oneOf('left', text('cause'), {}, text('detail'))
    case 'disposed':
      return text('disposition') === ''
        ? say('events.disposedNone', {}, text('note'))
        : say('events.disposed', { disposition: outcome(text('disposition')) }, text('note'))
    case 'recording':
      return oneOf('recording', text('state'), {}, text('detail'))
    case 'ended':
      return oneOf('ended', text('cause'), {}, text('detail'))
    case 'drafted':
      return say('events.drafted', {}, text('note'))
    default:
      if (plain.has(event.kind)) return say(`events.${event.kind}` as TextKey, { agent }, text('detail'))
      return { text: event.kind.replaceAll('_', ' '), detail: '', icon }
  }
}
