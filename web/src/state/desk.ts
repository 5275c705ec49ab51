import type { Check, Command, Reply, WorkView } from '../wire/desk.gen.ts'
import { type DeskSocket, Refused } from '../wire/socket.ts'
import { Drafts, type DraftWorld } from './drafts.ts'
import { applyChange, inHand, type Live, nothingYet } from './live.ts'
import { Cell } from './value.ts'

/** An own action that was refused, to be said to the user. */
export interface Refusal {
  seq: number
  code: string
  message: string
}

/**
 * The desk: what the server told, what the agent asks. Own actions show at once and are taken back
 * when they are refused.
 */
export class Desk {
  readonly live = new Cell<Live>(nothingYet)
  readonly drafts: Drafts
  readonly refusal = new Cell<Refusal | null>(null)
  /** Actions under way, by command and interaction. */
  readonly busy = new Cell<ReadonlySet<string>>(new Set())
  /** Called when the server wants a phone check before the status available. */
  onCheckNeeded: () => void = () => {}
  /** Called with the interaction answered here; empty: it was not, after all. */
  onAnswer: (interaction: string) => void = () => {}

  private readonly socket: DeskSocket
  private watching = 0

  constructor(socket: DeskSocket, world: Omit<DraftWorld, 'save'>, now: () => number = Date.now) {
    this.socket = socket
    this.drafts = new Drafts({
      ...world,
      save: (interaction, disposition, note) => socket.send({ kind: 'save_draft', interaction, disposition, note }),
    })
    socket.onConnection = (connection) => {
      this.live.update((l) => ({ ...l, connection }))
    }
    socket.onChange = (change) => {
      this.live.update((l) => applyChange(l, change, now()))
      const work = this.live.get().work
      if (change.kind === 'hello') {
        this.busy.set(new Set())
        if (this.watching > 0) this.ask({ kind: 'watch_board' }).catch(() => {})
      }
      if (change.kind === 'hello' || change.kind === 'work' || change.kind === 'gone') {
        for (const w of work) this.drafts.begin(w.interaction, w.disposition, w.note)
        this.drafts.keepOnly(work.map((w) => w.interaction))
      }
    }
  }

  start(): void {
    this.socket.start()
  }

  stop(): void {
    this.socket.stop()
    this.live.set(nothingYet)
  }

  /** The server's clock, ms. */
  now(): number {
    return Date.now() + this.live.get().offset
  }

  inHand(): WorkView | null {
    return inHand(this.live.get())
  }

  ask(command: Omit<Command, 'id'>): Promise<Reply> {
    return this.socket.send(command)
  }

  roundTrip(): Promise<number> {
    return this.socket.roundTrip()
  }

  /** True when the server agreed. */
  async setStatus(status: string, reason = ''): Promise<boolean> {
    const live = this.live.get()
    if (status === 'available' && live.hello?.phone === 'browser' && !live.hello.checkValid) {
      this.onCheckNeeded()
      return false
    }
    this.live.update((l) => ({ ...l, wish: { status, reason } }))
    return this.act('set_status', { kind: 'set_status', status, reason }, () =>
      this.live.update((l) => ({ ...l, wish: null })),
    )
  }

  accept(interaction: string): Promise<boolean> {
    this.onAnswer(interaction)
    return this.act(`accept ${interaction}`, { kind: 'accept', interaction }, () => this.onAnswer(''))
  }

  decline(interaction: string): Promise<boolean> {
    return this.act(`decline ${interaction}`, { kind: 'decline', interaction })
  }

  hangUp(interaction: string): Promise<boolean> {
    return this.act(`hang_up ${interaction}`, { kind: 'hang_up', interaction })
  }

  mute(interaction: string, on: boolean): Promise<boolean> {
    const put = (muted: boolean) =>
      this.live.update((l) => ({
        ...l,
        work: l.work.map((w) => (w.interaction === interaction ? { ...w, muted } : w)),
      }))
    put(on)
    return this.act(`mute ${interaction}`, { kind: 'mute', interaction, on }, () => put(!on))
  }

  digits(interaction: string, digits: string): Promise<boolean> {
    return this.act(`digits ${interaction}`, { kind: 'digits', interaction, digits })
  }

  extend(interaction: string): Promise<boolean> {
    return this.act(`extend ${interaction}`, { kind: 'extend_wrap_up', interaction })
  }

  /** Ends the wrap-up with what the draft says. */
  finish(interaction: string): Promise<boolean> {
    const draft = this.drafts.all.get()[interaction]
    const work = this.live.get().work.find((w) => w.interaction === interaction)
    if (work?.dispositionRequired === true && (draft?.disposition ?? '') === '') {
      this.refuse(new Refused('disposition_needed', 'Choose an outcome to finish.'))
      return Promise.resolve(false)
    }
    return this.act(`finish ${interaction}`, {
      kind: 'finish',
      interaction,
      disposition: draft?.disposition ?? '',
      note: draft?.note ?? '',
    })
  }

  async checkDone(check: Check): Promise<boolean> {
    const kept = await this.act('check_done', { kind: 'check_done', check })
    if (kept) {
      const passed = check.permission && check.microphone && check.speaker && check.loop
      this.live.update((l) => (l.hello === null ? l : { ...l, hello: { ...l.hello, checkValid: passed } }))
    }
    return kept
  }

  /** Queues and agents follow until the returned function is called. */
  watchBoard(): () => void {
    this.watching++
    if (this.watching === 1) this.ask({ kind: 'watch_board' }).catch(() => {}) // hello asks again
    return () => {
      this.watching--
      if (this.watching === 0) this.ask({ kind: 'unwatch_board' }).catch(() => {})
    }
  }

  dismiss(seq: number): void {
    this.live.update((l) => ({ ...l, told: l.told.filter((t) => t.seq !== seq) }))
  }

  private refuse(refused: Refused): void {
    this.refusal.update((r) => ({ seq: (r?.seq ?? 0) + 1, code: refused.code, message: refused.message }))
  }

  private async act(name: string, command: Omit<Command, 'id'>, takeBack: () => void = () => {}): Promise<boolean> {
    if (this.busy.get().has(name) && command.kind !== 'digits' && command.kind !== 'mute') return false
    this.busy.update((b) => new Set(b).add(name))
    try {
      await this.ask(command)
      return true
    } catch (error) {
      takeBack()
      const refused = error instanceof Refused ? error : new Refused('internal', String(error))
      if (refused.code === 'phone_check_needed') this.onCheckNeeded()
      else this.refuse(refused)
      return false
    } finally {
      this.busy.update((b) => {
        const next = new Set(b)
        next.delete(name)
        return next
      })
    }
  }
}
