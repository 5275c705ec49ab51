import type {
  Because,
  CallLine,
  Check,
  Command,
  CommandKind,
  NoticeView,
  Playable,
  Reply,
  Target,
  Targets,
  WorkView,
} from '../wire/desk.gen.ts'
import type { Disposition } from '../wire/model.ts'
import { type DeskSocket, Refused } from '../wire/socket.ts'
import { Drafts, type DraftWorld } from './drafts.ts'
import { type Missing, missing, onHangUp, type Warned } from './ending.ts'
import { applyChange, inHand, type Live, nothingYet } from './live.ts'
import { ownParty } from './talk.ts'
import { Cell } from './value.ts'

const controls: ReadonlySet<CommandKind> = new Set<CommandKind>([
  'hang_up',
  'hold',
  'mute_party',
  'consult',
  'swap',
  'merge',
  'leave',
  'drop_party',
  'transfer',
  'park',
  'pick_up',
  'record',
  'pause_recording',
  'monitor',
  'monitor_end',
  'take_over',
  'play_prompt',
  'stop_prompt',
  'secret',
  'secret_end',
  'abuse',
  'help',
  'help_take',
  'help_say',
  'help_close',
  'more_time',
  'more_time_answer',
])

/** An own action that was refused, to be said to the user. */
export interface Refusal {
  seq: number
  code: string
  message: string
  /** What is to be done before one can become available. */
  because: readonly Because[]
}

/**
 * The desk: what the server told, what the agent asks. Own actions show at once and are taken back
 * when they are refused.
 */
export class Desk {
  readonly live = new Cell<Live>(nothingYet)
  readonly drafts: Drafts
  readonly refusal = new Cell<Refusal | null>(null)
  /** Notices that were put off, by noticeKey; until the page is opened anew. */
  readonly later = new Cell<ReadonlySet<string>>(new Set())
  /** Actions under way, by command and interaction. */
  readonly busy = new Cell<ReadonlySet<string>>(new Set())
  /** The outcomes there are, as far as they were loaded. */
  readonly outcomes = new Cell<readonly Disposition[]>([])
  /** The last warning that something is missing for the end of a talk. */
  readonly warned = new Cell<Warned | null>(null)
  /** Called when the server wants a phone check before the status available. */
  onCheckNeeded: () => void = () => {}
  /** Something else is asked before the shift. */
  onNotReady: () => void = () => {}
  /** Called with the interaction answered here, and when it was not, after all. */
  onAnswer: (interaction: string, here: boolean) => void = () => {}

  private readonly socket: DeskSocket
  private watching = 0
  private line = ''

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
        if (this.line !== '') this.ask({ kind: 'watch_line', queue: this.line }).catch(() => {})
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
    this.live.update((l) => ({ ...l, wish: { status, reason } }))
    return this.act('set_status', { kind: 'set_status', status, reason }, () =>
      this.live.update((l) => ({ ...l, wish: null })),
    )
  }

  accept(interaction: string): Promise<boolean> {
    return this.answering(interaction, this.act(`accept ${interaction}`, { kind: 'accept', interaction }))
  }

  decline(interaction: string): Promise<boolean> {
    return this.act(`decline ${interaction}`, { kind: 'decline', interaction })
  }

  /** reason: why the agent ends first, where the project wants to know. */
  hangUp(interaction: string, reason = ''): Promise<boolean> {
    return this.control('hang_up', interaction, reason === '' ? {} : { reason })
  }

  /** What the talk lacks if it ended now. */
  missing(work: WorkView): Missing[] {
    const draft = this.drafts.all.get()[work.interaction] ?? work
    return missing(work, draft, this.outcomes.get(), this.now())
  }

  /** Whether a talk may be ended at this press. If not, it was said what is missing, or was just being said. */
  mayEnd(work: WorkView): boolean {
    const warned = this.warned.get()
    const means = onHangUp(work, this.missing(work), warned, this.now())
    if (means === 'warn')
      this.warned.set({ seq: (warned?.seq ?? 0) + 1, interaction: work.interaction, at: this.now() })
    return means === 'end'
  }

  mute(interaction: string, on: boolean): Promise<boolean> {
    const put = (muted: boolean) => this.put(interaction, { muted })
    put(on)
    // Who was asked to a talk is one of its parties.
    const own = this.work(interaction)
    const party = own === undefined ? undefined : ownParty(own)?.party
    const command = party === undefined ? { kind: 'mute' as const } : { kind: 'mute_party' as const, party }
    return this.act(`mute ${interaction}`, { ...command, interaction, on }, () => put(!on))
  }

  /** The talk this one is about; the others go on hold with it, at the server. */
  turnTo(interaction: string): void {
    this.live.update((l) => ({ ...l, chosen: interaction }))
  }

  /** Puts the customer, or another party, on hold or takes it back. */
  hold(interaction: string, on: boolean, party = 'customer'): Promise<boolean> {
    const before = this.work(interaction)
    const own = before === undefined ? undefined : ownParty(before)
    if (before !== undefined && party === 'customer') this.put(interaction, { held: on, onHold: on || before.onHold })
    const back = before === undefined ? {} : { held: before.held, onHold: before.onHold }
    if (!on && (party === 'customer' || party === own?.party)) this.turnTo('')
    return this.control('hold', interaction, { on, party }, () => this.put(interaction, back))
  }

  muteParty(interaction: string, party: string, on: boolean): Promise<boolean> {
    return this.control('mute_party', interaction, { on, party })
  }

  dropParty(interaction: string, party: string): Promise<boolean> {
    return this.control('drop_party', interaction, { party })
  }

  /** Asks somebody: privately, or at once with the customer. */
  consult(interaction: string, target: Target, withCustomer = false): Promise<boolean> {
    return this.control('consult', interaction, { target, on: withCustomer })
  }

  transfer(interaction: string, target: Target): Promise<boolean> {
    return this.control('transfer', interaction, { target })
  }

  swap(interaction: string): Promise<boolean> {
    return this.control('swap', interaction)
  }

  merge(interaction: string): Promise<boolean> {
    return this.control('merge', interaction)
  }

  leave(interaction: string): Promise<boolean> {
    return this.control('leave', interaction)
  }

  park(interaction: string): Promise<boolean> {
    return this.control('park', interaction)
  }

  pickUp(interaction: string): Promise<boolean> {
    return this.answering(interaction, this.control('pick_up', interaction))
  }

  record(interaction: string, on: boolean): Promise<boolean> {
    return this.control('record', interaction, { on })
  }

  pauseRecording(interaction: string, on: boolean, reason = ''): Promise<boolean> {
    return this.control('pause_recording', interaction, reason === '' ? { on } : { on, reason })
  }

  /** mode: listen, whisper or barge; another mode while monitoring changes it. */
  monitor(interaction: string, mode: string): Promise<boolean> {
    return this.answering(interaction, this.control('monitor', interaction, { mode }))
  }

  monitorEnd(interaction: string): Promise<boolean> {
    return this.control('monitor_end', interaction)
  }

  takeOver(interaction: string): Promise<boolean> {
    return this.control('take_over', interaction)
  }

  playPrompt(interaction: string, prompt: string): Promise<boolean> {
    return this.control('play_prompt', interaction, { prompt })
  }

  stopPrompt(interaction: string): Promise<boolean> {
    return this.control('stop_prompt', interaction)
  }

  /** Asks for digits that nobody learns; flow takes them. */
  secret(interaction: string, flow: string): Promise<boolean> {
    return this.control('secret', interaction, { flow })
  }

  secretEnd(interaction: string): Promise<boolean> {
    return this.control('secret_end', interaction)
  }

  /** The customer insults the agent; once more ends the call with a farewell, where that is allowed. */
  abuse(interaction: string): Promise<boolean> {
    return this.control('abuse', interaction)
  }

  /** Calls the leaders; word: what it is about. */
  help(interaction: string, word = ''): Promise<boolean> {
    return this.control('help', interaction, word === '' ? {} : { note: word })
  }

  /** A leader cares for a call for help. */
  helpTake(interaction: string): Promise<boolean> {
    return this.control('help_take', interaction)
  }

  helpSay(interaction: string, line: string): Promise<boolean> {
    return this.control('help_say', interaction, { note: line })
  }

  helpClose(interaction: string): Promise<boolean> {
    return this.control('help_close', interaction)
  }

  /** What a customer can be let hear or enter. */
  async playable(): Promise<Playable> {
    const reply = await this.ask({ kind: 'playable' })
    return reply.playable ?? { prompts: [], secrets: [] }
  }

  /** Where calls can be sent now. */
  async targets(): Promise<Targets> {
    const reply = await this.ask({ kind: 'targets' })
    return reply.targets ?? { agents: [], queues: [], entries: [] }
  }

  /** For which queues this agent may call customers. */
  async callLines(): Promise<CallLine[]> {
    const reply = await this.ask({ kind: 'call_lines' })
    return reply.callLines ?? []
  }

  /** Calls a customer, perhaps to answer a message in hand; why not, where it is refused: a code and words. */
  async dial(number: string, queue: string, message = ''): Promise<Refused | null> {
    try {
      const reply = await this.ask({ kind: 'dial', number, queue, interaction: message })
      if (reply.interaction !== undefined) {
        this.turnTo(reply.interaction)
        this.onAnswer(reply.interaction, true)
      }
      return null
    } catch (error) {
      const told = error instanceof Refused ? error : new Refused('internal', String(error))
      if (told.code === 'phone_check_needed') this.onCheckNeeded()
      return told
    }
  }

  /** Calls whoever left a message in hand, which stays there. */
  async callBack(message: string): Promise<void> {
    const why = await this.dial('', '', message)
    if (why !== null && why.code !== 'phone_check_needed') this.refuse(why)
  }

  digits(interaction: string, digits: string): Promise<boolean> {
    return this.act(`digits ${interaction}`, { kind: 'digits', interaction, digits })
  }

  extend(interaction: string): Promise<boolean> {
    return this.act(`extend ${interaction}`, { kind: 'extend_wrap_up', interaction })
  }

  /** Asks the leaders for more wrap-up. */
  moreTime(interaction: string): Promise<boolean> {
    return this.control('more_time', interaction)
  }

  /** A leader's answer to an agent who asks for more wrap-up. */
  answerMoreTime(interaction: string, agent: string, grant: boolean): Promise<boolean> {
    return this.control('more_time_answer', interaction, { target: { kind: 'agent', id: agent }, on: grant })
  }

  /** Puts a task back until then. */
  putBack(interaction: string, at: number, note: string): Promise<boolean> {
    return this.act(`put_back ${interaction}`, { kind: 'put_back', interaction, at, note })
  }

  /** Ends the wrap-up, or a task, with what the draft says. */
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

  /** Says that a notice was read. */
  noticeRead(n: NoticeView): Promise<boolean> {
    return this.act(`notice_read ${n.notice}`, { kind: 'notice_read', notice: n.notice, revision: n.revision })
  }

  /** Confirms a notice; it counts as confirmed when the server has it. */
  noticeConfirm(n: NoticeView): Promise<boolean> {
    return this.act(`notice_confirm ${n.notice}`, { kind: 'notice_confirm', notice: n.notice, revision: n.revision })
  }

  async checkDone(check: Check): Promise<boolean> {
    const kept = await this.act('check_done', { kind: 'check_done', check })
    if (kept) {
      const passed = check.permission && check.microphone && check.speaker && check.loop
      // The server may find the room too loud or the line too bad; then it says so when the agent becomes available.
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

  /** Who waits in a queue follows until the returned function is called. */
  watchLine(queue: string): () => void {
    this.line = queue
    this.ask({ kind: 'watch_line', queue }).catch(() => {}) // hello asks again
    return () => {
      if (this.line !== queue) return
      this.line = ''
      this.ask({ kind: 'watch_line' }).catch(() => {})
    }
  }

  dismiss(seq: number): void {
    this.live.update((l) => ({ ...l, told: l.told.filter((t) => t.seq !== seq) }))
  }

  private work(interaction: string): WorkView | undefined {
    return this.live.get().work.find((w) => w.interaction === interaction)
  }

  private put(interaction: string, change: Partial<WorkView>): void {
    this.live.update((l) => ({
      ...l,
      work: l.work.map((w) => (w.interaction === interaction ? { ...w, ...change } : w)),
    }))
  }

  private async answering(interaction: string, asked: Promise<boolean>): Promise<boolean> {
    this.onAnswer(interaction, true)
    this.turnTo('') // it comes forward by itself
    const agreed = await asked
    if (!agreed && this.work(interaction) === undefined) this.onAnswer(interaction, false)
    return agreed
  }

  private control(
    kind: CommandKind,
    interaction: string,
    more: Partial<Command> = {},
    takeBack: () => void = () => {},
  ): Promise<boolean> {
    const name = [kind, interaction, more.party ?? ''].join(' ').trim()
    return this.act(name, { kind, interaction, ...more }, takeBack)
  }

  private refuse(refused: Refused): void {
    this.refusal.update((r) => ({
      seq: (r?.seq ?? 0) + 1,
      code: refused.code,
      message: refused.message,
      because: refused.because,
    }))
  }

  private async act(name: string, command: Omit<Command, 'id'>, takeBack: () => void = () => {}): Promise<boolean> {
    if (this.busy.get().has(name) && command.kind !== 'digits' && command.kind !== 'mute') return false
    this.busy.update((b) => new Set(b).add(name))
    try {
      await this.ask(command)
      return true
    } catch (error) {
      takeBack()
      const told = error instanceof Refused ? error : new Refused('internal', String(error))
      // A talk that has moved on is no quarrel about what somebody typed.
      const moved = told.code === 'conflict' && controls.has(command.kind)
      const refused = moved ? new Refused('not_now', told.message) : told
      if (refused.because.some((b) => b.code === 'notice')) this.later.set(new Set()) // what was put off is asked again
      if (refused.code === 'not_ready' && refused.because.some((b) => b.code !== 'notice')) this.onNotReady()
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
