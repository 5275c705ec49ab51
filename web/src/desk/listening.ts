import { Cell } from '../state/value.ts'

/** What the browser's Audio is used for. */
export interface Sound {
  play(): Promise<void>
  pause(): void
  onended: ((event: Event) => unknown) | null
}

/** What is heard and what could not be; empty: nothing. */
export interface Heard {
  at: string
  failed: string
}

const silence: Heard = { at: '', failed: '' }

/** One sound at a time, in the agent's own headset only. */
export class Listening {
  readonly state = new Cell<Heard>(silence)
  private readonly open: (address: string) => Sound
  private sound: Sound | null = null
  private wanted = ''

  constructor(open: (address: string) => Sound) {
    this.open = open
  }

  /** Hears a sound; a second time stops it, another one takes its place. */
  toggle(key: string, address: string): void {
    const again = this.wanted === key
    this.stop()
    if (again) return
    const sound = this.open(address)
    this.sound = sound
    this.wanted = key
    const mine = () => this.sound === sound
    sound.onended = () => {
      if (mine()) this.stop()
    }
    sound.play().then(
      () => {
        if (mine()) this.state.set({ at: key, failed: '' })
      },
      () => {
        if (!mine()) return
        this.stop()
        this.state.set({ at: '', failed: key })
      },
    )
  }

  stop(): void {
    this.sound?.pause()
    this.sound = null
    this.wanted = ''
    this.state.set(silence)
  }
}
