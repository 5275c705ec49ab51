import { onDuty } from '../state/rights.ts'
import type { Command, World } from './command.ts'

const works = (w: World): boolean => onDuty(w.me, w.desk.live.get())
const not =
  (status: string) =>
  (w: World): boolean =>
    works(w) && w.desk.live.get().me?.status !== status

export const available: Command = {
  id: 'available',
  label: 'commands.available',
  group: 'status',
  shortcut: 'F9',
  whileTyping: true,
  when: not('available'),
  run: async (w) => {
    // The click is the moment in which browsers ask for the microphone.
    const live = w.desk.live.get()
    if (live.hello?.phone === 'browser' && live.hello.checkValid && !(await w.phone.openMicrophone())) {
      w.panels.update((p) => ({ ...p, phoneCheck: true }))
      return
    }
    await w.desk.setStatus('available')
  },
}

export const offline: Command = {
  id: 'offline',
  label: 'commands.offline',
  group: 'status',
  shortcut: '',
  whileTyping: false,
  when: not('offline'),
  run: (w) => {
    // What is to be left in order is asked first; the same dialog goes offline.
    const me = w.desk.live.get().me
    const asks = me?.status !== 'offline' && (me?.shift.endLeft ?? 0) > 0 && w.desk.inHand() === null
    if (asks) w.panels.update((p) => ({ ...p, shift: true }))
    else void w.desk.setStatus('offline')
  },
}

export const shift: Command = {
  id: 'shift',
  label: 'commands.shift',
  group: 'status',
  shortcut: '',
  whileTyping: false,
  when: (w) => works(w) && w.desk.inHand() === null,
  run: (w) => w.panels.update((p) => ({ ...p, shift: true })),
}

export const statusMenu: Command = {
  id: 'statusMenu',
  label: 'commands.statusMenu',
  group: 'status',
  shortcut: 'Shift+F8',
  whileTyping: true,
  when: works,
  run: (w) => w.panels.update((p) => ({ ...p, statusMenu: true })),
}

export const phoneCheck: Command = {
  id: 'phoneCheck',
  label: 'commands.phoneCheck',
  group: 'status',
  shortcut: '',
  whileTyping: false,
  when: (w) => works(w) && w.desk.live.get().hello?.phone === 'browser' && w.desk.inHand() === null,
  run: (w) => w.panels.update((p) => ({ ...p, phoneCheck: true })),
}
