// Past calls played through the program that is drawn, page by page at the server.
import { Cell } from '../state/value.ts'
import type { components } from '../wire/api.gen.ts'
import type { Camel } from '../wire/case.ts'
import { ApiError, request } from '../wire/http.ts'
import type { Program } from './program.ts'

type Answer = Camel<components['schemas']['FlowReplayed']>
export type Replayed = Omit<Answer, 'cursor' | 'upTo' | '$schema'>
export type Ends = Replayed['was']

export interface Period {
  from: Date
  to: Date
}

/** The whole days before today, on the clock of this machine. */
export function lastDays(days: number, now = new Date()): Period {
  const to = new Date(now.getFullYear(), now.getMonth(), now.getDate())
  return { from: new Date(to.getFullYear(), to.getMonth(), to.getDate() - days), to }
}

const most = 500 // changes that are listed

const ends = (): Ends => ({
  contained: 0,
  queued: 0,
  closed: 0,
  promised: 0,
  sent: 0,
  gone: 0,
  byQueue: {},
  seconds: 0,
})

export const nothing = (): Replayed => ({
  calls: 0,
  unknown: 0,
  unknownAt: {},
  unknownWhy: {},
  guessed: 0,
  was: ends(),
  now: ends(),
  different: 0,
  changes: [],
})

function joined(a: Record<string, number>, b: Record<string, number>): Record<string, number> {
  const all = { ...a }
  for (const [key, n] of Object.entries(b)) all[key] = (all[key] ?? 0) + n
  return all
}

const sum = (a: Ends, b: Ends): Ends => ({
  contained: a.contained + b.contained,
  queued: a.queued + b.queued,
  closed: a.closed + b.closed,
  promised: a.promised + b.promised,
  sent: a.sent + b.sent,
  gone: a.gone + b.gone,
  byQueue: joined(a.byQueue, b.byQueue),
  seconds: a.seconds + b.seconds,
})

/** What came of all the pages so far. */
export const added = (a: Replayed, b: Replayed): Replayed => ({
  calls: a.calls + b.calls,
  unknown: a.unknown + b.unknown,
  unknownAt: joined(a.unknownAt, b.unknownAt),
  unknownWhy: joined(a.unknownWhy, b.unknownWhy),
  guessed: a.guessed + b.guessed,
  was: sum(a.was, b.was),
  now: sum(a.now, b.now),
  different: a.different + b.different,
  changes: [...a.changes, ...b.changes].slice(0, most),
})

/** A line of the comparison: how many it was and would be. */
export interface Line {
  name: 'contained' | 'queued' | 'closed' | 'promised' | 'sent' | 'gone' | 'queue'
  queue?: string
  was: number
  now: number
}

export function linesOf({ was, now }: Replayed): Line[] {
  const names = (['contained', 'queued', 'closed', 'promised', 'sent', 'gone'] as const).filter(
    (n) => n === 'contained' || n === 'queued' || was[n] + now[n] > 0,
  )
  const queues = [...new Set([...Object.keys(was.byQueue), ...Object.keys(now.byQueue)])].sort()
  return [
    ...names.map((name): Line => ({ name, was: was[name], now: now[name] })),
    ...queues.map(
      (queue): Line => ({
        name: 'queue',
        queue,
        was: was.byQueue[queue] ?? 0,
        now: now.byQueue[queue] ?? 0,
      }),
    ),
  ]
}

/** Seconds in the flow of one call; 0: there are none. */
export const meanSeconds = (r: Replayed, side: 'was' | 'now'): number =>
  r.calls === r.unknown ? 0 : r[side].seconds / (r.calls - r.unknown)

export interface ReplayState {
  running: boolean
  /** Of the period, from 0 to 1. */
  done: number
  /** What came of the calls so far; null: none were played yet. */
  result: Replayed | null
  error: ApiError | null
}

export type Page = (program: Program, period: Period, cursor: string) => Promise<Answer>

const atServer =
  (flow: string): Page =>
  (program, { from, to }, cursor) =>
    request<Answer>(
      'POST',
      `/flows/${encodeURIComponent(flow)}/replay`,
      {},
      {
        program,
        from: from.toISOString(),
        to: to.toISOString(),
        ...(cursor === '' ? {} : { cursor }),
      },
    )

/** Plays past calls; one at a time, and it can be stopped. */
export class Replay {
  readonly state = new Cell<ReplayState>({ running: false, done: 0, result: null, error: null })
  private readonly page: Page
  private turn = 0

  constructor(flow: string, page: Page = atServer(flow)) {
    this.page = page
  }

  async run(program: Program, period: Period): Promise<void> {
    this.turn++
    const turn = this.turn
    const span = period.to.getTime() - period.from.getTime()
    this.state.set({ running: true, done: 0, result: null, error: null })
    let result = nothing()
    try {
      for (let cursor = ''; ; ) {
        const { cursor: next, upTo, ...part } = await this.page(program, period, cursor)
        if (turn !== this.turn) return
        result = added(result, part)
        const done = next === '' ? 1 : Math.min(1, (new Date(upTo).getTime() - period.from.getTime()) / span)
        this.state.set({ running: next !== '', done, result, error: null })
        if (next === '') return
        cursor = next
      }
    } catch (problem) {
      const error = problem instanceof ApiError ? problem : new ApiError(500, 'internal', '', [], 0)
      if (turn === this.turn) this.state.update((s) => ({ ...s, running: false, error }))
    }
  }

  /** What has come so far stays. */
  stop(): void {
    this.turn++
    this.state.update((s) => ({ ...s, running: false }))
  }
}
