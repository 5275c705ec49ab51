import type { NoticeText, NoticeView } from '../wire/desk.gen.ts'
import type { Live } from './live.ts'

/** What changes when a notice asks anew: another revision, or somebody was reminded. */
export const noticeKey = (n: NoticeView): string => `${n.notice} ${n.revision} ${n.reminded}`

/** Those that ask for something still, the oldest first: that is the order to do it in. */
export const undone = (notices: NoticeView[]): NoticeView[] => notices.filter((n) => !n.done).toReversed()

/** The notice to be confirmed now, if any: not while something is in hand, and not one that was put off. */
export function asking(live: Live, later: ReadonlySet<string>): NoticeView | null {
  if (live.work.length > 0) return null
  return undone(live.notices).find((n) => n.importance !== 'read' && !later.has(noticeKey(n))) ?? null
}

/** Those that came, or asked anew, with the last change; nothing is news on the first. */
export function news(before: NoticeView[] | null, now: NoticeView[]): NoticeView[] {
  if (before === null) return []
  const known = new Set(before.map(noticeKey))
  return now.filter((n) => !n.done && !known.has(noticeKey(n)))
}

const nothing: NoticeText = { language: 'en', title: '', body: '' }

/** The text in a language, else in English, else in any. */
export function noticeText(texts: readonly NoticeText[] | null | undefined, language: string): NoticeText {
  const all = texts ?? []
  return all.find((t) => t.language === language) ?? all.find((t) => t.language === 'en') ?? all[0] ?? nothing
}
