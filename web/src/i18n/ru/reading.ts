import { board, callbacks, written } from './board.ts'
import { events } from './events.ts'
import { interactions, ladder, player } from './interactions.ts'
import { preshift } from './preshift.ts'
import { report } from './report.ts'
import { whatIf } from './whatIf.ts'

/** What the screens say on which people read: board, interactions, callbacks, reports. */
export const reading = { board, callbacks, events, interactions, ladder, player, preshift, report, whatIf, written }
