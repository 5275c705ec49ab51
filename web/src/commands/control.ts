import { onDuty } from '../state/rights.ts'
import {
  hangUpWait,
  hasSide,
  lineless,
  monitors,
  ownParty,
  reasonNeeded,
  setAside,
  successor,
  talkers,
} from '../state/talk.ts'
import type { WorkView } from '../wire/desk.gen.ts'
import type { Command, Panels, World } from './command.ts'

/** The talk at hand; null: there is none, or it is only monitored. */
function talk(w: World): WorkView | null {
  const work = w.desk.inHand()
  return work?.phase === 'connected' && !monitors(work) && !lineless(work) ? work : null
}

/** The talk at hand of the agent who has the customer. */
function own(w: World): WorkView | null {
  const work = talk(w)
  return work !== null && work.part !== 'party' && work.secret !== true ? work : null
}

/** A message at hand. */
function message(w: World): WorkView | null {
  const work = w.desk.inHand()
  return work?.phase === 'connected' && lineless(work) ? work : null
}

function during(
  find: (w: World) => WorkView | null,
  fits: (work: WorkView) => boolean,
  act: (w: World, work: WorkView) => unknown,
): Pick<Command, 'group' | 'when' | 'run'> {
  return {
    group: 'call',
    when: (w) => {
      const work = find(w)
      return work !== null && fits(work)
    },
    run: (w) => {
      const work = find(w)
      return work !== null && fits(work) ? act(w, work) : undefined
    },
  }
}

const show = (w: World, panel: keyof Panels) => w.panels.update((p) => ({ ...p, [panel]: !p[panel] }))
const any = () => true

export const hold: Command = {
  id: 'hold',
  label: 'commands.hold',
  shortcut: 'Ctrl+F8',
  whileTyping: true,
  ...during(
    talk,
    (work) => work.side !== true,
    (w, work) => w.desk.hold(work.interaction, !setAside(work), ownParty(work)?.party),
  ),
}

export const transfer: Command = {
  id: 'transfer',
  label: 'commands.transfer',
  shortcut: 'Ctrl+F2',
  whileTyping: true,
  ...during(
    (w) => own(w) ?? message(w),
    any,
    (w) => show(w, 'transfer'),
  ),
}

export const swap: Command = {
  id: 'swap',
  label: 'commands.swap',
  shortcut: 'Ctrl+Shift+F2',
  whileTyping: true,
  ...during(own, hasSide, (w, work) => w.desk.swap(work.interaction)),
}

export const merge: Command = {
  id: 'merge',
  label: 'commands.merge',
  shortcut: 'Ctrl+F9',
  whileTyping: true,
  ...during(
    own,
    (work) => talkers(work).some((p) => p.side && p.state === 'up'),
    (w, work) => w.desk.merge(work.interaction),
  ),
}

/** The others go on with the customer. */
export const leave: Command = {
  id: 'leave',
  label: 'commands.leave',
  shortcut: 'Ctrl+Shift+F9',
  whileTyping: true,
  ...during(
    talk,
    (work) => work.secret !== true && (work.part === 'party' || successor(work) !== undefined),
    (w, work) => w.desk.leave(work.interaction),
  ),
}

export const park: Command = {
  id: 'park',
  label: 'commands.park',
  shortcut: 'Ctrl+Shift+F4',
  whileTyping: true,
  ...during(
    own,
    (work) => talkers(work).length === 0,
    (w, work) => w.desk.park(work.interaction),
  ),
}

/** Starts, pauses or goes on with the recording, whichever fits. */
export const recording: Command = {
  id: 'recording',
  label: 'commands.recording',
  shortcut: 'Ctrl+Shift+F8',
  whileTyping: true,
  ...during(
    talk,
    (work) => work.secret !== true && (work.recording === 'running' || work.recordOnDemand === true),
    (w, work) => {
      if (work.recordingPaused) {
        return work.recordingPausedUntil > 0
          ? w.desk.pauseRecording(work.interaction, false)
          : w.desk.record(work.interaction, true)
      }
      return work.recording === 'running' ? show(w, 'pause') : w.desk.record(work.interaction, true)
    },
  ),
}

/** Chooses a prompt for the customer, or asks for digits that nobody else learns. */
export const play: Command = {
  id: 'play',
  label: 'commands.play',
  shortcut: 'Ctrl+F7',
  whileTyping: true,
  ...during(own, any, (w) => show(w, 'play')),
}

/** Ends what the customer hears or enters just now. */
export const stopPlay: Command = {
  id: 'stopPlay',
  label: 'commands.stopPlay',
  shortcut: 'Ctrl+Shift+F7',
  whileTyping: true,
  ...during(
    talk,
    (work) => work.secret === true || Boolean(work.prompt),
    (w, work) => (work.secret ? w.desk.secretEnd(work.interaction) : w.desk.stopPrompt(work.interaction)),
  ),
}

/** Calls a customer, without a call in hand. */
export const dial: Command = {
  id: 'dial',
  label: 'commands.dial',
  group: 'call',
  shortcut: 'Ctrl+F10',
  whileTyping: true,
  when: (w) => w.desk.inHand() === null && onDuty(w.me, w.desk.live.get()),
  run: (w) => show(w, 'dial'),
}

/** Calls whoever left the message in hand. */
export const callBack: Command = {
  id: 'callBack',
  label: 'commands.callBack',
  shortcut: 'Ctrl+F11',
  whileTyping: true,
  ...during(
    message,
    (work) => work.customerAddress !== '',
    (w, work) => w.desk.callBack(work.interaction),
  ),
}

/** The customer who is parked the longest. */
export const pickUp: Command = {
  id: 'pickUp',
  label: 'commands.pickUp',
  group: 'call',
  shortcut: 'Ctrl+Shift+Enter',
  whileTyping: true,
  when: (w) => w.desk.live.get().parked.length > 0 && w.desk.inHand() === null,
  run: (w) => {
    const first = w.desk.live.get().parked[0]
    return first === undefined ? undefined : w.desk.pickUp(first.interaction)
  },
}

function mode(id: 'listen' | 'whisper' | 'barge'): Command {
  return {
    id,
    label: `commands.${id}`,
    shortcut: '',
    whileTyping: false,
    ...during(
      (w) => {
        const work = w.desk.inHand()
        return monitors(work) ? work : null
      },
      (work) => ownParty(work)?.mode !== id,
      (w, work) => w.desk.monitor(work.interaction, id),
    ),
  }
}

export const listen = mode('listen')
export const whisper = mode('whisper')
export const barge = mode('barge')

export const takeOver: Command = {
  id: 'takeOver',
  label: 'commands.takeOver',
  shortcut: '',
  whileTyping: false,
  ...during(
    (w) => {
      const work = w.desk.inHand()
      return monitors(work) ? work : null
    },
    (work) => ownParty(work)?.state === 'up',
    (w, work) => w.desk.takeOver(work.interaction),
  ),
}

/**
 * Ends the own part: the guard's seconds pass first, what is missing is said before, a reason is asked where the
 * project wants it.
 */
export const hangUp: Command = {
  id: 'hangUp',
  label: 'commands.hangUp',
  group: 'call',
  shortcut: 'Shift+F9',
  whileTyping: true,
  when: (w) => ['dialing', 'connecting', 'connected', 'interrupted'].includes(w.desk.inHand()?.phase ?? ''),
  run: (w) => {
    const work = w.desk.inHand()
    if (work === null || hangUpWait(work, w.desk.now()) > 0) return undefined
    if (monitors(work)) return w.desk.monitorEnd(work.interaction)
    if (!w.desk.mayEnd(work)) return undefined
    return reasonNeeded(work) ? show(w, 'hangUp') : w.desk.hangUp(work.interaction)
  },
}
