/** What makes an agent who looks elsewhere notice an offer: the tab's title and a desktop notice. */
export class Alerts {
  private notice: Notification | null = null
  private timer: ReturnType<typeof setInterval> | null = null
  private title = ''

  /** Ask in a click; without permission the title and the sound remain. */
  static askPermission(): void {
    if ('Notification' in globalThis && Notification.permission === 'default') void Notification.requestPermission()
  }

  start(headline: string, text: string): void {
    this.stop()
    this.title = document.title
    let on = false
    const blink = () => {
      on = !on
      document.title = on ? `☎ ${headline}` : this.title
    }
    blink()
    this.timer = setInterval(blink, 1000)
    if ('Notification' in globalThis && Notification.permission === 'granted' && document.hidden) {
      this.notice = new Notification(headline, {
        body: text,
        icon: '/icon.svg',
        tag: 'offer',
        requireInteraction: true,
      })
      this.notice.onclick = () => {
        window.focus()
        this.notice?.close()
      }
    }
  }

  stop(): void {
    if (this.timer === null) return
    clearInterval(this.timer)
    this.timer = null
    document.title = this.title
    this.notice?.close()
    this.notice = null
  }
}
