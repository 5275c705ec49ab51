import { Cell } from './value.ts'

/** What an agent has typed about an interaction. */
export interface Draft {
  disposition: string
  note: string
  /** Not yet kept by the server. */
  dirty: boolean
}

/** What drafts need of the world. */
export interface DraftWorld {
  save(interaction: string, disposition: string, note: string): Promise<unknown>
  later(ms: number, run: () => void): () => void
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | null
}

const waitToSave = 1500 // ms after the last key; the promise is 5 s
const waitToRetry = 3000 // ms
const key = 'linekeeper.drafts'

/**
 * What is typed survives: each key goes to the browser's storage at once and to the server a moment
 * later, again after a refusal or loss until it is kept.
 */
export class Drafts {
  readonly all = new Cell<Readonly<Record<string, Draft>>>({})
  private readonly world: DraftWorld
  private timers = new Map<string, () => void>()

  constructor(world: DraftWorld) {
    this.world = world
    try {
      const kept = JSON.parse(world.storage?.getItem(key) ?? '{}') as Record<string, Draft>
      this.all.set(kept)
    } catch {
      // Somebody else's or broken: begin with none.
    }
  }

  /** Takes over what the server knows, unless something newer was typed here. */
  begin(interaction: string, disposition: string, note: string): void {
    const have = this.all.get()[interaction]
    if (have?.dirty === true) {
      this.plan(interaction, 0)
      return
    }
    if (have !== undefined && have.disposition === disposition && have.note === note) return
    this.put(interaction, { disposition, note, dirty: false })
  }

  edit(interaction: string, change: Partial<Pick<Draft, 'disposition' | 'note'>>): void {
    const have = this.all.get()[interaction] ?? { disposition: '', note: '', dirty: false }
    this.put(interaction, { ...have, ...change, dirty: true })
    this.plan(interaction, waitToSave)
  }

  /** Saves now, for instance when the field loses the focus. */
  flush(interaction: string): void {
    if (this.all.get()[interaction]?.dirty === true) this.plan(interaction, 0)
  }

  /** Saves all that is not kept yet, after the connection came back. */
  flushAll(): void {
    for (const interaction of Object.keys(this.all.get())) this.flush(interaction)
  }

  /** Keeps only drafts of these interactions: the others are finished. */
  keepOnly(interactions: string[]): void {
    const all = this.all.get()
    const next = Object.fromEntries(Object.entries(all).filter(([id]) => interactions.includes(id)))
    if (Object.keys(next).length === Object.keys(all).length) return
    for (const [id, stop] of this.timers) {
      if (next[id] === undefined) stop()
    }
    this.all.set(next)
    this.store()
  }

  private plan(interaction: string, wait: number): void {
    this.timers.get(interaction)?.()
    this.timers.set(
      interaction,
      this.world.later(wait, () => this.save(interaction)),
    )
  }

  private async save(interaction: string): Promise<void> {
    const draft = this.all.get()[interaction]
    if (draft === undefined || !draft.dirty) return
    try {
      await this.world.save(interaction, draft.disposition, draft.note)
    } catch {
      this.plan(interaction, waitToRetry)
      return
    }
    // More may have been typed meanwhile; that has its own timer.
    const now = this.all.get()[interaction]
    if (now === draft) this.put(interaction, { ...draft, dirty: false })
  }

  private put(interaction: string, draft: Draft): void {
    this.all.set({ ...this.all.get(), [interaction]: draft })
    this.store()
  }

  private store(): void {
    try {
      this.world.storage?.setItem(key, JSON.stringify(this.all.get()))
    } catch {
      // Full or forbidden storage: the server has it a moment later.
    }
  }
}
