import type { Command } from './command.ts'

export const notices: Command = {
  id: 'notices',
  label: 'commands.notices',
  group: 'view',
  shortcut: 'Ctrl+Shift+F10',
  whileTyping: true,
  when: (w) => w.desk.live.get().notices.length > 0,
  run: (w) => w.panels.update((p) => ({ ...p, notices: true })),
}
