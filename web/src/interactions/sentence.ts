import { phoneNumber } from '../i18n/format.ts'
import { type Translate, wordFor } from '../i18n/language.ts'
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
  callback_accepted: 'clock',
  callback_confirmed: 'check',
  queue_closed: 'pause',
  overflowed: 'clock',
  moved: 'transfer',
  reprioritised: 'flag',
  picked: 'user',
  manual: 'phone',
  message_called: 'phone',
  task_rests: 'clock',
  task_put_back: 'left',
  task_changed: 'pen',
  task_cancelled: 'cross',
  task_done: 'check',
  message_call_over: 'hangUp',
  ringing: 'bell',
  dialing: 'phone',
  reached: 'check',
  not_reached: 'cross',
  connected: 'phone',
  interrupted: 'warn',
  resumed: 'check',
  agent_lost: 'warn',
  muted: 'micOff',
  digits_sent: 'keys',
  customer_left: 'hangUp',
  agent_hung_up: 'hangUp',
  customer_kept: 'hangUp',
  survey_answered: 'flag',
  let_go: 'hangUp',
  wrap_up: 'pen',
  wrap_up_extended: 'clock',
  drafted: 'pen',
  disposed: 'flag',
  wrap_up_expired: 'clock',
  recording: 'record',
  ended: 'dot',
  held: 'pause',
  party_muted: 'micOff',
  party_asked: 'bell',
  party_moved: 'phone',
  party_left: 'right',
  swapped: 'swap',
  merged: 'merge',
  handed_over: 'transfer',
  forwarded: 'transfer',
  transferred: 'transfer',
  flow_transferred: 'transfer',
  flow_returned: 'left',
  opened: 'list',
  parked: 'park',
  park_alarm: 'warn',
  picked_up: 'check',
  monitor_changed: 'ear',
  recording_paused: 'record',
  recording_resumed: 'record',
  prompt_played: 'play',
  abuse_reported: 'flag',
  abuse_ending: 'flag',
  help_asked: 'help',
  help_taken: 'user',
  more_time_asked: 'clock',
  more_time_answered: 'clock',
  help_said: 'pen',
  help_closed: 'check',
  sound_detected: 'ear',
  customer_holds: 'pause',
  identified: 'user',
  secret_begun: 'keys',
  secret_ended: 'keys',
  prompt_ended: 'play',
  handover_wrap_up: 'pen',
  handover_disposed: 'flag',
  handover_expired: 'clock',
  work_left: 'dot',
  restored: 'check',
}

const plain: ReadonlySet<string> = new Set([
  'accepted',
  'connected',
  'interrupted',
  'resumed',
  'agent_lost',
  'let_go',
  'wrap_up',
  'wrap_up_extended',
  'drafted',
  'wrap_up_expired',
  'offered',
])

/** Flow steps that are bookkeeping, not something that happened to the customer. */
const silent: ReadonlySet<string> = new Set(['waits'])

/** Who a talk's parties are, by the names the journal gives them. */
export type Parties = ReadonlyMap<string, string>

/** Reads the names of all parties out of a time line. */
export function partiesOf(t: Translate, events: TimelineEvent[]): Parties {
  const who = new Map<string, string>()
  for (const event of events) {
    const body = event.body as Record<string, unknown>
    if (event.kind === 'party_asked') {
      const p = body.party as Record<string, unknown>
      const queue = (p.queue as Record<string, unknown> | undefined)?.queue
      const named = (v: unknown) => (typeof v === 'string' && v !== '' ? (event.names[v] ?? v) : '')
      const text =
        named(p.user) ||
        (typeof p.address === 'string' && p.address !== '' ? phoneNumber(p.address) : '') ||
        (named(queue) === '' ? t('call.somebody') : t('call.somebodyOf', { queue: named(queue) }))
      who.set(String(p.id), text)
    }
    if (event.kind === 'party_moved' && typeof body.user === 'string' && body.user !== '')
      who.set(String(body.party), event.names[body.user] ?? body.user)
  }
  return who
}

const nobody: Parties = new Map()

/** null: nothing to tell people. who: the parties of the whole time line. */
export function sentence(t: Translate, event: TimelineEvent, language: string, who: Parties = nobody): Sentence | null {
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
  const by = name(text('by'))
  const partyOf = (id: string) =>
    id === 'customer' ? t('events.theCustomer') : id === 'agent' ? t('events.theAgent') : (who.get(id) ?? id)
  const asked = body.party as Record<string, unknown> | undefined
  switch (event.kind) {
    case 'held':
      return oneOf('held', body.on === true ? 'on' : 'off', { who: partyOf(text('party')), by })
    case 'customer_holds':
      return oneOf('customer_holds', body.on === true ? 'on' : 'off', {})
    case 'party_muted':
      return oneOf('party_muted', body.on === true ? 'on' : 'off', { who: partyOf(text('party')), by })
    case 'party_asked': {
      const p = partyOf(String(asked?.id ?? ''))
      if (asked?.kind === 'supervisor') return oneOf('monitors', String(asked.mode), { who: p })
      if (asked?.by === undefined) return say('events.askedByFlow', { who: p })
      return say(asked?.side === true ? 'events.askedAside' : 'events.asked', {
        who: p,
        by: name(String(asked?.by ?? '')),
      })
    }
    case 'party_moved':
      return oneOf('party_moved', text('state'), { who: partyOf(text('party')) })
    case 'party_left':
      return oneOf(
        'party_left',
        text('why'),
        { who: partyOf(text('party')), by },
        text('reason') === '' ? text('detail') : wordFor(t, 'absent', text('reason')),
      )
    case 'swapped':
      if (text('by') === '') return say('events.swapped.back')
      return oneOf('swapped', body.side === true ? 'aside' : 'customer', { by })
    case 'merged':
      return say('events.merged', { by })
    case 'handed_over':
      return oneOf('handed_over', text('why'), { from: name(text('from')), to: name(text('to')) })
    case 'forwarded':
      return say('events.forwarded', { from: name(text('from')) })
    case 'transferred': {
      const kind = inner('target', 'kind')
      const target = body.target as Record<string, unknown> | undefined
      const queue = target?.queue as Record<string, unknown> | undefined
      const to =
        kind === 'outside'
          ? phoneNumber(inner('target', 'address'))
          : name(inner('target', 'agent') || inner('target', 'entry') || String(queue?.queue ?? ''))
      return oneOf('transferred', kind, { by, to })
    }
    case 'flow_transferred': {
      const kind = inner('target', 'kind')
      const to = kind === 'outside' ? phoneNumber(inner('target', 'address')) : name(inner('target', 'entry'))
      return oneOf('flow_transferred', kind, { to })
    }
    case 'flow_returned':
      return oneOf('flow_returned', text('way'), {})
    case 'callback_accepted':
    case 'callback_confirmed':
    case 'manual':
    case 'message_called':
    case 'message_call_over':
    case 'ringing':
    case 'dialing':
    case 'reached':
      return say(`events.${event.kind}`)
    case 'task_rests':
      return say(text('until') === '' ? 'events.task_waitsForQueue' : 'events.task_rests')
    case 'task_put_back':
      return say('events.task_put_back', { agent }, text('note'))
    case 'task_changed':
    case 'task_cancelled':
      return say(`events.${event.kind}`, { by }, text('note'))
    case 'task_done':
      return say('events.task_done', { agent })
    case 'queue_closed':
      return oneOf('queue_closed', text('do'), { queue: name(inner('rules', 'queue')) })
    case 'overflowed':
      return oneOf('overflowed', text('do'), {
        why: oneOf('overflowed_why', text('when'), {}).text,
        queue: name(inner('rules', 'queue')),
        to: name(text('to')),
        number: text('number'),
      })
    case 'moved':
      return say('events.moved', { by, from: name(text('from')), to: name(text('to')) }, text('note'))
    case 'reprioritised':
      return say('events.reprioritised', { by, from: text('from'), to: text('to') }, text('note'))
    case 'picked':
      return say('events.picked', { by, agent }, text('note'))
    case 'not_reached':
      return oneOf('not_reached', text('why'), {}, text('detail'))
    case 'opened':
    case 'park_alarm':
      return say(`events.${event.kind}`)
    case 'parked':
      return say('events.parked', { by })
    case 'picked_up':
      return say('events.picked_up', { agent })
    case 'monitor_changed':
      return oneOf('monitors', text('mode'), { who: partyOf(text('party')) })
    case 'recording_paused':
      return oneOf('recording_paused', text('by') === '' && text('why') === 'card' ? 'flow' : text('why'), { by })
    case 'recording_resumed':
      return text('by') === '' ? say('events.recording_resumed.itself') : say('events.recording_resumed.by', { by })
    case 'abuse_reported':
    case 'abuse_ending':
    case 'help_taken':
    case 'help_closed':
      return say(`events.${event.kind}`, { by })
    case 'help_asked':
      return text('word') === ''
        ? say('events.help_asked', { by })
        : say('events.help_askedWord', { by, word: text('word') })
    case 'more_time_asked':
      return say('events.more_time_asked', { agent })
    case 'more_time_answered':
      return oneOf('more_time', text('answer'), { by, agent })
    case 'help_said':
      return say('events.help_said', { by, text: text('text') })
    case 'prompt_played':
      return say('events.prompt_played', { by, prompt: text('prompt') })
    case 'sound_detected':
      return text('user') === ''
        ? oneOf('detected', text('sound'), {})
        : oneOf('detected_agent', text('sound'), { who: name(text('user')) })
    case 'secret_begun':
      return say('events.secret_begun', { by })
    case 'secret_ended':
      return text('by') === '' ? say('events.secret_ended', {}, text('detail')) : say('events.secret_cancelled', { by })
    case 'prompt_ended':
      return text('by') === '' ? say('events.prompt_ended.itself') : say('events.prompt_ended.by', { by })
    case 'secret_entered': // the last count stands with the end of it
    case 'handover_drafted':
    case 'handover_extended':
    case 'survey_due':
      return null
    case 'handover_wrap_up':
    case 'handover_expired':
      return say(`events.${event.kind}`, { agent })
    case 'handover_disposed':
      return text('disposition') === ''
        ? say('events.handover_disposedNone', { agent }, text('note'))
        : say('events.handover_disposed', { agent, disposition: outcome(text('disposition')) }, text('note'))
    case 'work_left':
      return say('events.work_left')
    case 'restored':
      return say('events.restored')
    case 'survey_answered': {
      const scale = text('scale') === 'yes_no' ? (body.score === 1 ? 'yes' : 'no') : text('scale')
      return oneOf('survey_answered', scale, { question: text('question'), score: text('score') })
    }
    case 'customer_kept':
    case 'agent_hung_up': {
      const reason = text('reason') === '' ? '' : wordFor(t, 'call.reason', text('reason'))
      const review = body.review === true ? t('events.review') : ''
      return say(`events.${event.kind}`, { agent }, [reason, review].filter(Boolean).join(' · '))
    }
    case 'arrived': {
      const from = inner('arrival', 'customerAddress')
      const to = phoneNumber(inner('arrival', 'centerAddress'))
      const task = (body.arrival as Record<string, unknown> | undefined)?.task as Record<string, unknown> | undefined
      if (task !== undefined) return say('events.task_made', { number: `T-${task.number}` }, String(task.subject ?? ''))
      // One whom we call does not arrive.
      if (['manual', 'callback'].includes(inner('arrival', 'origin')))
        return say('events.callBegun', { number: phoneNumber(from), shown: to })
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
    case 'identified':
      return say('events.identified', { who: text('name') || t('events.theCustomer') })
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
