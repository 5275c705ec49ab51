import type { Command, World } from './command.ts'

const inPhase =
  (...phases: string[]) =>
  (world: World): boolean =>
    phases.includes(world.desk.inHand()?.phase ?? '')

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
  when: inPhase('offered'),
  run: withWork((w, interaction) => w.desk.accept(interaction)),
}

export const decline: Command = {
  id: 'decline',
  label: 'commands.decline',
  group: 'call',
  shortcut: 'Shift+F2',
  whileTyping: true,
  when: inPhase('offered'),
  run: withWork((w, interaction) => w.desk.decline(interaction)),
}

export const mute: Command = {
  id: 'mute',
  label: 'commands.mute',
  group: 'call',
  shortcut: 'F8',
  whileTyping: true,
  when: inPhase('connected'),
  run: withWork((w, interaction) => w.desk.mute(interaction, w.desk.inHand()?.muted !== true)),
}

export const keypad: Command = {
  id: 'keypad',
  label: 'commands.keypad',
  group: 'call',
  shortcut: 'F4',
  whileTyping: true,
  when: inPhase('connected'),
  run: (w) => w.panels.update((p) => ({ ...p, keypad: !p.keypad })),
}

export const hangUp: Command = {
  id: 'hangUp',
  label: 'commands.hangUp',
  group: 'call',
  shortcut: 'Shift+F9',
  whileTyping: true,
  when: inPhase('connecting', 'connected', 'interrupted'),
  run: withWork((w, interaction) => w.desk.hangUp(interaction)),
}

export const finish: Command = {
  id: 'finish',
  label: 'commands.finish',
  group: 'call',
  shortcut: 'Ctrl+Enter',
  whileTyping: true,
  when: inPhase('wrapping_up'),
  run: withWork((w, interaction) => w.desk.finish(interaction)),
}

export const extend: Command = {
  id: 'extend',
  label: 'commands.extend',
  group: 'call',
  shortcut: 'Shift+F4',
  whileTyping: true,
  when: (w) => inPhase('wrapping_up')(w) && (w.desk.inHand()?.wrapExtended ?? 3) < 3,
  run: withWork((w, interaction) => w.desk.extend(interaction)),
}
