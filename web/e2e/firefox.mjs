#!/usr/bin/env node
// Debian's Firefox for Playwright, which starts this instead of it: one command of WebDriver BiDi that
// Playwright always sends is younger than the long-lived Firefox, and is answered here; all else is passed on.
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'

const { ws: WebSocket, wsServer: Server } = createRequire(import.meta.url)('playwright-core/lib/utilsBundle')
const answered = new Set(['emulation.setMediaFeaturesOverride'])

const firefox = spawn(process.env.FIREFOX ?? '/usr/bin/firefox-esr', process.argv.slice(2), {
  stdio: ['ignore', 'inherit', 'pipe'],
})
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => firefox.kill(signal))
firefox.on('exit', (code) => process.exit(code ?? 1))
firefox.stderr.on('data', (data) => {
  const line = `${data}`
  const found = line.match(/WebDriver BiDi listening on (ws:\/\/\S+)/)
  if (found === null) process.stderr.write(line)
  else between(found[1])
})

function between(address) {
  const server = new Server({ host: '127.0.0.1', port: 0 })
  server.on('listening', () =>
    process.stderr.write(`WebDriver BiDi listening on ws://127.0.0.1:${server.address().port}\n`),
  )
  server.on('connection', (playwright, request) => {
    const browser = new WebSocket(address + request.url, { perMessageDeflate: false })
    const early = []
    browser.on('open', () => {
      for (const message of early.splice(0)) browser.send(message)
    })
    playwright.on('message', (data) => {
      const message = `${data}`
      const { id, method } = JSON.parse(message)
      if (answered.has(method)) playwright.send(JSON.stringify({ type: 'success', id, result: {} }))
      else if (browser.readyState === WebSocket.OPEN) browser.send(message)
      else early.push(message)
    })
    browser.on('message', (data) => playwright.send(`${data}`))
    browser.on('close', () => playwright.close())
    playwright.on('close', () => browser.close())
    browser.on('error', () => playwright.close())
  })
}
