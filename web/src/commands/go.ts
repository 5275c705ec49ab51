import type { TextKey } from '../i18n/texts.ts'
import { type Place, sees } from '../state/rights.ts'
import type { Command } from './command.ts'

function to(place: Place, path: string): Command {
  const label: TextKey = `nav.${place}`
  return {
    id: `go.${place}`,
    label,
    group: 'go',
    shortcut: '',
    whileTyping: false,
    when: (w) => sees(w.me, place),
    run: (w) => w.go(path),
  }
}

export const goDesk = to('desk', '/desk')
export const goBoard = to('board', '/board')
export const goPreshift = to('preshift', '/preshift')
export const goInteractions = to('interactions', '/interactions')
export const goCallbacks = to('callbacks', '/callbacks')
export const goNotices = to('notices', '/notices')
export const goReport = to('report', '/report')
export const goSetUp = to('setUp', '/set-up/users')
export const goAudit = to('audit', '/audit')
export const goStart = to('start', '/start')
