/** The part of a keyboard event that is used. */
export interface KeyLike {
  key: string
  code: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
  shiftKey: boolean
}

/**
 * A key event as text: "Ctrl+K", "Shift+F2", "?". Letters are read from their place on the
 * keyboard, so that they work in every layout. Empty: a modifier alone.
 */
export function shortcutOf(event: KeyLike): string {
  if (['Control', 'Shift', 'Alt', 'Meta', 'AltGraph', 'CapsLock', 'Dead'].includes(event.key)) return ''
  const bare = !event.ctrlKey && !event.metaKey && !event.altKey
  if (bare && (event.key === '?' || (event.shiftKey && event.code === 'Slash'))) return '?'
  const letter = /^Key([A-Z])$/.exec(event.code)?.[1]
  const digit = /^Digit([0-9])$/.exec(event.code)?.[1]
  const key = letter ?? digit ?? (event.key.length === 1 ? event.key.toUpperCase() : event.key)
  const parts = []
  if (event.ctrlKey || event.metaKey) parts.push('Ctrl') // Command on a Mac
  if (event.altKey) parts.push('Alt')
  if (event.shiftKey) parts.push('Shift')
  return [...parts, key].join('+')
}

const browserKeys = new Set(
  (
    'F1 F3 F5 F6 F7 F10 F11 F12 Shift+F3 Shift+F5 Shift+F6 Shift+F7 Shift+F10 Ctrl+F4 Ctrl+F5 Alt+F4 ' +
    'Ctrl+A Ctrl+C Ctrl+D Ctrl+E Ctrl+F Ctrl+G Ctrl+H Ctrl+J Ctrl+L Ctrl+N Ctrl+O Ctrl+P Ctrl+R Ctrl+S Ctrl+T ' +
    'Ctrl+U Ctrl+V Ctrl+W Ctrl+X Ctrl+Y Ctrl+Z Ctrl+Shift+C Ctrl+Shift+I Ctrl+Shift+J Ctrl+Shift+N Ctrl+Shift+P ' +
    'Ctrl+Shift+R Ctrl+Shift+T Ctrl+Shift+W Ctrl+Shift+Z Ctrl+Shift+Delete'
  ).split(' '),
)

/**
 * Whether a shortcut belongs to the browser, the system or a screen reader: what moves the focus or
 * edits text, single characters (screen readers jump with them), Alt with a letter (menus, layout).
 */
export function taken(shortcut: string): boolean {
  if (shortcut === '?') return false // the one usual exception
  if (browserKeys.has(shortcut)) return true
  const parts = shortcut.split('+')
  const key = parts.at(-1) ?? ''
  if (/^F\d+$/.test(key)) return parts.includes('Alt') && parts.includes('Ctrl')
  if (parts.includes('Alt')) return true
  if (!parts.includes('Ctrl')) return true
  if (/^[0-9]$/.test(key) || ['Tab', 'Insert', 'CapsLock', '+', '-', '='].includes(key)) return true
  return !/^[A-Z]$/.test(key) && key !== 'Enter'
}

/** Where keys are text. */
export function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || target.tagName === 'TEXTAREA' || target.tagName === 'SELECT') return true
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'range'].includes(target.type)
}
