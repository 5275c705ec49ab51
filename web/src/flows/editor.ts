import { Cell } from '../state/value.ts'
import { ApiError, type Said } from '../wire/http.ts'
import { arrange, crowded } from './arrange.ts'
import { type Difference, difference } from './difference.ts'
import { type History, record, redo, startHistory, undo } from './history.ts'
import { asProgram, freshProgram, type Kinds, moveNodes, type Program } from './program.ts'

/** A flow as the server keeps it. */
export interface Stored {
  id: string
  key: string
  name: string
  program: unknown
  version: number
  draft?: unknown
  draftBy?: string
  revision: number
}

export interface Problem extends Said {
  node?: string
  field?: string
  /** The flow can be published all the same. */
  warning?: boolean
}

/** Those that keep the flow from being published. */
export const grave = (problems: readonly Problem[]) => problems.filter((p) => p.warning !== true)

export type Saving = 'saved' | 'waiting' | 'sending' | 'failed' | 'conflict'

export interface EditorState {
  flow: Stored
  program: Program
  /** What is published, for the comparison. */
  published: Program
  selected: readonly string[]
  /** The field a problem's link leads to; empty: none. */
  field: string
  problems: readonly Problem[]
  /** The problems are those of the present program. */
  checked: boolean
  saving: Saving
  /** What somebody else saved meanwhile, while saving is conflict. */
  theirs: { flow: Stored; program: Program; differences: Difference[] } | null
  canUndo: boolean
  canRedo: boolean
}

/** What the editor needs of the world. */
export interface World {
  check(program: Program): Promise<Problem[]>
  save(revision: number, program: Program): Promise<Stored>
  load(): Promise<Stored>
  now(): number
  /** Calls once after so many ms; the answer takes it back. */
  later(ms: number, run: () => void): () => void
}

const saveAfter = 2000 // ms without a change
const checkAfter = 500

const drawn = (value: unknown, kinds: Kinds): Program => {
  const p = asProgram(value) ?? freshProgram()
  return crowded(p, kinds) ? moveNodes(p, arrange(p, kinds)) : p
}

/** One flow being worked on: its program, what can be undone, and how far it is saved. */
export class Editor {
  readonly state: Cell<EditorState>
  private history: History<Program>
  private readonly kinds: Kinds
  private readonly world: World
  private stopSave: (() => void) | null = null
  private stopCheck: (() => void) | null = null
  private running: Promise<void> | null = null
  private ended = false

  constructor(flow: Stored, kinds: Kinds, world: World) {
    this.kinds = kinds
    this.world = world
    const program = drawn(flow.draft ?? flow.program, kinds)
    this.history = startHistory(program)
    this.state = new Cell<EditorState>({
      flow,
      program,
      published: asProgram(flow.program) ?? freshProgram(),
      selected: [],
      field: '',
      problems: [],
      checked: false,
      saving: 'saved',
      theirs: null,
      canUndo: false,
      canRedo: false,
    })
    this.checkSoon(0)
  }

  /** Changes with one tag within a second are undone as one; an empty tag is one by itself. */
  change(next: Program, tag = '', selected?: readonly string[]): void {
    this.follow(record(this.history, next, tag, this.world.now()), selected)
  }

  undo(): void {
    this.follow(undo(this.history))
  }

  redo(): void {
    this.follow(redo(this.history))
  }

  select(ids: readonly string[], field = ''): void {
    const { selected, field: before } = this.state.get()
    const unchanged = ids.length === selected.length && ids.every((id) => selected.includes(id))
    if (!unchanged || before !== field) this.put({ selected: unchanged ? selected : ids, field })
  }

  /** Saves at once what is not saved yet; resolves when nothing is left to send. */
  async flush(): Promise<void> {
    this.stopSave?.()
    this.stopSave = null
    if (this.running !== null) await this.running
    const { saving } = this.state.get()
    if (saving === 'waiting' || saving === 'failed') await this.save()
  }

  /** Ends a conflict: what is here is saved over theirs, or theirs is taken; undo brings ours back. */
  async settle(keep: 'mine' | 'theirs'): Promise<void> {
    const { theirs } = this.state.get()
    if (theirs === null) return
    this.put({ flow: theirs.flow, published: asProgram(theirs.flow.program) ?? freshProgram(), theirs: null })
    if (keep === 'mine') {
      this.put({ saving: 'waiting' })
      await this.flush()
    } else {
      this.history = record(this.history, theirs.program, '', this.world.now())
      this.show([])
      this.put({ saving: 'saved' })
    }
  }

  /** The server has another state of the flow, made by an action of ours. */
  adopt(flow: Stored, program?: Program): void {
    this.put({ flow, published: asProgram(flow.program) ?? freshProgram(), saving: 'saved' })
    if (program !== undefined && !Object.is(program, this.history.now)) {
      this.history = record(this.history, program, '', this.world.now())
      this.show()
    }
  }

  end(): void {
    this.stopCheck?.()
    void this.flush()
    this.ended = true
  }

  private put(part: Partial<EditorState>): void {
    this.state.update((s) => ({ ...s, ...part }))
  }

  private follow(next: History<Program>, selected?: readonly string[]): void {
    if (Object.is(next.now, this.history.now)) {
      if (selected !== undefined) this.select(selected)
      return
    }
    this.history = next
    this.show(selected)
    if (this.state.get().saving === 'conflict') return
    this.put({ saving: this.running === null ? 'waiting' : 'sending' })
    this.saveSoon(saveAfter)
  }

  private show(selected = this.state.get().selected): void {
    const { now, past, future } = this.history
    this.put({
      program: now,
      selected: selected.filter((id) => now.nodes[id] !== undefined),
      checked: false,
      canUndo: past.length > 0,
      canRedo: future.length > 0,
    })
    this.checkSoon(checkAfter)
  }

  private saveSoon(ms: number): void {
    this.stopSave?.()
    this.stopSave = this.world.later(ms, () => {
      this.stopSave = null
      void this.save()
    })
  }

  private async save(): Promise<void> {
    if (this.running !== null) return this.running
    const { saving, flow } = this.state.get()
    if (saving === 'conflict') return
    const sent = this.history.now
    this.put({ saving: 'sending' })
    this.running = this.send(sent, flow.revision)
    await this.running
    this.running = null
    if (this.state.get().saving !== 'sending') return
    const late = !Object.is(this.history.now, sent)
    this.put({ saving: late ? 'waiting' : 'saved' })
    if (late) this.saveSoon(this.ended ? 0 : saveAfter)
  }

  private async send(program: Program, revision: number): Promise<void> {
    try {
      this.put({ flow: await this.world.save(revision, program) })
    } catch (problem) {
      if (problem instanceof ApiError && problem.status === 409) await this.compare()
      else {
        this.put({ saving: 'failed' })
        if (!this.ended) this.saveSoon(10_000)
      }
    }
  }

  private async compare(): Promise<void> {
    try {
      const flow = await this.world.load()
      const program = drawn(flow.draft ?? flow.program, this.kinds)
      const differences = difference(program, this.history.now)
      this.put({ saving: 'conflict', theirs: { flow, program, differences } })
    } catch {
      this.put({ saving: 'failed' })
      if (!this.ended) this.saveSoon(10_000)
    }
  }

  private checkSoon(ms: number): void {
    this.stopCheck?.()
    this.stopCheck = this.world.later(ms, () => void this.check())
  }

  private async check(): Promise<void> {
    const program = this.history.now
    try {
      const problems = await this.world.check(program)
      if (Object.is(program, this.history.now)) this.put({ problems, checked: true })
    } catch {
      this.put({ checked: false }) // the next change asks again
    }
  }
}
