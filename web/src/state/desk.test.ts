import { expect, test } from 'vitest'
import type { Command, WorkView } from '../wire/desk.gen.ts'
import { type DeskSocket, Refused } from '../wire/socket.ts'
import { Desk } from './desk.ts'
import { shownStatus } from './live.ts'

class FakeSocket {
  onChange: DeskSocket['onChange'] = () => {}
  onConnection: DeskSocket['onConnection'] = () => {}
  sent: Omit<Command, 'id'>[] = []
  refuse: Refused | null = null
  start(): void {}
  stop(): void {}
  async send(command: Omit<Command, 'id'>) {
    this.sent.push(command)
    if (this.refuse !== null) throw this.refuse
    return { id: 1 }
  }
}

const me = { agent: 'a', name: 'Anna', status: 'offline', reason: '', statusSince: 5, statusUntil: 0, queues: null }

function make(work: Partial<WorkView>[] = [], checkValid = true) {
  const socket = new FakeSocket()
  const desk = new Desk(
    socket as unknown as DeskSocket,
    {
      storage: null,
      later(_, run) {
        run()
        return () => {}
      },
    },
    () => 1000,
  )
  const hello = () =>
    socket.onChange({
      kind: 'hello',
      hello: {
        now: 3000,
        user: 'a',
        name: 'Anna',
        role: 'agent',
        phone: 'browser',
        autoAnswer: false,
        checkValid,
        mayMonitor: false,
        version: '1',
        me: {
          ...me,
          activity: 'idle',
          activitySince: 0,
          interaction: '',
          phone: 'browser',
          phoneAway: false,
          setBy: '',
          quality: '',
          shift: {
            lacks: [],
            allowedAt: 0,
            allowedBy: '',
            allowedNote: '',
            ticked: [],
            endLeft: 0,
            noticesAsked: 0,
            noticesDone: 0,
            planned: 0,
            absentAt: 0,
            arrived: 0,
            credited: 0,
          },
        },
        work: work as WorkView[],
        day: {
          calls: 0,
          talkMs: 0,
          wrapUpMs: 0,
          missed: 0,
          ratings: 0,
          ratingSum: 0,
          holdMs: 0,
          handled: 0,
          handledMs: 0,
        },
      },
    })
  hello()
  return { socket, desk, hello }
}

test('a status shows at once and is taken back with a reason when refused', async () => {
  const { socket, desk } = make()
  socket.refuse = new Refused('conflict', 'no')
  const asked = desk.setStatus('break', 'lunch')
  expect(shownStatus(desk.live.get())).toMatchObject({ status: 'break', reason: 'lunch', waiting: true })
  expect(await asked).toBe(false)
  expect(shownStatus(desk.live.get()).status).toBe('offline')
  expect(desk.refusal.get()).toMatchObject({ seq: 1, code: 'conflict' })
})

test('a check that was passed opens the microphone from then on', async () => {
  const { desk } = make([], false)
  await desk.checkDone({
    permission: true,
    microphone: true,
    levelDb: -20,
    speaker: true,
    loop: true,
    roundTrip: 5,
    inputName: '',
    outputName: '',
    noiseDb: -60,
    jitter: 1,
    loss: 0,
    packets: 150,
  })
  expect(desk.live.get().hello?.checkValid).toBe(true)
})

test('the server may ask for the check too', async () => {
  const { socket, desk } = make()
  let asked = 0
  desk.onCheckNeeded = () => asked++
  socket.refuse = new Refused('phone_check_needed', 'x')
  await desk.setStatus('available')
  expect(asked).toBe(1)
  expect(desk.refusal.get()).toBeNull()
})

test('finishing sends what was typed, and asks for an outcome before it asks the server', async () => {
  const { socket, desk } = make([
    { interaction: 'i', phase: 'wrapping_up', dispositionRequired: true, disposition: '', note: '' },
  ])
  expect(await desk.finish('i')).toBe(false)
  expect(desk.refusal.get()?.code).toBe('disposition_needed')
  desk.drafts.edit('i', { disposition: 'd', note: 'n' })
  expect(await desk.finish('i')).toBe(true)
  expect(socket.sent.at(-1)).toEqual({ kind: 'finish', interaction: 'i', disposition: 'd', note: 'n' })
})

test('mute is taken back when it was refused', async () => {
  const { socket, desk } = make([{ interaction: 'i', phase: 'connected', muted: false, disposition: '', note: '' }])
  socket.refuse = new Refused('late', 'x')
  const asked = desk.mute('i', true)
  expect(desk.inHand()?.muted).toBe(true)
  await asked
  expect(desk.inHand()?.muted).toBe(false)
})

test('the board is asked for again after a reconnect, by the last one only once', () => {
  const { socket, desk, hello } = make()
  const first = desk.watchBoard()
  const second = desk.watchBoard()
  hello()
  expect(socket.sent.map((c) => c.kind)).toEqual(['watch_board', 'watch_board'])
  first()
  second()
  expect(socket.sent.at(-1)?.kind).toBe('unwatch_board')
})
