// Starts Debian's Chromium, or with BROWSER=firefox its Firefox, without a window, with a microphone that says a tone,
// and puts ears into each page: what a caller says can be measured in the page by its frequency.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, firefox } from 'playwright-core'

/** A WAV file with a tone that begins and ends in the same phase, so that repeating it does not click. */
export function toneFile(folder, hz, seconds = 10, rate = 48000) {
  const n = seconds * rate
  const b = Buffer.alloc(44 + 2 * n)
  b.write('RIFF', 0)
  b.writeUInt32LE(36 + 2 * n, 4)
  b.write('WAVEfmt ', 8)
  b.writeUInt32LE(16, 16)
  b.writeUInt16LE(1, 20)
  b.writeUInt16LE(1, 22)
  b.writeUInt32LE(rate, 24)
  b.writeUInt32LE(2 * rate, 28)
  b.writeUInt16LE(2, 32)
  b.writeUInt16LE(16, 34)
  b.write('data', 36)
  b.writeUInt32LE(2 * n, 40)
  for (let i = 0; i < n; i++) b.writeInt16LE(Math.round(16000 * Math.sin((2 * Math.PI * hz * i) / rate)), 44 + 2 * i)
  const file = join(folder, `tone-${hz}.wav`)
  writeFileSync(file, b)
  return file
}

/** Runs in the page before its own scripts. */
function ears() {
  // A steady tone is noise to the browser's noise suppression; people speak, tests do not.
  const ask = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices)
  if (ask) {
    navigator.mediaDevices.getUserMedia = (c) =>
      ask({ ...c, audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } })
  }
  const heard = []
  let context
  const Peer = window.RTCPeerConnection
  window.RTCPeerConnection = class extends Peer {
    constructor(...args) {
      super(...args)
      this.addEventListener('track', (e) => {
        context ??= new AudioContext()
        const analyser = context.createAnalyser()
        analyser.fftSize = 8192
        analyser.smoothingTimeConstant = 0
        context.createMediaStreamSource(new MediaStream([e.track])).connect(analyser)
        heard.push({ peer: this, analyser })
      })
    }
  }
  window.hears = () => {
    const open = heard.filter((h) => h.peer.connectionState === 'connected')
    const last = open[open.length - 1]
    if (last === undefined) return { hz: 0, db: -200, open: 0 }
    const f = new Float32Array(last.analyser.frequencyBinCount)
    last.analyser.getFloatFrequencyData(f)
    let k = 1
    for (let i = 2; i < f.length; i++) if (f[i] > f[k]) k = i
    return { hz: (k * context.sampleRate) / last.analyser.fftSize, db: f[k], open: open.length }
  }
}

/** Firefox speaks WebDriver BiDi; its microphone is a setting, it has no permission to give for it. */
async function startFirefox(hz) {
  const browser = await firefox.launch({
    channel: 'moz-firefox',
    executablePath: fileURLToPath(new URL('firefox.mjs', import.meta.url)),
    firefoxUserPrefs: {
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
      'media.navigator.audio.fake_frequency': hz,
      'media.autoplay.default': 0,
      'network.captive-portal-service.enabled': false,
      'network.connectivity-service.enabled': false,
    },
  })
  return { browser, permissions: [] }
}

async function startChromium(hz, folder) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--autoplay-policy=no-user-gesture-required',
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-audio-capture=${toneFile(folder, hz)}`,
    ],
  })
  return { browser, permissions: ['microphone', 'notifications'] }
}

/** One browser; pages from newPage share nothing with each other. */
export async function startBrowser({ hz = 700 } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'linekeeper-e2e-'))
  const { browser, permissions } = await (process.env.BROWSER === 'firefox'
    ? startFirefox(hz)
    : startChromium(hz, folder))
  return {
    async newPage(options = {}) {
      const context = await browser.newContext({
        viewport: { width: 1366, height: 768 },
        permissions,
        locale: 'en-GB',
        ...options,
      })
      await context.addInitScript(ears)
      const page = await context.newPage()
      page.faults = []
      page.on('pageerror', (e) => page.faults.push(`${e.stack ?? e}`))
      page.on('console', (m) => {
        // A failed request is told below, with its address.
        if (m.type() === 'error' && !m.text().startsWith('Failed to load resource')) page.faults.push(m.text())
      })
      page.on('response', (r) => {
        // 401 is how the client learns that nobody is signed in, 404 that this is not the demo.
        if (r.status() === 401 || r.url().endsWith('/api/v1/demo')) return
        if (r.status() >= 400) page.faults.push(`${r.status()} ${r.request().method()} ${r.url()}`)
      })
      return page
    },
    async close() {
      await browser.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
