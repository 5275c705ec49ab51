import { accept, decline, extend, finish, keypad, mute } from './call.ts'
import type { Command, World } from './command.ts'
import {
  barge,
  callBack,
  dial,
  hangUp,
  hold,
  leave,
  listen,
  merge,
  park,
  pickUp,
  play,
  recording,
  stopPlay,
  swap,
  takeOver,
  transfer,
  whisper,
} from './control.ts'
import {
  goAudit,
  goBoard,
  goCallbacks,
  goDesk,
  goInteractions,
  goNotices,
  goPreshift,
  goReport,
  goSetUp,
  goStart,
} from './go.ts'
import { abuse, help } from './help.ts'
import { notices } from './notices.ts'
import { available, offline, phoneCheck, shift, statusMenu } from './status.ts'
import { density, palette, scheme, sheet, signOut } from './view.ts'

/** Every command there is, in the order of the sheet. */
export const commands: readonly Command[] = [
  accept,
  decline,
  mute,
  hold,
  keypad,
  transfer,
  swap,
  merge,
  leave,
  park,
  play,
  stopPlay,
  recording,
  help,
  abuse,
  hangUp,
  finish,
  extend,
  pickUp,
  dial,
  callBack,
  listen,
  whisper,
  barge,
  takeOver,
  available,
  statusMenu,
  offline,
  phoneCheck,
  notices,
  shift,
  goDesk,
  goBoard,
  goPreshift,
  goInteractions,
  goCallbacks,
  goNotices,
  goReport,
  goSetUp,
  goAudit,
  goStart,
  palette,
  sheet,
  scheme,
  density,
  signOut,
]

/** A command's key: the user's own or ours. */
export function shortcutFor(command: Command, own: Record<string, string>): string {
  return own[command.id] ?? command.shortcut
}

/** The command a key means now; null: none, the key is the browser's. */
export function commandFor(shortcut: string, isTyping: boolean, world: World): Command | null {
  if (shortcut === '') return null
  const own = world.prefs.get().shortcuts
  return commands.find((c) => shortcutFor(c, own) === shortcut && (c.whileTyping || !isTyping) && c.when(world)) ?? null
}

/** The command of an id that is known to be there. */
export function byId(id: string): Command {
  const command = commands.find((c) => c.id === id)
  if (command === undefined) throw new Error(`no command ${id}`)
  return command
}
