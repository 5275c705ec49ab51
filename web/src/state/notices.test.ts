import { expect, test } from 'vitest'
import type { NoticeView, WorkView } from '../wire/desk.gen.ts'
import { applyChange, type Live, nothingYet } from './live.ts'
import { asking, news, noticeKey, noticeText, undone } from './notices.ts'

const notice = (id: string, more: Partial<NoticeView> = {}): NoticeView => ({
  notice: id,
  importance: 'confirm',
  revision: 1,
  texts: [
    { language: 'en', title: `T ${id}`, body: 'B' },
    { language: 'th', title: `ท ${id}`, body: 'บ' },
  ],
  author: 'Olga',
  from: 1,
  until: 0,
  changed: 1,
  reminded: 0,
  read: 0,
  confirmed: 0,
  done: false,
  ...more,
})

const live = (notices: NoticeView[], work: WorkView[] = []): Live =>
  applyChange({ ...nothingYet, work }, { kind: 'notices', notices }, 0)

test('the oldest that is to be confirmed is asked for, but not while something is in hand', () => {
  const all = [notice('new'), notice('old'), notice('only read', { importance: 'read' })]
  expect(asking(live(all), new Set())?.notice).toBe('old')
  expect(asking(live(all, [{ interaction: 'i' } as WorkView]), new Set())).toBeNull()
  const later = new Set([noticeKey(notice('old'))])
  expect(asking(live(all), later)?.notice).toBe('new')
  // A reminder and a new revision ask again what was put off.
  expect(asking(live([notice('old', { reminded: 5 })]), later)?.notice).toBe('old')
  expect(asking(live([notice('old', { revision: 2 })]), later)?.notice).toBe('old')
  expect(asking(live([notice('old', { done: true })]), new Set())).toBeNull()
  expect(undone(all).map((n) => n.notice)).toEqual(['only read', 'old', 'new'])
})

test('what comes is news, what was there is not', () => {
  const a = notice('a')
  expect(news(null, [a])).toEqual([])
  expect(news([a], [notice('b'), a]).map((n) => n.notice)).toEqual(['b'])
  expect(news([a], [notice('a', { read: 5 })])).toEqual([])
  expect(news([a], [notice('a', { reminded: 7 })])).toHaveLength(1)
  expect(news([a], [notice('a', { revision: 2, done: true })])).toEqual([])
})

test('the text in a language, else in English, else in any', () => {
  expect(noticeText(notice('a').texts, 'th').title).toBe('ท a')
  expect(noticeText(notice('a').texts, 'ru').title).toBe('T a')
  expect(noticeText([{ language: 'ru', title: 'Р', body: 'Р' }], 'en').title).toBe('Р')
  expect(noticeText(null, 'en').title).toBe('')
})
