import { expect, test } from 'vitest'
import type { Change } from './desk.gen.ts'
import { type Connection, DeskSocket, type WebSocketLike } from './socket.ts'

class FakeSocket implements WebSocketLike {
  sent: string[] = []
  closed = false
  onopen: (() => void) | null = null
  onclose: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  send(text: string): void {
    this.sent.push(text)
  }
  close(): void {
    this.closed = true
  }
  says(change: object): void {
    this.onmessage?.({ data: JSON.stringify(change) })
  }
}

function world() {
  const sockets: FakeSocket[] = []
  const timers: { ms: number; run: () => void; stopped: boolean }[] = []
  const socket = new DeskSocket({
    open() {
      const s = new FakeSocket()
      sockets.push(s)
      return s
    },
    later(ms, run) {
      const t = { ms, run, stopped: false }
      timers.push(t)
      return () => {
        t.stopped = true
      }
    },
    random: () => 1,
  })
  const states: Connection[] = []
  const changes: Change[] = []
  socket.onConnection = (s) => states.push(s)
  socket.onChange = (c) => changes.push(c)
  const last = () => sockets.at(-1) as FakeSocket
  const fire = () => {
    const t = timers.filter((x) => !x.stopped).at(-1)
    if (t === undefined) throw new Error('no timer')
    t.stopped = true
    t.run()
    return t.ms
  }
  return { socket, sockets, states, changes, last, fire }
}

test('a command is answered by the reply of its id', async () => {
  const w = world()
  w.socket.start()
  w.last().says({ kind: 'hello', hello: { now: 1 } })
  const reply = w.socket.send({ kind: 'set_status', status: 'available' })
  expect(JSON.parse(w.last().sent[0] ?? '')).toEqual({ id: 1, kind: 'set_status', status: 'available' })
  w.last().says({ kind: 'reply', reply: { id: 1 } })
  expect(await reply).toEqual({ id: 1 })
})

test('a refusal keeps its code', async () => {
  const w = world()
  w.socket.start()
  w.last().says({ kind: 'hello', hello: {} })
  const reply = w.socket.send({ kind: 'accept', interaction: 'i' })
  w.last().says({ kind: 'reply', reply: { id: 1, error: { code: 'late', message: 'gone' } } })
  await expect(reply).rejects.toMatchObject({ code: 'late' })
})

test('after a loss open commands fail and it comes back, slower each time', async () => {
  const w = world()
  w.socket.start()
  w.last().says({ kind: 'hello', hello: {} })
  const reply = w.socket.send({ kind: 'ping' })
  w.last().onclose?.()
  await expect(reply).rejects.toMatchObject({ code: 'unavailable' })
  expect(w.fire()).toBe(250)
  w.last().onclose?.()
  expect(w.fire()).toBe(500)
  w.last().says({ kind: 'hello', hello: {} })
  expect(w.states).toEqual(['connecting', 'online', 'offline', 'offline', 'offline', 'offline', 'online'])
})

test('reload begins anew at once', () => {
  const w = world()
  w.socket.start()
  w.last().says({ kind: 'hello', hello: {} })
  w.last().says({ kind: 'reload' })
  expect(w.sockets).toHaveLength(2)
  expect(w.sockets[0]?.closed).toBe(true)
  w.last().says({ kind: 'hello', hello: {} })
  expect(w.changes.map((c) => c.kind)).toEqual(['hello', 'hello'])
})

test('a server that does not answer a ping is left', () => {
  const w = world()
  w.socket.start()
  w.last().says({ kind: 'hello', hello: {} })
  expect(w.fire()).toBe(10_000) // the ping is sent
  expect(w.fire()).toBe(5_000) // and not answered
  expect(w.states.at(-1)).toBe('offline')
})

test('without a connection commands are refused, not kept', async () => {
  const w = world()
  w.socket.start()
  await expect(w.socket.send({ kind: 'ping' })).rejects.toMatchObject({ code: 'unavailable' })
})
