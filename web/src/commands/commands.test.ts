import { expect, test } from 'vitest'
import { en } from '../i18n/en/all.ts'
import { commands } from './all.ts'
import { shortcutOf, taken } from './keyboard.ts'

const key = (code: string, key: string, mods = '') => ({
  code,
  key,
  ctrlKey: mods.includes('c'),
  metaKey: mods.includes('m'),
  altKey: mods.includes('a'),
  shiftKey: mods.includes('s'),
})

test('ids and shortcuts are unique', () => {
  const ids = commands.map((c) => c.id)
  expect(new Set(ids).size).toBe(ids.length)
  const shortcuts = commands.map((c) => c.shortcut).filter((s) => s !== '')
  expect(new Set(shortcuts).size).toBe(shortcuts.length)
})

test('no shortcut is the browser’s or the screen reader’s', () => {
  for (const c of commands) expect(c.shortcut === '' || !taken(c.shortcut), `${c.id}: ${c.shortcut}`).toBe(true)
})

test('every command has a name', () => {
  const all: Record<string, Record<string, unknown>> = en
  for (const c of commands) {
    const [group = '', name = ''] = c.label.split('.')
    expect(all[group]?.[name], c.label).toBeTypeOf('string')
  }
})

test.each([
  [key('KeyK', 'k', 'c'), 'Ctrl+K'],
  [key('KeyK', 'л', 'c'), 'Ctrl+K'],
  [key('KeyK', 'า', 'm'), 'Ctrl+K'],
  [key('F2', 'F2', 's'), 'Shift+F2'],
  [key('Slash', '?', 's'), '?'],
  [key('Digit7', '?', 's'), '?'],
  [key('Slash', 'ฦ', 's'), '?'],
  [key('ShiftLeft', 'Shift', 's'), ''],
  [key('Enter', 'Enter', 'c'), 'Ctrl+Enter'],
])('a key is read the same in every layout: %o', (event, want) => {
  expect(shortcutOf(event)).toBe(want)
})

test.each(['F5', 'Ctrl+W', 'A', 'Alt+D', 'Tab', 'Ctrl+Tab', 'Insert', 'Ctrl+Alt+N', 'Escape', 'Shift+Tab'])(
  '%s may not be taken',
  (shortcut) => {
    expect(taken(shortcut)).toBe(true)
  },
)

test.each(['F2', 'F8', 'Shift+F9', 'Ctrl+Enter', 'Ctrl+M', 'Ctrl+K', '?'])('%s may be used', (shortcut) => {
  expect(taken(shortcut)).toBe(false)
})
