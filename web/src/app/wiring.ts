import { allClosed, type Callee, type Panels, type World } from '../commands/command.ts'
import { maskedNumber } from '../i18n/format.ts'
import { translate } from '../i18n/language.ts'
import { Alerts } from '../phone/alerts.ts'
import { BrowserPhone } from '../phone/phone.ts'
import { Sounds } from '../phone/sounds.ts'
import { browserWorld, type PhoneWorld } from '../phone/world.ts'
import { Desk } from '../state/desk.ts'
import { heard, inHand, type Live } from '../state/live.ts'
import type { Prefs } from '../state/prefs.ts'
import { onDuty } from '../state/rights.ts'
import { isMessage, isTask } from '../state/talk.ts'
import { Cell, Scope } from '../state/value.ts'
import type { Me } from '../wire/model.ts'
import { browserSockets, DeskSocket } from '../wire/socket.ts'

/** Everything that lives as long as somebody is signed in. */
export interface Running {
  world: World
  sounds: Sounds
  audio: PhoneWorld
  end(): void
}

export interface WiringInput {
  me: Me
  prefs: Cell<Prefs>
  go(path: string): void
  signOut(): Promise<void>
  /** The server cannot be reached: perhaps because we are no longer signed in. */
  onOffline(): void
}

/** The interactions answered in this tab; known to this tab alone, and after a reload too. */
function answeredHere(): { has(interaction: string): boolean; put(interaction: string, here: boolean): void } {
  const key = 'linekeeper.answered'
  let now: string[] = []
  try {
    now = (sessionStorage.getItem(key) ?? '').split(' ')
  } catch {
    // Then a reload takes a moment longer.
  }
  return {
    has: (interaction) => now.includes(interaction),
    put(interaction, here) {
      now = [...now.filter((i) => i !== interaction), ...(here ? [interaction] : [])].slice(-8)
      try {
        sessionStorage.setItem(key, now.join(' '))
      } catch {
        // As above.
      }
    },
  }
}

export function wire(input: WiringInput): Running {
  const { me, prefs } = input
  const scope = new Scope()
  const socket = new DeskSocket(browserSockets)
  const desk = new Desk(socket, { later: browserSockets.later, storage: globalThis.localStorage ?? null })
  const element = document.createElement('audio')
  element.autoplay = true
  element.setAttribute('data-testid', 'remote-audio')
  document.body.append(element)
  scope.add(() => element.remove())
  const audio = browserWorld(element)
  const answered = answeredHere()
  desk.onAnswer = answered.put
  const phone = new BrowserPhone(
    audio,
    async (interaction, sdp) => {
      const reply = await desk.ask({ kind: 'connect_phone', interaction, sdp })
      return reply.sdp ?? ''
    },
    { mine: answered.has, others: () => desk.live.get().otherTab },
  )
  const panels = new Cell<Panels>(allClosed)
  desk.onCheckNeeded = () => panels.update((p) => ({ ...p, phoneCheck: true }))
  desk.onNotReady = () => panels.update((p) => ({ ...p, shift: true }))
  const sounds = new Sounds()
  const alerts = new Alerts()
  const world: World = {
    desk,
    phone,
    me,
    panels,
    callee: new Cell<Callee | null>(null),
    prefs,
    go: input.go,
    signOut: input.signOut,
  }

  let ringing = ''
  let answering: ReturnType<typeof globalThis.setTimeout> | undefined
  scope.add(() => globalThis.clearTimeout(answering))
  const ring = (live: Live) => {
    const offered = live.work.find((w) => w.phase === 'offered')
    const now = offered?.interaction ?? ''
    if (now === ringing) return
    ringing = now
    if (offered === undefined) {
      sounds.endRing()
      alerts.stop()
      return
    }
    sounds.startRing(prefs.get().ringVolume)
    const who = offered.customerName === '' ? maskedNumber(offered.customerAddress) : offered.customerName
    const asks = offered.part === 'party' ? offered.parties?.find((p) => p.mine)?.by : undefined
    const headline =
      asks === undefined
        ? translate(isTask(offered) ? 'desk.task' : isMessage(offered) ? 'desk.message' : 'desk.incoming')
        : translate('desk.asks', { agent: asks })
    alerts.start(headline, `${who} · ${offered.queueName}`)
    if (live.hello?.autoAnswer === true && document.visibilityState === 'visible') {
      // One ring first, so that the agent knows who comes. Of several tabs the one looked at answers.
      answering = globalThis.setTimeout(() => {
        if (ringing === now) void desk.accept(now)
      }, 1_500)
    }
  }

  let before: Live = desk.live.get()
  scope.add(
    desk.live.subscribe(() => {
      const live = desk.live.get()
      ring(live)
      if (live.hello?.phone === 'browser') {
        phone.follow(live.work, heard(live))
        const dutyBefore = before.me !== null && before.me.status !== 'offline'
        const duty = live.me !== null && live.me.status !== 'offline'
        // After a reload on duty the microphone is opened again before the next call needs it.
        if (duty && !dutyBefore && live.hello.checkValid) void phone.openMicrophone()
        if (!duty && dutyBefore) phone.closeMicrophone()
      }
      // One who can help is to hear that somebody is parked for too long.
      if (onDuty(me, live) && live.turns.some((x) => x.what === 'parkAlarm' && x.seq > (before.turns.at(-1)?.seq ?? 0)))
        sounds.alarm(prefs.get().ringVolume)
      if (before.connection !== 'online' && live.connection === 'online') {
        phone.hurry()
        desk.drafts.flushAll()
      }
      if (before.connection === 'online' && live.connection === 'offline') input.onOffline()
      if (inHand(before)?.interaction !== inHand(live)?.interaction)
        panels.update((p) => ({ ...p, keypad: false, transfer: false, hangUp: false, pause: false, dial: false }))
      before = live
    }),
  )
  // The first click or key lets the browser make sounds.
  const wake = () => {
    if (onDuty(me, desk.live.get())) sounds.wake()
    removeEventListener('pointerdown', wake)
    removeEventListener('keydown', wake)
  }
  addEventListener('pointerdown', wake)
  addEventListener('keydown', wake)
  const hurry = () => socket.hurry()
  addEventListener('online', hurry)
  scope.add(() => {
    removeEventListener('pointerdown', wake)
    removeEventListener('keydown', wake)
    removeEventListener('online', hurry)
  })
  scope.add(() => {
    desk.stop()
    phone.follow([])
    phone.closeMicrophone()
    sounds.endRing()
    alerts.stop()
  })
  desk.start()
  return { world, sounds, audio, end: () => scope.end() }
}
