import { changeLanguage, isLanguage } from '../i18n/language.ts'
import type { Prefs } from '../state/prefs.ts'
import { Cell } from '../state/value.ts'
import { api } from '../wire/api.ts'
import { ApiError } from '../wire/http.ts'
import type { Language, Me } from '../wire/model.ts'

/** A short message at the edge of the screen, with an action to take it back. */
export interface Toast {
  id: number
  text: string
  tone: 'info' | 'bad'
  action?: { label: string; run(): void }
}

/** What lives as long as the page: who is signed in, choices, messages. */
export class App {
  /** undefined: not known yet; null: nobody. */
  readonly me = new Cell<Me | null | undefined>(undefined)
  readonly prefs: Cell<Prefs>
  readonly toasts = new Cell<Toast[]>([])
  /** The session ended by itself. */
  readonly expired = new Cell(false)
  /** The user signed out: who signs in next begins at the beginning. */
  left = false
  private next = 1

  constructor(prefs: Cell<Prefs>) {
    this.prefs = prefs
  }

  async load(): Promise<void> {
    try {
      await this.signedIn(await api.session())
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.me.set(null)
      else throw error
    }
  }

  async signedIn(me: Me): Promise<void> {
    if (isLanguage(me.user.language)) await changeLanguage(me.user.language)
    this.expired.set(false)
    this.left = false
    this.me.set(me)
  }

  async signOut(): Promise<void> {
    await api.signOut().catch(() => {}) // the cookie is gone or will expire
    this.left = true
    this.toasts.set([]) // they were about what the one who left was doing
    this.me.set(null)
  }

  /** Asks whether we are still signed in. */
  async verify(): Promise<void> {
    try {
      await api.session()
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.expired.set(true)
    }
  }

  async choose(language: Language): Promise<void> {
    this.prefs.update((p) => ({ ...p, language }))
    await changeLanguage(language)
    const me = this.me.get()
    if (me === null || me === undefined) return
    this.me.set({ ...me, user: { ...me.user, language } })
    await api.changeLanguage(language).catch(() => {}) // this device keeps it anyway
  }

  toast(text: string, more: Partial<Omit<Toast, 'id' | 'text'>> = {}): void {
    const id = this.next++
    this.toasts.update((t) =>
      [...t.filter((x) => x.text !== text), { id, text, tone: 'info' as const, ...more }].slice(-3),
    )
    setTimeout(() => this.closeToast(id), more.action === undefined ? 6000 : 12_000)
  }

  closeToast(id: number): void {
    this.toasts.update((t) => t.filter((x) => x.id !== id))
  }
}
