/** The rate recorded and uploaded sound is sent with, Hz; callers hear half of it. */
export const soundRate = 16_000
/** The longest prompt, seconds; the server takes no longer ones. */
export const longest = 600
/** The largest file that is read, bytes. */
export const largest = 50 << 20

const quiet = 0.01 // of full scale: about -40 dB
const margin = 0.15 // s left at either side

/** Without the silence before and after; what is silent all through stays as it is. */
export function trimmed(samples: Float32Array, rate: number): Float32Array {
  const first = samples.findIndex((v) => Math.abs(v) > quiet)
  if (first < 0) return samples
  const last = samples.findLastIndex((v) => Math.abs(v) > quiet)
  const room = Math.round(margin * rate)
  return samples.subarray(Math.max(0, first - room), Math.min(samples.length, last + 1 + room))
}

/** A WAV file, mono, 16 bits. */
export function wavFile(samples: Float32Array, rate: number): Blob {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length))
  const word = (at: number, text: string) => {
    for (let i = 0; i < text.length; i++) view.setUint8(at + i, text.charCodeAt(i))
  }
  word(0, 'RIFF')
  view.setUint32(4, 36 + 2 * samples.length, true)
  word(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, rate, true)
  view.setUint32(28, 2 * rate, true)
  view.setUint16(32, 2, true)
  view.setUint16(34, 16, true)
  word(36, 'data')
  view.setUint32(40, 2 * samples.length, true)
  samples.forEach((v, i) => {
    view.setInt16(44 + 2 * i, Math.round(Math.max(-1, Math.min(1, v)) * 32_767), true)
  })
  return new Blob([view.buffer], { type: 'audio/wav' })
}

export type SoundFault = 'tooLarge' | 'notSound' | 'tooLong' | 'silent'

export class SoundError extends Error {
  readonly fault: SoundFault
  constructor(fault: SoundFault) {
    super(fault)
    this.name = 'SoundError'
    this.fault = fault
  }
}

/** What the browser can decode (WAV, MP3, Ogg …), as mono at our rate. */
export async function decoded(file: Blob, trim: boolean): Promise<{ file: Blob; seconds: number }> {
  if (file.size > largest) throw new SoundError('tooLarge')
  // One channel at our rate: the browser mixes and resamples.
  const reader = new OfflineAudioContext(1, 1, soundRate)
  let sound: AudioBuffer
  try {
    sound = await reader.decodeAudioData(await file.arrayBuffer())
  } catch {
    throw new SoundError('notSound')
  }
  if (sound.duration > longest) throw new SoundError('tooLong')
  const mixer = new OfflineAudioContext(1, Math.max(1, sound.length), soundRate)
  const source = mixer.createBufferSource()
  source.buffer = sound
  source.connect(mixer.destination)
  source.start()
  const mono = (await mixer.startRendering()).getChannelData(0)
  if (!mono.some((v) => Math.abs(v) > quiet)) throw new SoundError('silent')
  const samples = trim ? trimmed(mono, soundRate) : mono
  return { file: wavFile(samples, soundRate), seconds: samples.length / soundRate }
}
