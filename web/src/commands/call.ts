import { isTask, lineless, monitors, prolonging } from '../state/talk.ts'
import type { Command, World } from './command.ts'

const inPhase =
  (...phases: string[]) =>
  (world: World): boolean =>
    phases.includes(world.desk.inHand()?.phase ?? '')

/** What rings, whatever else is in hand. */
const ringing = (world: World): string => {
  const all = world.desk.live.get().work
  return all.find((w) => w.phase === 'offered')?.interaction ?? ''
}

const withWork =
  (act: (world: World, interaction: string) => unknown) =>
  (world: World): unknown => {
    const work = world.desk.inHand()
    return work === null ? undefined : act(world, work.interaction)
  }

export const accept: Command = {
  id: 'accept',
  label: 'commands.accept',
  group: 'call',
  shortcut: 'F2',
  whileTyping: true,
  when: (w) => ringing(w) !== '',
  run: (w) => w.desk.accept(ringing(w)),
}

export const decline: Command = {
  id: 'decline',
  label: 'commands.decline',
  group: 'call',
  shortcut: 'Shift+F2',
  whileTyping: true,
  when: (w) => ringing(w) !== '',
  run: (w) => w.desk.decline(ringing(w)),
}

export const mute: Command = {
  id: 'mute',
  label: 'commands.mute',
  group: 'call',
  shortcut: 'F8',
  whileTyping: true,
  when: (w) => inPhase('connected')(w) && !monitors(w.desk.inHand()) && !lineless(w.desk.inHand()),
  run: withWork((w, interaction) => w.desk.mute(interaction, w.desk.inHand()?.muted !== true)),
}

export const keypad: Command = {
  id: 'keypad',
  label: 'commands.keypad',
  group: 'call',
  shortcut: 'F4',
  whileTyping: true,
  when: (w) => inPhase('connected')(w) && !monitors(w.desk.inHand()) && !lineless(w.desk.inHand()),
  run: (w) => w.panels.update((p) => ({ ...p, keypad: !p.keypad })),
}

export const finish: Command = {
  id: 'finish',
  label: 'commands.finish',
  group: 'call',
  shortcut: 'Ctrl+Enter',
  whileTyping: true,
  when: (w) => inPhase('wrapping_up')(w) || (inPhase('connected')(w) && isTask(w.desk.inHand())),
  run: withWork((w, interaction) => w.desk.finish(interaction)),
}

/** Once more by oneself, and when that is spent by a leader's word. */
export const extend: Command = {
  id: 'extend',
  label: 'commands.extend',
  group: 'call',
  shortcut: 'Shift+F4',
  whileTyping: true,
  when: (w) => {
    const work = w.desk.inHand()
    return work !== null && prolonging(work) !== null
  },
  run: withWork((w, interaction) => {
    const work = w.desk.inHand()
    return work !== null && prolonging(work) === 'ask' ? w.desk.moreTime(interaction) : w.desk.extend(interaction)
  }),
}
