import { admin } from './admin.ts'
import { audit, password } from './audit.ts'
import { commands, common, errors, nav, notices, rules, words } from './common.ts'
import { absent, monitor, play, transfer } from './control.ts'
import { call, check, desk, status } from './desk.ts'
import { phones } from './phones.ts'
import { hours, prompts } from './prompts.ts'
import { quality } from './quality.ts'
import { board, events, interactions, ladder, player, report } from './reading.ts'
import { signIn, start } from './start.ts'

export const en = {
  common,
  nav,
  words,
  commands,
  errors,
  rules,
  notices,
  signIn,
  start,
  desk,
  call,
  status,
  check,
  transfer,
  monitor,
  play,
  absent,
  board,
  interactions,
  ladder,
  events,
  player,
  report,
  admin,
  phones,
  quality,
  audit,
  password,
  hours,
  prompts,
}
