/** The parts of a browser's audio and peer connection the phone uses; tests bring their own. */
export interface PeerLike {
  readonly connectionState: string
  readonly iceGatheringState: string
  readonly localDescription: { sdp: string } | null
  onconnectionstatechange: (() => void) | null
  onicegatheringstatechange: (() => void) | null
  ontrack: ((event: { streams: readonly MediaStream[]; track: MediaStreamTrack }) => void) | null
  addTransceiver(track: MediaStreamTrack, init: { direction: 'sendrecv'; streams: MediaStream[] }): TransceiverLike
  createOffer(): Promise<{ type: string; sdp?: string }>
  setLocalDescription(offer: unknown): Promise<void>
  setRemoteDescription(answer: { type: 'answer'; sdp: string }): Promise<void>
  getStats(): Promise<ReadonlyMap<string, unknown>>
  close(): void
}

export interface TransceiverLike {
  setCodecPreferences(codecs: RTCRtpCodec[]): void
}

export interface PhoneWorld {
  secure(): boolean
  microphone(): Promise<MediaStream>
  /** The same sound, switched on and off by itself. */
  copy(track: MediaStreamTrack): MediaStreamTrack
  peer(): PeerLike
  codecs(): RTCRtpCodec[]
  /** Lets the agent hear a stream; false: the browser wants a click first. */
  play(stream: MediaStream | null): Promise<boolean>
  later(ms: number, run: () => void): () => void
}

/** The trunk's codec and the keys at its clock; everything else would have to be transcoded. */
export function preferred(all: RTCRtpCodec[], codec: string): RTCRtpCodec[] {
  const wanted = `audio/${codec}`.toLowerCase()
  const audio = all.filter((c) => c.mimeType.toLowerCase() === wanted)
  const clock = audio[0]?.clockRate
  const keys = all.filter((c) => c.mimeType.toLowerCase() === 'audio/telephone-event' && c.clockRate === clock)
  return audio.length === 0 ? [] : [...audio, ...keys]
}

const gatherLimit = 300 // ms; the server's one address is found from any candidate

/** An offer with all its candidates, or with those found within the limit. */
export async function completeOffer(world: PhoneWorld, peer: PeerLike): Promise<string> {
  await peer.setLocalDescription(await peer.createOffer())
  if (peer.iceGatheringState !== 'complete') {
    await new Promise<void>((resolve) => {
      const stop = world.later(gatherLimit, resolve)
      peer.onicegatheringstatechange = () => {
        if (peer.iceGatheringState !== 'complete') return
        stop()
        resolve()
      }
    })
    peer.onicegatheringstatechange = null
  }
  const sdp = peer.localDescription?.sdp
  if (sdp === undefined) throw new Error('the browser made no offer')
  return sdp
}

/** The browser itself. The audio element exists because WebAudio alone gets no remote sound. */
export function browserWorld(element: HTMLAudioElement): PhoneWorld {
  return {
    secure: () => globalThis.isSecureContext && navigator.mediaDevices !== undefined,
    microphone: () =>
      navigator.mediaDevices.getUserMedia({
        audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
      }),
    copy: (track) => track.clone(),
    peer: () => new RTCPeerConnection({ bundlePolicy: 'max-bundle' }) as unknown as PeerLike,
    codecs: () => RTCRtpReceiver.getCapabilities('audio')?.codecs ?? [],
    async play(stream) {
      element.srcObject = stream
      if (stream === null) return true
      try {
        await element.play()
        return true
      } catch {
        return false
      }
    },
    later(ms, run) {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    },
  }
}
