// Two agents and a supervisor in a running demo: hold, consult, swap, merge, listen, whisper, hand over, park
// and pick up, in real browsers with sound. Usage: node dev/consult.mjs http://127.0.0.1:8080 [FOLDER]
import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { chromium } from 'playwright-core'
import { pressHangUp } from '../e2e/people.mjs'
import { emptied } from './looking.mjs'

const base = process.argv[2] ?? 'http://127.0.0.1:8080'
const folder = process.argv[3] ?? '/tmp/consult'
mkdirSync(folder, { recursive: true })
const args =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync --use-fake-device-for-media-stream --use-fake-ui-for-media-stream --autoplay-policy=no-user-gesture-required'.split(
    ' ',
  )
const start = Date.now()
const say = (text) => console.log(`${((Date.now() - start) / 1000).toFixed(1)} s`, text)
const open = []

async function person(login) {
  const context = await chromium.launchPersistentContext(mkdtempSync(`${tmpdir()}/consult-`), {
    executablePath: '/usr/bin/chromium',
    headless: true,
    viewport: { width: 1366, height: 768 },
    args,
  })
  open.push(context)
  const page = context.pages()[0]
  page.on('pageerror', (e) => say(`${login} PAGE ${e}`))
  await page.goto(base)
  const id = (name) => page.locator(`[data-testid="${name}"]`)
  await id(`demo-${login}`).click()
  await id('frame').waitFor()
  const bar = (state) => page.locator(`[data-testid="call-bar"]${state}`).waitFor({ timeout: 20_000 })
  return { login, page, id, bar, key: (k) => page.keyboard.press(k) }
}

async function available({ page, id, key }) {
  await key('F9')
  await id('check-start').click()
  await id('check-heard').click()
  await page.locator('[data-testid="check-result"][data-passed="true"]').waitFor({ timeout: 20_000 })
  await id('check-available').click()
}

/** The loudest sample heard within two seconds. */
async function hears({ login, page }, what) {
  const level = await page.evaluate(async () => {
    const audio = document.querySelector('[data-testid="remote-audio"]')
    if (!audio.srcObject) return -1
    const context = new AudioContext()
    const analyser = context.createAnalyser()
    context.createMediaStreamSource(audio.srcObject).connect(analyser)
    const samples = new Float32Array(analyser.fftSize)
    let loudest = 0
    for (let i = 0; i < 40; i++) {
      await new Promise((r) => setTimeout(r, 50))
      analyser.getFloatTimeDomainData(samples)
      loudest = Math.max(loudest, ...samples.map(Math.abs))
    }
    await context.close()
    return loudest
  })
  say(`${login} hears ${level.toFixed(3)} ${what}`)
}

let count = 0
const picture = ({ login, page }, name) =>
  page.screenshot({ path: `${folder}/${String(++count).padStart(2, '0')}-${login}-${name}.png` })
const up = '[data-phase="connected"][data-audio="connected"]'
try {
  const second = await person(process.env.SECOND ?? 'somchai')
  await emptied(base, second.login)
  await available(second)
  say('the second is available')
  const olga = await person('olga')
  await olga.page.goto(`${base}/board`)
  const first = await person(process.env.FIRST ?? 'anna')
  await available(first)
  await first.id('offer').waitFor({ timeout: 60_000 })
  await first.key('F2')
  await first.bar(up)
  say('the first agent talks')
  await first.key('Control+F8')
  await first.bar('[data-held="true"]')
  await hears(first, 'on hold')
  await first.key('Control+F8')
  await first.bar('[data-held="false"]')
  await hears(first, 'with the customer')
  await first.key('Control+F2')
  await first.id('target').first().waitFor()
  await picture(first, 'transfer')
  await first.page.keyboard.type(process.env.SECOND_NAME ?? 'Somchai')
  await first.key('Enter')
  await first.bar('[data-side="true"]')
  await picture(first, 'asking')
  say(await first.id('call-state').textContent())
  await second.id('offer').waitFor({ timeout: 15_000 })
  await picture(second, 'asked')
  await second.key('F2')
  await second.bar(`${up}[data-part="party"]`)
  say('the second is in the private talk')
  await hears(first, 'in the private talk')
  await hears(second, 'in the private talk')
  await picture(first, 'private')
  await picture(second, 'private')
  await first.key('Control+Shift+F2')
  await first.bar('[data-side="false"]')
  say(`swapped: ${await first.id('call-state').textContent()}`)
  await first.key('Control+Shift+F2')
  await first.bar('[data-side="true"]')
  await first.key('Control+F9')
  await first.bar('[data-side="false"]')
  say('merged')
  await hears(second, 'in the conference')
  await picture(first, 'conference')
  await olga.id('monitor').first().click()
  await olga.id('monitor-listen').click()
  await olga.bar(`${up}[data-part="monitor"]`)
  say('the supervisor listens')
  await hears(olga, 'listening')
  await picture(olga, 'listening')
  await olga.id('call-whisper').click()
  await olga.page.locator('[data-testid="call-whisper"][aria-pressed="true"]').waitFor()
  say(await olga.id('call-state').textContent())
  await olga.key('Shift+F9')
  await olga.page
    .locator('[data-testid="call-bar"]')
    .waitFor({ state: 'hidden', timeout: 8_000 })
    .catch(() => say('bar stays'))
  await first.key('Control+Shift+F9')
  await second.bar(`${up}[data-part="agent"]`)
  say('handed over')
  await first.page.waitForTimeout(600)
  await picture(second, 'handed-over')
  await hears(second, 'with the customer')
  await second.key('Control+Shift+F4')
  await second.id('parked').waitFor({ timeout: 8_000 })
  say('parked')
  await picture(second, 'parked')
  await second.key('Control+Shift+Enter')
  await second.bar(up)
  say('picked up')
  await pressHangUp(second.page)
  await second.bar('[data-phase="wrapping_up"]')
  say('done')
} catch (error) {
  say(`FAILED ${error}`)
  for (const context of open) await picture({ login: 'failed', page: context.pages()[0] }, 'x').catch(() => {})
} finally {
  for (const context of open) await context.close()
}
