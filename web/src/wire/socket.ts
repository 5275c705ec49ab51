import { fromWire, toWire } from './case.ts'
import type { Because, Change, Command, Reply } from './desk.gen.ts'
import { base } from './http.ts'

/** What the desk's socket needs of the world; tests bring their own. */
export interface SocketWorld {
  open(): WebSocketLike
  later(ms: number, run: () => void): () => void
  random(): number
}

/** The part of WebSocket that is used. */
export interface WebSocketLike {
  send(text: string): void
  close(): void
  onopen: (() => void) | null
  onclose: (() => void) | null
  onmessage: ((event: { data: unknown }) => void) | null
}

export type Connection = 'connecting' | 'online' | 'offline'

/** A command the server refused, or one that could not be asked. */
export class Refused extends Error {
  readonly code: string
  readonly field: string
  /** What is to be done before one can become available. */
  readonly because: readonly Because[]

  constructor(code: string, message: string, field = '', because: readonly Because[] = []) {
    super(message)
    this.name = 'Refused'
    this.code = code
    this.field = field
    this.because = because
  }
}

interface Open {
  done(reply: Reply): void
  failed(error: Refused): void
}

const pingEvery = 10_000 // ms
const pingLimit = 5_000 // ms until a silent server counts as gone
const slowest = 8_000 // ms between two tries

/**
 * The desk's socket. It comes back by itself after every loss; the server begins each connection
 * with hello and the whole present, so nothing is asked again. Commands in flight at a loss fail
 * with the code unavailable: who sent them knows whether to send them again.
 */
export class DeskSocket {
  onChange: (change: Change) => void = () => {}
  onConnection: (state: Connection) => void = () => {}

  private readonly world: SocketWorld
  private socket: WebSocketLike | null = null
  private open = new Map<number, Open>()
  private nextId = 1
  private tries = 0
  private wanted = false
  private stopTimer: () => void = () => {}

  constructor(world: SocketWorld) {
    this.world = world
  }

  start(): void {
    if (this.wanted) return
    this.wanted = true
    this.tries = 0
    this.connect()
  }

  stop(): void {
    this.wanted = false
    this.stopTimer()
    this.lose()
  }

  /** Tries at once, for instance when the browser says that the network is back. */
  hurry(): void {
    if (!this.wanted || this.socket !== null) return
    this.stopTimer()
    this.tries = 0
    this.connect()
  }

  send(command: Omit<Command, 'id'>): Promise<Reply> {
    const socket = this.socket
    if (socket === null) return Promise.reject(new Refused('unavailable', 'There is no connection to the server.'))
    const id = this.nextId++
    return new Promise((resolve, reject) => {
      this.open.set(id, { done: resolve, failed: reject })
      socket.send(JSON.stringify(toWire({ ...command, id })))
    })
  }

  /** Milliseconds to the server and back. */
  async roundTrip(): Promise<number> {
    const start = performance.now()
    await this.send({ kind: 'ping' })
    return performance.now() - start
  }

  private connect(): void {
    this.onConnection(this.tries === 0 ? 'connecting' : 'offline')
    const socket = this.world.open()
    const greeted = () => {
      this.socket = socket
      this.tries = 0
      this.onConnection('online')
      this.ping()
    }
    socket.onopen = () => {} // hello is what counts: a refused session opens too
    socket.onmessage = (event) => {
      const change = fromWire<Change>(JSON.parse(String(event.data)))
      if (change.kind === 'hello' && this.socket === null) greeted()
      this.receive(change)
    }
    socket.onclose = () => this.lost(socket)
    this.pending = socket
  }

  private pending: WebSocketLike | null = null

  private receive(change: Change): void {
    if (change.kind === 'reply' && change.reply !== undefined) {
      const { reply } = change
      const open = this.open.get(reply.id)
      this.open.delete(reply.id)
      if (reply.error !== undefined)
        open?.failed(new Refused(reply.error.code, reply.error.message, reply.error.field, reply.error.because ?? []))
      else open?.done(reply)
      return
    }
    if (change.kind === 'reload') {
      this.lose()
      this.tries = 0
      if (this.wanted) this.connect()
      return
    }
    this.onChange(change)
  }

  private ping(): void {
    const socket = this.socket
    this.stopTimer()
    this.stopTimer = this.world.later(pingEvery, () => {
      if (socket === null || socket !== this.socket) return
      this.stopTimer = this.world.later(pingLimit, () => {
        if (this.socket === socket) this.lost(socket)
      })
      this.send({ kind: 'ping' }).then(
        () => this.ping(),
        () => {},
      )
    })
  }

  private lost(socket: WebSocketLike): void {
    if (socket !== this.socket && socket !== this.pending) return
    this.lose()
    if (!this.wanted) return
    this.onConnection('offline')
    const wait = Math.min(slowest, 250 * 2 ** this.tries) * (0.5 + this.world.random() / 2)
    this.tries++
    this.stopTimer()
    this.stopTimer = this.world.later(wait, () => this.connect())
  }

  private lose(): void {
    for (const socket of [this.socket, this.pending]) {
      if (socket === null) continue
      socket.onclose = null
      socket.onmessage = null
      socket.close()
    }
    this.socket = null
    this.pending = null
    const open = [...this.open.values()]
    this.open.clear()
    for (const o of open) o.failed(new Refused('unavailable', 'The connection to the server was lost.'))
  }
}

/** The browser's own. */
export const browserSockets: SocketWorld = {
  open() {
    const url = new URL(`${base}/desk`, location.href)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    return new WebSocket(url) as unknown as WebSocketLike
  },
  later(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
  random: Math.random,
}
