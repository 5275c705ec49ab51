import { Cell } from '../state/value.ts'

export type CancelState = '' | 'asking' | 'going' | 'failed'

/** A button that ends something for good: pressed once it asks, pressed again it does; after a failure it asks again. */
export class Cancelling {
  readonly state = new Cell<CancelState>('')
  readonly #cancel: () => Promise<unknown>

  constructor(cancel: () => Promise<unknown>) {
    this.#cancel = cancel
  }

  press(): void {
    switch (this.state.get()) {
      case 'going':
        return
      case 'asking':
        this.state.set('going')
        this.#cancel().catch(() => this.state.set('failed')) // what is cancelled goes by itself
        return
      default:
        this.state.set('asking')
    }
  }
}
