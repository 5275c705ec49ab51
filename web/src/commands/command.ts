import type { TextKey } from '../i18n/texts.ts'
import type { BrowserPhone } from '../phone/phone.ts'
import type { Desk } from '../state/desk.ts'
import type { Prefs } from '../state/prefs.ts'
import type { Cell } from '../state/value.ts'
import type { Me } from '../wire/model.ts'

/** What is open above the screen. */
export interface Panels {
  palette: boolean
  sheet: boolean
  keypad: boolean
  phoneCheck: boolean
  /** What is asked before the shift. */
  shift: boolean
  statusMenu: boolean
  /** Who is asked, or where the call goes. */
  transfer: boolean
  /** Why the agent ends the call. */
  hangUp: boolean
  /** Why the recording pauses. */
  pause: boolean
  /** What the customer is to hear or enter. */
  play: boolean
  /** Whom the agent calls. */
  dial: boolean
  /** What leaders have written. */
  notices: boolean
}

export const allClosed: Panels = {
  palette: false,
  sheet: false,
  keypad: false,
  phoneCheck: false,
  shift: false,
  statusMenu: false,
  transfer: false,
  hangUp: false,
  pause: false,
  play: false,
  dial: false,
  notices: false,
}

/** Somebody who may be called, by one of his numbers. */
export interface Callee {
  name: string
  numbers: string[]
}

/** What commands act on. */
export interface World {
  desk: Desk
  phone: BrowserPhone
  me: Me
  panels: Cell<Panels>
  /** Whom the dialog for calling somebody begins with; null: nobody. */
  callee: Cell<Callee | null>
  prefs: Cell<Prefs>
  go(path: string): void
  signOut(): Promise<void>
}

/** One user action: its name, its key, when it makes sense, what it does. */
export interface Command {
  id: string
  label: TextKey
  group: 'call' | 'status' | 'go' | 'view'
  /** As written by shortcutOf; empty: none until the user gives it one. */
  shortcut: string
  /** Works while a text field has the focus. */
  whileTyping: boolean
  when(world: World): boolean
  run(world: World): unknown
}
