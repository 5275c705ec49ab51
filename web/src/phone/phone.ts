import { Cell, type Value } from '../state/value.ts'
import type { WorkView } from '../wire/desk.gen.ts'
import { completeOffer, type PeerLike, type PhoneWorld, preferred } from './world.ts'

export type Microphone = 'off' | 'asking' | 'on' | 'denied' | 'missing' | 'insecure'
export type Audio = 'none' | 'connecting' | 'connected' | 'retrying'

/** What screens show of the phone. */
export interface PhoneState {
  microphone: Microphone
  audio: Audio
  /** The browser plays nothing before a click. */
  blocked: boolean
}

/** Which of several tabs a call belongs to: the one it was answered in. */
export interface Ownership {
  mine(interaction: string): boolean
  /** The same person has the desk open somewhere else too. */
  others(): boolean
}

interface Call {
  interaction: string
  codec: string
  peer: PeerLike
  offer: Promise<string>
  asked: boolean
}

const disconnectedLimit = 1500 // ms of "disconnected" before a new connection is made
const connectLimit = 8000 // ms until a try counts as failed
const slowestRetry = 4000 // ms
const othersHello = 700 // ms in which the server tells of other tabs
const othersReturn = 3000 // ms the tab that had the call has to come back

/** The codes the browser gives for a microphone that cannot be had. */
export function microphoneFault(error: unknown): Microphone {
  const name = error instanceof Error ? error.name : ''
  return name === 'NotAllowedError' || name === 'SecurityError' ? 'denied' : 'missing'
}

/**
 * The browser as a phone. It follows the work in hand: prepares a connection while an offer rings,
 * connects when the server says so, tries again when the network fails, and ends with the call. The
 * microphone stays open as long as the agent is on duty, so that no call begins with a question.
 */
export class BrowserPhone {
  readonly state: Value<PhoneState>
  private readonly cell = new Cell<PhoneState>({ microphone: 'off', audio: 'none', blocked: false })
  private readonly world: PhoneWorld
  private readonly ask: (interaction: string, sdp: string) => Promise<string>
  private stream: MediaStream | null = null
  private opening: Promise<boolean> | null = null
  private call: Call | null = null
  private work: WorkView | null = null
  private tries = 0
  private readonly owner: Ownership
  private waitingFor = ''
  private stopTimer: () => void = () => {}

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
    if (this.live()) return Promise.resolve(true)
    this.opening ??= this.open().finally(() => {
      this.opening = null
    })
    return this.opening
  }

  closeMicrophone(): void {
    if (this.call !== null) return
    for (const track of this.stream?.getTracks() ?? []) track.stop()
    this.stream = null
    this.put({ microphone: 'off' })
  }

  /** Tells the phone what is in hand; null: nothing. */
  follow(work: WorkView | null): void {
    const before = this.work
    this.work = work
    const track = this.stream?.getAudioTracks()[0]
    if (track !== undefined) track.enabled = work?.muted !== true
    if (work === null || !['offered', 'connecting', 'connected', 'interrupted'].includes(work.phase)) {
      this.hangUp()
      return
    }
    if (this.call !== null && this.call.interaction !== work.interaction) this.hangUp()
    if (work.phase === 'offered') {
      if (this.call === null && this.live()) this.prepare(work)
      return
    }
    const wasLost = before?.phase === 'connected' && work.phase === 'interrupted'
    if (this.call?.asked === true && !wasLost) return
    if (wasLost && this.cell.get().audio === 'connected') this.again(0)
    else if (this.call?.asked !== true) this.connectIfOurs(work)
  }

  /** The connection to the server is back: what was waiting for it goes on. */
  hurry(): void {
    if (this.cell.get().audio === 'retrying') this.again(0)
  }

  /** After a click the browser lets us play. */
  async unblock(): Promise<void> {
    if (this.remote !== null && (await this.world.play(this.remote))) this.put({ blocked: false })
  }

  private remote: MediaStream | null = null

  private live(): boolean {
    return this.stream?.getAudioTracks().some((t) => t.readyState === 'live') === true
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
      track.enabled = this.work?.muted !== true
      // A pulled headset ends the track; another one may be there.
      track.onended = () => {
        this.put({ microphone: 'missing' })
        void this.openMicrophone().then((ok) => {
          if (ok && this.call !== null) this.again(0)
        })
      }
    }
    this.put({ microphone: 'on' })
    return true
  }

  private prepare(work: WorkView): Call {
    const stream = this.stream
    const track = stream?.getAudioTracks()[0]
    if (stream === null || track === undefined) throw new Error('no microphone')
    const peer = this.world.peer()
    const transceiver = peer.addTransceiver(track, { direction: 'sendrecv', streams: [stream] })
    const codecs = preferred(this.world.codecs(), work.codec)
    if (codecs.length > 0) transceiver.setCodecPreferences(codecs)
    const call: Call = {
      interaction: work.interaction,
      codec: work.codec,
      peer,
      offer: completeOffer(this.world, peer),
      asked: false,
    }
    call.offer.catch(() => {}) // told to whoever awaits it
    peer.ontrack = (event) => {
      this.remote = event.streams[0] ?? new MediaStream([event.track])
      void this.world.play(this.remote).then((ok) => this.put({ blocked: !ok }))
    }
    peer.onconnectionstatechange = () => this.connection(call)
    this.call = call
    return call
  }

  private async connect(work: WorkView): Promise<void> {
    if (!(await this.openMicrophone())) return
    if (this.work?.interaction !== work.interaction || this.call?.asked === true) return
    const call = this.call ?? this.prepare(work)
    call.asked = true
    this.put({ audio: this.tries === 0 ? 'connecting' : 'retrying' })
    this.timer(connectLimit, () => this.again(0))
    try {
      const answer = await this.ask(call.interaction, await call.offer)
      if (this.call !== call) return
      await call.peer.setRemoteDescription({ type: 'answer', sdp: answer })
    } catch {
      if (this.call === call) this.again(Math.min(slowestRetry, 250 * 2 ** this.tries))
    }
  }

  private connection(call: Call): void {
    if (this.call !== call || !call.asked) return
    switch (call.peer.connectionState) {
      case 'connected':
        this.stopTimer()
        this.tries = 0
        this.put({ audio: 'connected' })
        break
      case 'disconnected':
        this.put({ audio: 'retrying' })
        this.timer(disconnectedLimit, () => this.again(0))
        break
      case 'failed':
        this.again(0)
        break
    }
  }

  /**
   * A call answered here is connected at once. Another one may be in another tab: only when nobody
   * else has the desk open, or the one who had it does not come back, it is taken over.
   */
  private connectIfOurs(work: WorkView): void {
    if (this.owner.mine(work.interaction)) {
      this.waitingFor = ''
      void this.connect(work)
      return
    }
    const what = `${work.interaction} ${work.phase}`
    if (this.waitingFor === what) return
    this.waitingFor = what
    this.timer(this.owner.others() ? othersReturn : othersHello, () => {
      this.waitingFor = ''
      const now = this.work
      if (now === null || now.interaction !== work.interaction || this.call?.asked === true) return
      if (this.owner.others() && now.phase !== 'interrupted') return
      void this.connect(now)
    })
  }

  /** A new connection for the same call, as long as it is in hand. */
  private again(wait: number): void {
    this.drop()
    this.tries++
    const lost = this.work
    if (lost !== null && !this.owner.mine(lost.interaction) && this.owner.others()) {
      this.put({ audio: 'none' }) // the other tab has it now
      this.connectIfOurs(lost)
      return
    }
    this.put({ audio: 'retrying' })
    this.timer(wait, () => {
      const work = this.work
      if (work !== null && this.call === null) void this.connect(work)
    })
  }

  private hangUp(): void {
    this.stopTimer()
    this.waitingFor = ''
    this.tries = 0
    this.drop()
    this.put({ audio: 'none', blocked: false })
  }

  private drop(): void {
    const call = this.call
    this.call = null
    this.remote = null
    if (call === null) return
    call.peer.onconnectionstatechange = null
    call.peer.ontrack = null
    call.peer.close()
    void this.world.play(null)
  }

  private timer(ms: number, run: () => void): void {
    this.stopTimer()
    this.stopTimer = this.world.later(ms, run)
  }

  private put(change: Partial<PhoneState>): void {
    this.cell.update((s) => ({ ...s, ...change }))
  }
}
