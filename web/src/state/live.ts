import type {
  AgentView,
  AlertView,
  Change,
  DayView,
  Hello,
  HelpView,
  LineView,
  MoreTimeView,
  NoticeView,
  ParkedView,
  QueueView,
  WorkView,
} from '../wire/desk.gen.ts'
import type { Connection } from '../wire/socket.ts'
import { forDesk, lineless, setAside, type Turn, turnsOf } from './talk.ts'

/** A message for the user, as it came. */
export interface Told {
  seq: number
  level: string
  code: string
  text: string
}

/** What the desk's socket has told of the present. */
export interface Live {
  connection: Connection
  /** Whether a hello ever came; before that nothing is known. */
  greeted: boolean
  /** The server's clock minus ours, ms. */
  offset: number
  hello: Hello | null
  me: AgentView | null
  work: WorkView[]
  queues: QueueView[]
  agents: AgentView[]
  day: DayView
  told: Told[]
  /** The next list of queues or agents replaces what is known instead of adding to it. */
  staleQueues: boolean
  staleAgents: boolean
  /** Own wish that the server has not confirmed. */
  wish: { status: string; reason: string } | null
  /** The desk is open in another tab or on another device too. */
  otherTab: boolean
  /** The interaction that left last, and why. */
  gone: { interaction: string; why: string } | null
  /** Customers anybody may pick up. */
  parked: ParkedView[]
  /** Agents who call for help; only leaders are told. */
  helps: HelpView[]
  /** What leaders have written to this person, the last first. */
  notices: NoticeView[]
  /** Whether the server has told of them since the page was opened. */
  noticesCame: boolean
  /** Agents who ask for more wrap-up; only leaders are told. */
  asks: MoreTimeView[]
  /** What is amiss, the newest first; only leaders are told. */
  alerts: AlertView[]
  /** Who waits in the queue that is watched. */
  line: LineView | null
  /** The interaction the agent turned to, of several; empty: the one that talks. */
  chosen: string
  /** What happened in talks lately. */
  turns: Turn[]
}

export const nothingYet: Live = {
  connection: 'connecting',
  greeted: false,
  offset: 0,
  hello: null,
  me: null,
  work: [],
  queues: [],
  agents: [],
  day: { calls: 0, talkMs: 0, wrapUpMs: 0, missed: 0, ratings: 0, ratingSum: 0, holdMs: 0, handled: 0, handledMs: 0 },
  told: [],
  staleQueues: false,
  staleAgents: false,
  wish: null,
  otherTab: false,
  gone: null,
  parked: [],
  helps: [],
  notices: [],
  noticesCame: false,
  asks: [],
  alerts: [],
  line: null,
  chosen: '',
  turns: [],
}

function merged<T>(have: T[], news: T[], id: (t: T) => string): T[] {
  const fresh = new Map(news.map((n) => [id(n), n]))
  const out = have.map((h) => {
    const n = fresh.get(id(h))
    fresh.delete(id(h))
    return n ?? h
  })
  return [...out, ...fresh.values()]
}

function withTurns(live: Live, news: Omit<Turn, 'seq'>[]): Live {
  if (news.length === 0) return live
  const seq = live.turns.at(-1)?.seq ?? 0
  return { ...live, turns: [...live.turns, ...news.map((t, i) => ({ ...t, seq: seq + 1 + i }))].slice(-8) }
}

/** Folds one change into what is known. Pure: now is our clock, ms. */
export function applyChange(live: Live, change: Change, now: number): Live {
  switch (change.kind) {
    case 'hello': {
      const hello = change.hello
      if (hello === undefined) return live
      return {
        ...live,
        greeted: true,
        offset: hello.now - now,
        hello,
        me: hello.me,
        work: (hello.work ?? []).map(forDesk),
        day: hello.day,
        // The server says again whether there is another tab.
        told: live.told.filter((t) => t.code !== 'other_tab'),
        staleQueues: true,
        staleAgents: true,
        wish: null,
        otherTab: false,
        gone: null,
        helps: [],
        asks: [],
        alerts: [],
      }
    }
    case 'me':
      return change.me === undefined ? live : { ...live, me: change.me, wish: null }
    case 'work': {
      if (change.work === undefined) return live
      const work = forDesk(change.work)
      const before = live.work.find((w) => w.interaction === work.interaction)
      const now = { ...live, work: merged(live.work, [work], (w) => w.interaction) }
      return before === undefined ? now : withTurns(now, turnsOf(before, work))
    }
    case 'gone': {
      const interaction = change.gone ?? ''
      return {
        ...live,
        work: live.work.filter((w) => w.interaction !== interaction),
        gone: { interaction, why: change.why ?? '' },
        chosen: live.chosen === interaction ? '' : live.chosen,
      }
    }
    case 'queues': {
      const queues = merged(live.staleQueues ? [] : live.queues, change.queues ?? [], (q) => q.queue)
      return { ...live, queues, staleQueues: false }
    }
    case 'agents': {
      const agents = merged(live.staleAgents ? [] : live.agents, change.agents ?? [], (a) => a.agent)
      return { ...live, agents, staleAgents: false }
    }
    case 'parked': {
      const parked = change.parked ?? []
      const late = parked.filter((p) => p.alarm && !live.parked.some((b) => b.interaction === p.interaction && b.alarm))
      return withTurns(
        { ...live, parked },
        late.map((p) => ({ what: 'parkAlarm', parked: p })),
      )
    }
    case 'helps':
      return { ...live, helps: change.helps ?? [] }
    case 'notices':
      return { ...live, notices: change.notices ?? [], noticesCame: true }
    case 'asks':
      return { ...live, asks: change.asks ?? [] }
    case 'alerts':
      return { ...live, alerts: change.alerts ?? [] }
    case 'line':
      return change.line === undefined ? live : { ...live, line: change.line }
    case 'day':
      return change.day === undefined ? live : { ...live, day: change.day }
    case 'notice': {
      if (change.notice === undefined) return live
      const { level, code, text } = change.notice
      const seq = (live.told.at(-1)?.seq ?? 0) + 1
      // The same message again replaces the earlier one.
      const otherTab = live.otherTab || code === 'other_tab'
      return {
        ...live,
        otherTab,
        told: [...live.told.filter((t) => t.code !== code), { seq, level, code, text }].slice(-5),
      }
    }
    default:
      return live
  }
}

/** The interaction that is heard: what talks or rings goes before what is on hold or wrapped up. */
export function heard(live: Live): WorkView | null {
  const order = ['connected', 'interrupted', 'connecting', 'dialing', 'aside', 'offered', 'wrapping_up']
  const rank = (w: WorkView) => {
    const at = order.indexOf(w.phase === 'connected' && (setAside(w) || lineless(w)) ? 'aside' : w.phase)
    return at < 0 ? order.length : at
  }
  return live.work.reduce<WorkView | null>((best, w) => (best === null || rank(w) < rank(best) ? w : best), null)
}

/** The one interaction the call bar is about: the one turned to, else the one that is heard. */
export function inHand(live: Live): WorkView | null {
  return live.work.find((w) => w.interaction === live.chosen) ?? heard(live)
}

/** The status to show: the wish until it is confirmed or refused. */
export function shownStatus(live: Live): { status: string; reason: string; since: number; waiting: boolean } {
  const me = live.me
  if (live.wish !== null) return { ...live.wish, since: 0, waiting: true }
  if (me === null) return { status: 'offline', reason: '', since: 0, waiting: false }
  return { status: me.status, reason: me.reason, since: me.statusSince, waiting: false }
}
