import { completeOffer, type PhoneWorld, preferred } from './world.ts'

/** Loudest sample as a level relative to full scale; silence is -100. */
export function decibels(samples: Float32Array): number {
  let peak = 0
  for (const s of samples) peak = Math.max(peak, Math.abs(s))
  return peak < 0.00001 ? -100 : 20 * Math.log10(peak)
}

/** Speech nearby is well above this; the noise of a dead microphone below. */
export const heardDB = -45

/** The power of samples as a level relative to full scale; silence is -100. */
export function loudness(samples: Float32Array): number {
  const power = samples.reduce((sum, s) => sum + s * s, 0) / Math.max(samples.length, 1)
  return power < 1e-10 ? -100 : 10 * Math.log10(power)
}

const noiseReadings = 10 // a second

/** The noise of the room from readings of which some were spoken into: what is exceeded nearly always. 0: too few. */
export function roomNoise(readings: readonly number[]): number {
  if (readings.length < noiseReadings) return 0
  const sorted = readings.toSorted((a, b) => a - b)
  return Math.round((sorted[Math.floor(sorted.length / 5)] ?? 0) * 10) / 10
}

/** Reads the level of a stream, and how loud it is on the whole, until it is closed. */
export function meter(
  audio: AudioContext,
  stream: MediaStream,
): { read(): { peak: number; loud: number }; close(): void } {
  const source = audio.createMediaStreamSource(stream)
  const analyser = audio.createAnalyser()
  analyser.fftSize = 2048
  source.connect(analyser)
  const samples = new Float32Array(analyser.fftSize)
  return {
    read() {
      analyser.getFloatTimeDomainData(samples)
      return { peak: decibels(samples), loud: loudness(samples) }
    },
    close() {
      source.disconnect()
    },
  }
}

export interface LoopResult {
  heard: boolean
  /** Of the audio connection, ms; 0: not known. */
  roundTripMs: number
  /** Of what came back; packets 0: not known. */
  jitterMs: number
  loss: number
  packets: number
}

const loopTone = 1000 // Hz
const loopLimit = 6000 // ms
const loopLeast = 3000 // ms, or there were too few packets to judge the network by
const enough = 8 // readings with the tone: about half a second

/** How much louder than its surroundings the bin of the tone is, dB. */
export function toneAbove(spectrum: Float32Array, sampleRate: number, fftSize: number, tone: number): number {
  const at = Math.round((tone * fftSize) / sampleRate)
  const peak = Math.max(...spectrum.subarray(at - 2, at + 3))
  const around = [...spectrum.subarray(at - 40, at - 8), ...spectrum.subarray(at + 9, at + 41)]
  const mean = around.reduce((sum, v) => sum + Math.max(v, -120), 0) / Math.max(around.length, 1)
  return peak - mean
}

/**
 * Calls ourselves: a tone goes to the server as a voice would and must come back. ask is
 * check_phone. Says whether the tone was heard within the limit.
 */
export async function loopCall(
  world: PhoneWorld,
  audio: AudioContext,
  ask: (sdp: string) => Promise<string>,
): Promise<LoopResult> {
  const out = audio.createMediaStreamDestination()
  const oscillator = audio.createOscillator()
  const gain = audio.createGain()
  oscillator.frequency.value = loopTone
  gain.gain.value = 0.3
  oscillator.connect(gain).connect(out)
  oscillator.start()
  const peer = world.peer()
  const track = out.stream.getAudioTracks()[0]
  const silent = document.createElement('audio') // or WebAudio gets nothing from far away
  silent.muted = true
  try {
    if (track === undefined) throw new Error('no track')
    const transceiver = peer.addTransceiver(track, { direction: 'sendrecv', streams: [out.stream] })
    const codecs = preferred(world.codecs(), 'PCMU')
    if (codecs.length > 0) transceiver.setCodecPreferences(codecs)
    const remote = new Promise<MediaStream>((resolve) => {
      peer.ontrack = (event) => resolve(event.streams[0] ?? new MediaStream([event.track]))
    })
    const answer = await ask(await completeOffer(world, peer))
    await peer.setRemoteDescription({ type: 'answer', sdp: answer })
    const stream = await remote
    silent.srcObject = stream
    void silent.play().catch(() => {})
    const begun = performance.now()
    const heard = await listen(audio, stream)
    const rest = loopLeast - (performance.now() - begun)
    if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest))
    return { heard, ...lineOf(await peer.getStats()) }
  } finally {
    oscillator.stop()
    silent.srcObject = null
    peer.close()
  }
}

async function listen(audio: AudioContext, stream: MediaStream): Promise<boolean> {
  const source = audio.createMediaStreamSource(stream)
  const analyser = audio.createAnalyser()
  analyser.fftSize = 2048
  analyser.smoothingTimeConstant = 0.3
  source.connect(analyser)
  const spectrum = new Float32Array(analyser.frequencyBinCount)
  const end = performance.now() + loopLimit
  let count = 0
  try {
    while (performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 60))
      analyser.getFloatFrequencyData(spectrum)
      count += toneAbove(spectrum, audio.sampleRate, analyser.fftSize, loopTone) > 20 ? 1 : 0
      if (count >= enough) return true
    }
    return false
  } finally {
    source.disconnect()
  }
}

interface Stat {
  type?: string
  nominated?: boolean
  currentRoundTripTime?: number
  jitter?: number
  packetsLost?: number
  packetsReceived?: number
}

/** What a browser's figures of a connection say of the line. */
export function lineOf(stats: ReadonlyMap<string, unknown>): Omit<LoopResult, 'heard'> {
  const line = { roundTripMs: 0, jitterMs: 0, loss: 0, packets: 0 }
  for (const stat of stats.values()) {
    const s = stat as Stat
    if (s.type === 'candidate-pair' && s.nominated === true) line.roundTripMs = (s.currentRoundTripTime ?? 0) * 1000
    if (s.type === 'inbound-rtp') {
      const lost = Math.max(0, s.packetsLost ?? 0)
      line.packets = s.packetsReceived ?? 0
      line.jitterMs = (s.jitter ?? 0) * 1000
      line.loss = line.packets + lost === 0 ? 0 : lost / (line.packets + lost)
    }
  }
  return line
}
