import { expect, test } from 'vitest'
import type { PartyView, WorkView } from '../wire/desk.gen.ts'
import { decibels, lineOf, loudness, roomNoise, toneAbove } from './check.ts'
import { BrowserPhone, microphoneFault } from './phone.ts'
import { type PeerLike, type PhoneWorld, preferred } from './world.ts'

class FakePeer implements PeerLike {
  connectionState = 'new'
  iceGatheringState = 'gathering'
  localDescription: { sdp: string } | null = null
  onconnectionstatechange: (() => void) | null = null
  onicegatheringstatechange: (() => void) | null = null
  ontrack: PeerLike['ontrack'] = null
  codecs: RTCRtpCodec[] = []
  answer = ''
  closed = false
  addTransceiver() {
    return {
      setCodecPreferences: (codecs: RTCRtpCodec[]) => {
        this.codecs = codecs
      },
    }
  }
  createOffer() {
    return Promise.resolve({ type: 'offer', sdp: 'bare' })
  }
  async setLocalDescription() {
    this.localDescription = { sdp: 'offer' }
  }
  async setRemoteDescription(answer: { sdp: string }) {
    this.answer = answer.sdp
  }
  async getStats() {
    return new Map()
  }
  close() {
    this.closed = true
  }
  gathered() {
    this.iceGatheringState = 'complete'
    this.onicegatheringstatechange?.()
  }
  becomes(state: string) {
    this.connectionState = state
    this.onconnectionstatechange?.()
  }
}

const codec = (mimeType: string, clockRate: number) => ({ mimeType, clockRate }) as RTCRtpCodec
const all = [
  codec('audio/opus', 48000),
  codec('audio/PCMU', 8000),
  codec('audio/PCMA', 8000),
  codec('audio/telephone-event', 48000),
  codec('audio/telephone-event', 8000),
]

const settle = async () => {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}

function world(
  options: {
    secure?: boolean
    microphone?: () => Promise<MediaStream>
    mine?: boolean
    others?: boolean
    copy?: (t: MediaStreamTrack) => MediaStreamTrack
  } = {},
) {
  const peers: FakePeer[] = []
  const timers: { ms: number; run: () => void; stopped: boolean }[] = []
  const asked: string[][] = []
  let refuse = 0
  const track = { readyState: 'live', enabled: true, stop() {}, onended: null as (() => void) | null }
  const stream = { getAudioTracks: () => [track], getTracks: () => [track] } as unknown as MediaStream
  let microphones = 0
  const w: PhoneWorld = {
    secure: () => options.secure !== false,
    async microphone() {
      microphones++
      return options.microphone === undefined ? stream : options.microphone()
    },
    copy: (t) => options.copy?.(t) ?? t,
    peer() {
      const p = new FakePeer()
      peers.push(p)
      return p
    },
    codecs: () => all,
    play: async () => true,
    later(ms, run) {
      const t = { ms, run, stopped: false }
      timers.push(t)
      return () => {
        t.stopped = true
      }
    },
  }
  const owner = { mine: () => options.mine !== false, others: () => options.others === true }
  const phone = new BrowserPhone(
    w,
    async (interaction, sdp) => {
      asked.push([interaction, sdp])
      if (refuse-- > 0) throw new Error('refused')
      return 'answer'
    },
    owner,
  )
  const fire = async (ms: number) => {
    const t = timers.find((x) => !x.stopped && x.ms === ms)
    if (t === undefined) throw new Error(`no timer of ${ms} ms`)
    t.stopped = true
    t.run()
    await settle()
  }
  return {
    phone,
    peers,
    asked,
    track,
    fire,
    microphones: () => microphones,
    refuseNext: (n: number) => {
      refuse = n
    },
  }
}

const work = (phase: string, more: Partial<WorkView> = {}) =>
  ({ interaction: 'i', phase, codec: 'PCMA', muted: false, ...more }) as WorkView

test('only the codec of the trunk and the keys are offered', () => {
  expect(preferred(all, 'PCMA').map((c) => `${c.mimeType}/${c.clockRate}`)).toEqual([
    'audio/PCMA/8000',
    'audio/telephone-event/8000',
  ])
  expect(preferred(all, 'opus').map((c) => `${c.mimeType}/${c.clockRate}`)).toEqual([
    'audio/opus/48000',
    'audio/telephone-event/48000',
  ])
  expect(preferred(all, 'G729')).toEqual([])
})

test('an offer that rings is prepared; accepting only sends it', async () => {
  const w = world()
  await w.phone.openMicrophone()
  w.phone.follow([work('offered')])
  await settle()
  w.peers[0]?.gathered()
  await settle()
  expect(w.asked).toEqual([])
  w.phone.follow([work('connecting')])
  await settle()
  expect(w.peers).toHaveLength(1)
  expect(w.asked).toEqual([['i', 'offer']])
  expect(w.peers[0]?.answer).toBe('answer')
  expect(w.peers[0]?.codecs.map((c) => c.mimeType)).toEqual(['audio/PCMA', 'audio/telephone-event'])
  w.peers[0]?.becomes('connected')
  expect(w.phone.state.get().audio).toBe('connected')
})

test('a browser that gathers for too long sends what it has', async () => {
  const w = world()
  w.phone.follow([work('connecting')])
  await settle()
  expect(w.asked).toEqual([])
  await w.fire(300)
  expect(w.asked).toEqual([['i', 'offer']])
})

test('after a reload the call in hand is connected again by itself', async () => {
  const w = world()
  w.phone.follow([work('interrupted')])
  await settle()
  w.peers[0]?.gathered()
  await settle()
  expect(w.asked).toHaveLength(1)
  expect(w.microphones()).toBe(1)
})

test('a failed connection is replaced by a new one', async () => {
  const w = world()
  w.phone.follow([work('connected')])
  await settle()
  w.peers[0]?.gathered()
  await settle()
  w.peers[0]?.becomes('connected')
  w.peers[0]?.becomes('failed')
  expect(w.phone.state.get().audio).toBe('retrying')
  expect(w.peers[0]?.closed).toBe(true)
  await w.fire(0)
  w.peers[1]?.gathered()
  await settle()
  expect(w.asked).toHaveLength(2)
  w.peers[1]?.becomes('connected')
  expect(w.phone.state.get().audio).toBe('connected')
})

test('a short disconnection is given time to heal', async () => {
  const w = world()
  w.phone.follow([work('connected')])
  await settle()
  w.peers[0]?.gathered()
  await settle()
  w.peers[0]?.becomes('connected')
  w.peers[0]?.becomes('disconnected')
  expect(w.peers[0]?.closed).toBe(false)
  w.peers[0]?.becomes('connected')
  expect(w.phone.state.get().audio).toBe('connected')
  w.peers[0]?.becomes('disconnected')
  await w.fire(1500)
  await w.fire(0)
  expect(w.peers).toHaveLength(2)
})

test('a refusal is tried again while the call is in hand, and not after', async () => {
  const w = world()
  w.refuseNext(1)
  w.phone.follow([work('connecting')])
  await settle()
  w.peers[0]?.gathered()
  await settle()
  await w.fire(250)
  w.peers[1]?.gathered()
  await settle()
  expect(w.asked).toHaveLength(2)
  w.phone.follow([])
  expect(w.peers[1]?.closed).toBe(true)
  expect(w.phone.state.get().audio).toBe('none')
})

test('wrap-up ends the audio, the microphone stays open', async () => {
  const w = world()
  await w.phone.openMicrophone()
  w.phone.follow([work('connecting')])
  await settle()
  w.phone.follow([work('wrapping_up')])
  expect(w.peers[0]?.closed).toBe(true)
  expect(w.phone.state.get().microphone).toBe('on')
})

test('a call answered in another tab is left to it, and taken over when that tab is gone', async () => {
  const w = world({ mine: false, others: true })
  w.phone.follow([work('connecting')])
  await settle()
  await w.fire(3000)
  w.phone.follow([work('connected')])
  await w.fire(3000)
  expect(w.peers).toHaveLength(0)
  w.phone.follow([work('interrupted')])
  await w.fire(3000)
  w.peers[0]?.gathered()
  await settle()
  expect(w.asked).toHaveLength(1)
  // The other tab comes back and takes its call: this one does not fight for it.
  w.peers[0]?.becomes('connected')
  w.phone.follow([work('connected')])
  w.peers[0]?.becomes('failed')
  await w.fire(3000)
  expect(w.asked).toHaveLength(1)
  expect(w.phone.state.get().audio).toBe('none')
})

test('a call in hand that was answered by a tab now closed is connected when there is no other', async () => {
  const w = world({ mine: false, others: false })
  w.phone.follow([work('connected')])
  await settle()
  expect(w.peers).toHaveLength(0)
  await w.fire(700)
  w.peers[0]?.gathered()
  await settle()
  expect(w.asked).toHaveLength(1)
})

test('mute silences the track at once', async () => {
  const w = world()
  await w.phone.openMicrophone()
  w.phone.follow([work('connected', { muted: true })])
  expect(w.track.enabled).toBe(false)
  w.phone.follow([work('connected', { muted: false })])
  expect(w.track.enabled).toBe(true)
})

test('each interaction has its line: one is heard, the other gets silence and stays', async () => {
  const copies: { enabled: boolean; stop(): void }[] = []
  const copy = () => {
    const c = { enabled: true, stop() {} }
    copies.push(c)
    return c as unknown as MediaStreamTrack
  }
  const w = world({ copy })
  const first = work('connected')
  const second = { ...work('connected'), interaction: 'j' }
  w.phone.follow([first])
  await settle()
  w.peers[0]?.gathered()
  await settle()
  w.peers[0]?.becomes('connected')
  w.phone.follow([first, second], second)
  await settle()
  w.peers[1]?.gathered()
  await settle()
  expect(w.asked.map((a) => a[0])).toEqual(['i', 'j'])
  expect(w.peers[0]?.closed).toBe(false)
  expect(copies.map((c) => c.enabled)).toEqual([false, true])
  expect(w.phone.state.get().audio).toBe('connecting')
  w.phone.follow([first, second], first)
  expect(copies.map((c) => c.enabled)).toEqual([true, false])
  expect(w.phone.state.get().audio).toBe('connected')
  w.phone.follow([first], first)
  expect(w.peers[1]?.closed).toBe(true)
  expect(w.peers[0]?.closed).toBe(false)
})

test('who only listens sends silence; the phone of a party that is lost is connected again', async () => {
  const copies: { enabled: boolean; stop(): void }[] = []
  const copy = () => {
    const c = { enabled: true, stop() {} }
    copies.push(c)
    return c as unknown as MediaStreamTrack
  }
  const w = world({ copy })
  const monitor = (mode: string) => work('connected', { part: 'monitor', parties: [{ mine: true, mode } as PartyView] })
  w.phone.follow([monitor('listen')])
  await settle()
  w.peers[0]?.gathered()
  await settle()
  w.peers[0]?.becomes('connected')
  expect(copies[0]?.enabled).toBe(false)
  w.phone.follow([monitor('whisper')])
  expect(copies[0]?.enabled).toBe(true)
  w.phone.follow([{ ...monitor('whisper'), phase: 'connecting' }])
  await w.fire(0)
  expect(w.peers).toHaveLength(2)
})

test('why there is no microphone', async () => {
  const insecure = world({ secure: false })
  expect(await insecure.phone.openMicrophone()).toBe(false)
  expect(insecure.phone.state.get().microphone).toBe('insecure')
  const denied = world({ microphone: () => Promise.reject(new DOMException('no', 'NotAllowedError')) })
  expect(await denied.phone.openMicrophone()).toBe(false)
  expect(denied.phone.state.get().microphone).toBe('denied')
  expect(microphoneFault(new DOMException('no', 'NotFoundError'))).toBe('missing')
})

test('levels', () => {
  expect(decibels(new Float32Array([0, 0.5, -1]))).toBe(0)
  expect(decibels(new Float32Array(4))).toBe(-100)
})

test('a tone stands out of its surroundings, noise does not', () => {
  const spectrum = new Float32Array(1024).fill(-80)
  expect(toneAbove(spectrum, 48000, 2048, 1000)).toBeLessThan(20)
  spectrum[43] = -20
  expect(toneAbove(spectrum, 48000, 2048, 1000)).toBeGreaterThan(50)
})

test('the noise of the room is what remains between the words', () => {
  const spoken = Array.from({ length: 40 }, (_, i) => (i % 3 === 0 ? -55 - (i % 2) : -15))
  expect(roomNoise(spoken)).toBeLessThan(-54)
  expect(roomNoise(Array.from({ length: 30 }, () => -28))).toBe(-28)
  expect(roomNoise([-50, -50])).toBe(0)
  expect(loudness(new Float32Array(100))).toBe(-100)
  expect(loudness(new Float32Array(100).fill(0.1))).toBeCloseTo(-20)
})

test('the line of a loop call is read from the figures of the browser', () => {
  const stats = new Map<string, unknown>([
    ['p', { type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.03 }],
    ['q', { type: 'candidate-pair', nominated: false, currentRoundTripTime: 9 }],
    ['i', { type: 'inbound-rtp', jitter: 0.004, packetsLost: 15, packetsReceived: 135 }],
  ])
  expect(lineOf(stats)).toEqual({ roundTripMs: 30, jitterMs: 4, loss: 0.1, packets: 135 })
  expect(lineOf(new Map())).toEqual({ roundTripMs: 0, jitterMs: 0, loss: 0, packets: 0 })
})
