/** Something that always has a current value, and tells when it changes. Not a stream of events. */
export interface Value<T> {
  get(): T
  /** Calls back after each change until the returned function is called. */
  subscribe(changed: () => void): () => void
}

/** A Value that its owner sets. */
export class Cell<T> implements Value<T> {
  private value: T
  private readonly listeners = new Set<() => void>()

  constructor(value: T) {
    this.value = value
  }

  readonly get = (): T => this.value

  readonly subscribe = (changed: () => void): (() => void) => {
    this.listeners.add(changed)
    return () => this.listeners.delete(changed)
  }

  set(value: T): void {
    if (Object.is(value, this.value)) return
    this.value = value
    for (const changed of [...this.listeners]) changed()
  }

  update(change: (value: T) => T): void {
    this.set(change(this.value))
  }
}

/** Work started here is ended by the returned function, in reverse order. */
export class Scope {
  private ends: (() => void)[] = []

  add(end: () => void): void {
    this.ends.push(end)
  }

  end(): void {
    for (const end of this.ends.splice(0).reverse()) end()
  }
}
