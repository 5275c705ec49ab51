import { Cell, type Value } from '../state/value.ts'
import type { WorkView } from '../wire/desk.gen.ts'
import { type Audio, Line, needsLine, type Ownership } from './line.ts'
import type { PhoneWorld } from './world.ts'

export type Microphone = 'off' | 'asking' | 'on' | 'denied' | 'missing' | 'insecure'

/** What screens show of the phone. */
export interface PhoneState {
  microphone: Microphone
  /** Of the interaction that is heard. */
  audio: Audio
  /** The browser plays nothing before a click. */
  blocked: boolean
}

/** The codes the browser gives for a microphone that cannot be had. */
export function microphoneFault(error: unknown): Microphone {
  const name = error instanceof Error ? error.name : ''
  return name === 'NotAllowedError' || name === 'SecurityError' ? 'denied' : 'missing'
}

/** Who listens only is heard by nobody; the microphone need not send either. */
function listensOnly(work: WorkView): boolean {
  return work.part === 'monitor' && work.parties?.some((p) => p.mine && p.mode === 'listen') === true
}

/**
 * The browser as a phone. It follows the work in hand with a line for each interaction; one of them
 * is heard. The microphone stays open as long as the agent is on duty, so that no call begins with a
 * question.
 */
export class BrowserPhone {
  readonly state: Value<PhoneState>
  private readonly cell = new Cell<PhoneState>({ microphone: 'off', audio: 'none', blocked: false })
  private readonly world: PhoneWorld
  private readonly ask: (interaction: string, sdp: string) => Promise<string>
  private readonly owner: Ownership
  private readonly lines = new Map<string, Line>()
  private stream: MediaStream | null = null
  private opening: Promise<boolean> | null = null
  private focus: WorkView | null = null
  private playing: MediaStream | null = null

  /** ask is connect_phone: the offer out, the answer back. */
  constructor(world: PhoneWorld, ask: (interaction: string, sdp: string) => Promise<string>, owner: Ownership) {
    this.world = world
    this.owner = owner
    this.ask = ask
    this.state = this.cell
  }

  /** The open microphone, for meters. */
  microphoneStream(): MediaStream | null {
    return this.stream
  }

  /** Opens the microphone and keeps it; false: the state says why not. */
  openMicrophone(): Promise<boolean> {
    if (this.live() !== null) return Promise.resolve(true)
    this.opening ??= this.open().finally(() => {
      this.opening = null
    })
    return this.opening
  }

  closeMicrophone(): void {
    if (this.lines.size > 0) return
    for (const track of this.stream?.getTracks() ?? []) track.stop()
    this.stream = null
    this.put({ microphone: 'off' })
  }

  /** Tells the phone what is in hand, and which of it is heard; null: nothing. */
  follow(works: readonly WorkView[], focus: WorkView | null = works[0] ?? null): void {
    this.focus = focus
    const needed = works.filter(needsLine)
    for (const [id, line] of this.lines) {
      if (needed.some((w) => w.interaction === id)) continue
      this.lines.delete(id)
      line.end()
    }
    const track = this.stream?.getAudioTracks()[0]
    if (track !== undefined) track.enabled = focus?.muted !== true
    for (const work of needed) {
      const line = this.lines.get(work.interaction) ?? this.newLine(work)
      line.hush(work.muted === true || work.interaction !== focus?.interaction || listensOnly(work))
      line.follow(work)
    }
    this.show()
    if (needed.length === 0) this.put({ blocked: false })
  }

  /** The connection to the server is back: what was waiting for it goes on. */
  hurry(): void {
    for (const line of this.lines.values()) line.hurry()
  }

  /** After a click the browser lets us play. */
  async unblock(): Promise<void> {
    if (this.playing !== null && (await this.world.play(this.playing))) this.put({ blocked: false })
  }

  private newLine(work: WorkView): Line {
    const line = new Line(
      {
        world: this.world,
        owner: this.owner,
        stream: () => this.live(),
        openMicrophone: () => this.openMicrophone(),
        ask: this.ask,
        changed: () => this.show(),
      },
      work,
    )
    this.lines.set(work.interaction, line)
    return line
  }

  /** Plays and shows the line that is heard. */
  private show(): void {
    const line = this.lines.get(this.focus?.interaction ?? '')
    this.put({ audio: line?.audio ?? 'none' })
    const remote = line?.remote ?? null
    if (remote === this.playing) return
    this.playing = remote
    void this.world.play(remote).then((ok) => {
      if (this.playing === remote && remote !== null) this.put({ blocked: !ok })
    })
  }

  private live(): MediaStream | null {
    return this.stream?.getAudioTracks().some((t) => t.readyState === 'live') === true ? this.stream : null
  }

  private async open(): Promise<boolean> {
    if (!this.world.secure()) {
      this.put({ microphone: 'insecure' })
      return false
    }
    this.put({ microphone: 'asking' })
    try {
      this.stream = await this.world.microphone()
    } catch (error) {
      this.put({ microphone: microphoneFault(error) })
      return false
    }
    for (const track of this.stream.getAudioTracks()) {
      track.enabled = this.focus?.muted !== true
      // A pulled headset ends the track; another one may be there.
      track.onended = () => {
        this.put({ microphone: 'missing' })
        void this.openMicrophone().then((ok) => {
          if (!ok) return
          for (const line of this.lines.values()) line.renew()
        })
      }
    }
    this.put({ microphone: 'on' })
    return true
  }

  private put(change: Partial<PhoneState>): void {
    const now = this.cell.get()
    const next = { ...now, ...change }
    if (next.audio === now.audio && next.blocked === now.blocked && next.microphone === now.microphone) return
    this.cell.set(next)
  }
}
