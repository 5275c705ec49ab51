import { alerts } from './alerts.ts'
import { commands, common, errors, nav, notices, rules, words } from './common.ts'
import { absent, monitor, play, transfer } from './control.ts'
import { call, check, desk, dial, status } from './desk.ts'
import { help } from './help.ts'
import { callLater, hinders, notice } from './notice.ts'
import { phones } from './phones.ts'
import { quality } from './quality.ts'
import { shift } from './shift.ts'
import { password, signIn } from './signIn.ts'

/** What the frame, the sign-in and the desk say: loaded before anything is shown. */
export const core = {
  common,
  nav,
  words,
  commands,
  errors,
  rules,
  notices,
  signIn,
  password,
  desk,
  dial,
  call,
  status,
  check,
  transfer,
  monitor,
  play,
  absent,
  help,
  notice,
  hinders,
  alerts,
  callLater,
  phones,
  quality,
  shift,
}
