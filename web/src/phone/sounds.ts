/**
 * The sounds of the desk, made here: two soft notes for an offer, a plain tone for the speaker
 * check. One context for all; browsers start it with the first click or key.
 */
export class Sounds {
  private audio: AudioContext | null = null
  private stopRing: (() => void) | null = null

  /** Call in a click or key: the browser then allows sound. */
  wake(): void {
    void this.context().resume()
  }

  startRing(volume: number): void {
    if (this.stopRing !== null) return
    this.wake()
    const once = () => {
      this.note(659, 0, 0.35, volume)
      this.note(880, 0.22, 0.5, volume)
      this.note(659, 0.75, 0.35, volume)
      this.note(880, 0.97, 0.5, volume)
    }
    once()
    const timer = setInterval(once, 3000)
    this.stopRing = () => clearInterval(timer)
  }

  endRing(): void {
    this.stopRing?.()
    this.stopRing = null
  }

  /** Three low notes: somebody is parked for too long. */
  alarm(volume: number): void {
    this.wake()
    for (const after of [0, 0.3, 0.6]) this.note(392, after, 0.25, volume)
  }

  /** A tone to find out whether the speaker works. */
  tone(): void {
    this.wake()
    this.note(440, 0, 0.5, 0.6)
    this.note(554, 0.5, 0.5, 0.6)
    this.note(659, 1, 0.8, 0.6)
  }

  context(): AudioContext {
    this.audio ??= new AudioContext()
    return this.audio
  }

  private note(frequency: number, after: number, length: number, volume: number): void {
    const audio = this.context()
    const from = audio.currentTime + after
    const oscillator = audio.createOscillator()
    const gain = audio.createGain()
    oscillator.type = 'triangle'
    oscillator.frequency.value = frequency
    gain.gain.setValueAtTime(0, from)
    gain.gain.linearRampToValueAtTime(volume * 0.4, from + 0.02)
    gain.gain.exponentialRampToValueAtTime(0.0005, from + length)
    oscillator.connect(gain).connect(audio.destination)
    oscillator.start(from)
    oscillator.stop(from + length + 0.05)
  }
}
