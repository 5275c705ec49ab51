import { monitors } from '../state/talk.ts'
import type { WorkView } from '../wire/desk.gen.ts'
import type { Command, World } from './command.ts'

/** The talk of the agent who has the customer in hand. */
function own(w: World): WorkView | null {
  const work = w.desk.inHand()
  const talks = work?.phase === 'connected' || work?.phase === 'interrupted'
  return talks && work.part === 'agent' && work.channel === 'voice' && !monitors(work) ? work : null
}

/** The customer insults: boundary message, leaders, mark; once more the farewell, where that is allowed. */
export const abuse: Command = {
  id: 'abuse',
  label: 'commands.abuse',
  group: 'call',
  shortcut: 'Ctrl+Shift+F1',
  whileTyping: true,
  when: (w) => own(w)?.phase === 'connected' && own(w)?.secret !== true,
  run: (w) => {
    const work = own(w)
    return work === null ? undefined : w.desk.abuse(work.interaction)
  },
}

/** Calls the leaders; what it is about can be written a moment later. */
export const help: Command = {
  id: 'help',
  label: 'commands.help',
  group: 'call',
  shortcut: 'Ctrl+F1',
  whileTyping: true,
  when: (w) => own(w) !== null,
  run: (w) => {
    const work = own(w)
    return work === null ? undefined : w.desk.help(work.interaction)
  },
}
