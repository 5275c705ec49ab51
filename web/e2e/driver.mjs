// Lets another program use a browser: one command per line of JSON on standard input, one answer per
// line on standard output. {"do":"signIn","args":[...]} calls a function of people.mjs on the page.
import { createInterface } from 'node:readline'
import { startBrowser } from './browser.mjs'
import * as people from './people.mjs'

const browser = await startBrowser({ hz: Number(process.env.MICROPHONE_HZ ?? 700) })
let page = await browser.newPage()
const pages = new Map([['', page]]) // by who sits at it

const verbs = { ...people }
const own = {
  hears: () => page.evaluate(() => window.hears()),
  text: () => page.locator('body').ariaSnapshot(),
  goto: (url) => page.goto(url).then(() => null),
  reload: () => page.reload().then(() => null),
  press: (key) => page.keyboard.press(key),
  title: () => page.title(),
  url: () => page.url(),
  faults: () => [...pages.values()].flatMap((p) => p.faults),
  picture: (path) => page.screenshot({ path }).then(() => null),
  offline: (on) => page.context().setOffline(on),
  as: async (name, options) => {
    if (!pages.has(name)) pages.set(name, await browser.newPage(options))
    page = pages.get(name)
    return null
  },
  size: (width, height) => page.setViewportSize({ width, height }).then(() => null),
  evaluate: (code) => page.evaluate(code),
}

const tell = (o) => process.stdout.write(`${JSON.stringify(o)}\n`)
tell({ ready: true })
for await (const line of createInterface({ input: process.stdin })) {
  const { do: name, args = [] } = JSON.parse(line)
  try {
    const value = name in own ? await own[name](...args) : await verbs[name](page, ...args)
    tell({ ok: true, value: value ?? null })
  } catch (error) {
    tell({ ok: false, error: `${error}\n--- the page shows ---\n${await own.text().catch(() => '')}`.slice(0, 4000) })
  }
}
await browser.close()
