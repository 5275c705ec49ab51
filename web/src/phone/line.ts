import type { WorkView } from '../wire/desk.gen.ts'
import { completeOffer, type PeerLike, type PhoneWorld, preferred } from './world.ts'

export type Audio = 'none' | 'connecting' | 'connected' | 'retrying'

/** Which of several tabs a call belongs to: the one it was answered in. */
export interface Ownership {
  mine(interaction: string): boolean
  /** The same person has the desk open somewhere else too. */
  others(): boolean
}

/** What a line needs of its phone. */
export interface LineWorld {
  world: PhoneWorld
  owner: Ownership
  /** The open microphone; null: it is not. */
  stream(): MediaStream | null
  openMicrophone(): Promise<boolean>
  /** connect_phone: the offer out, the answer back. */
  ask(interaction: string, sdp: string): Promise<string>
  /** The line's audio or what can be heard of it is another. */
  changed(): void
}

interface Call {
  peer: PeerLike
  track: MediaStreamTrack
  offer: Promise<string>
  asked: boolean
}

const disconnectedLimit = 1500 // ms of "disconnected" before a new connection is made
const connectLimit = 8000 // ms until a try counts as failed
const slowestRetry = 4000 // ms
const othersHello = 700 // ms in which the server tells of other tabs
const othersReturn = 3000 // ms the tab that had the call has to come back

/** Whether an interaction needs the agent's audio, now or soon. */
export function needsLine(work: WorkView): boolean {
  // A message or a task has nobody on the line.
  return (
    !['voicemail', 'task'].includes(work.channel) &&
    ['offered', 'dialing', 'connecting', 'connected', 'interrupted'].includes(work.phase)
  )
}

/**
 * The audio of one interaction: prepared while an offer rings, connected when the server says so,
 * tried again when the network fails. Each line has its own copy of the microphone, so that who
 * is not talked to just now hears nothing of it.
 */
export class Line {
  audio: Audio = 'none'
  remote: MediaStream | null = null
  private readonly phone: LineWorld
  private work: WorkView
  private call: Call | null = null
  private silent = false
  private tries = 0
  private waitingFor = ''
  private ended = false
  private stopTimer: () => void = () => {}

  constructor(phone: LineWorld, work: WorkView) {
    this.phone = phone
    this.work = work
  }

  /** Whether a connection was asked for. */
  active(): boolean {
    return this.call?.asked === true
  }

  /** Tells the line how its interaction stands. */
  follow(work: WorkView): void {
    const before = this.work
    this.work = work
    if (work.phase === 'offered') {
      if (this.call === null && this.phone.stream() !== null) this.prepare()
      return
    }
    const lost = before.phase === 'connected' && (work.phase === 'interrupted' || work.phase === 'connecting')
    if (!this.active()) this.connectIfOurs()
    else if (lost && this.audio === 'connected') this.again(0)
  }

  /** Nobody hears the agent here while it is silent. */
  hush(silent: boolean): void {
    this.silent = silent
    if (this.call !== null) this.call.track.enabled = !silent
  }

  /** The connection to the server is back: what was waiting for it goes on. */
  hurry(): void {
    if (this.audio === 'retrying') this.again(0)
  }

  /** Another microphone is there. */
  renew(): void {
    if (this.call !== null) this.again(0)
  }

  end(): void {
    this.ended = true
    this.stopTimer()
    this.drop()
    this.put('none')
  }

  private prepare(): Call {
    const stream = this.phone.stream()
    const microphone = stream?.getAudioTracks()[0]
    if (stream === null || microphone === undefined) throw new Error('no microphone')
    const { world } = this.phone
    const peer = world.peer()
    const track = world.copy(microphone)
    track.enabled = !this.silent
    const transceiver = peer.addTransceiver(track, { direction: 'sendrecv', streams: [stream] })
    const codecs = preferred(world.codecs(), this.work.codec)
    if (codecs.length > 0) transceiver.setCodecPreferences(codecs)
    const call: Call = { peer, track, offer: completeOffer(world, peer), asked: false }
    call.offer.catch(() => {}) // told to whoever awaits it
    peer.ontrack = (event) => {
      this.remote = event.streams[0] ?? new MediaStream([event.track])
      this.phone.changed()
    }
    peer.onconnectionstatechange = () => this.connection(call)
    this.call = call
    return call
  }

  private async connect(): Promise<void> {
    if (!(await this.phone.openMicrophone())) return
    if (this.ended || this.active()) return
    const call = this.call ?? this.prepare()
    call.asked = true
    this.put(this.tries === 0 ? 'connecting' : 'retrying')
    this.timer(connectLimit, () => this.again(0))
    try {
      const answer = await this.phone.ask(this.work.interaction, await call.offer)
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
        this.put('connected')
        break
      case 'disconnected':
        this.put('retrying')
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
  private connectIfOurs(): void {
    const { owner } = this.phone
    if (owner.mine(this.work.interaction)) {
      this.waitingFor = ''
      void this.connect()
      return
    }
    if (this.waitingFor === this.work.phase) return
    this.waitingFor = this.work.phase
    this.timer(owner.others() ? othersReturn : othersHello, () => {
      this.waitingFor = ''
      if (this.active() || (owner.others() && this.work.phase !== 'interrupted')) return
      void this.connect()
    })
  }

  /** A new connection for the same call. */
  private again(wait: number): void {
    const { owner } = this.phone
    this.drop()
    this.tries++
    if (!owner.mine(this.work.interaction) && owner.others()) {
      this.put('none') // the other tab has it now
      this.connectIfOurs()
      return
    }
    this.put('retrying')
    this.timer(wait, () => {
      if (this.call === null) void this.connect()
    })
  }

  private drop(): void {
    const call = this.call
    this.call = null
    this.remote = null
    if (call === null) return
    call.peer.onconnectionstatechange = null
    call.peer.ontrack = null
    call.peer.close()
    if (call.track !== this.phone.stream()?.getAudioTracks()[0]) call.track.stop()
    this.phone.changed()
  }

  private timer(ms: number, run: () => void): void {
    this.stopTimer()
    this.stopTimer = this.phone.world.later(ms, run)
  }

  private put(audio: Audio): void {
    this.audio = audio
    this.phone.changed()
  }
}
