import type { Command } from './command.ts'

export const palette: Command = {
  id: 'palette',
  label: 'commands.palette',
  group: 'view',
  shortcut: 'Ctrl+K',
  whileTyping: true,
  when: () => true,
  run: (w) => w.panels.update((p) => ({ ...p, palette: !p.palette })),
}

export const sheet: Command = {
  id: 'sheet',
  label: 'commands.sheet',
  group: 'view',
  shortcut: '?',
  whileTyping: false,
  when: () => true,
  run: (w) => w.panels.update((p) => ({ ...p, sheet: !p.sheet })),
}

export const scheme: Command = {
  id: 'scheme',
  label: 'commands.scheme',
  group: 'view',
  shortcut: '',
  whileTyping: false,
  when: () => true,
  run: (w) => w.prefs.update((p) => ({ ...p, scheme: p.scheme === 'dark' ? 'light' : 'dark' })),
}

export const density: Command = {
  id: 'density',
  label: 'commands.density',
  group: 'view',
  shortcut: '',
  whileTyping: false,
  when: () => true,
  run: (w) => w.prefs.update((p) => ({ ...p, compact: !p.compact })),
}

export const signOut: Command = {
  id: 'signOut',
  label: 'commands.signOut',
  group: 'view',
  shortcut: '',
  whileTyping: false,
  // Nobody signs out with a caller on the line by a slip.
  when: (w) => !['connecting', 'connected', 'interrupted'].includes(w.desk.inHand()?.phase ?? ''),
  run: (w) => w.signOut(),
}
