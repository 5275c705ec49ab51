// Takes a demo call from sign-in to wrap-up in a real browser against a running server, and leaves
// pictures. Usage: node dev/walk.mjs http://127.0.0.1:8080 [FOLDER]
import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { chromium } from 'playwright-core'
import { pressHangUp } from '../e2e/people.mjs'

const base = process.argv[2] ?? 'http://127.0.0.1:8080'
const folder = process.argv[3] ?? '/tmp/walk'
mkdirSync(folder, { recursive: true })
const context = await chromium.launchPersistentContext(mkdtempSync(`${tmpdir()}/walk-`), {
  executablePath: '/usr/bin/chromium',
  headless: true,
  viewport: { width: 1366, height: 768 },
  args: '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync --use-fake-device-for-media-stream --use-fake-ui-for-media-stream --autoplay-policy=no-user-gesture-required'.split(
    ' ',
  ),
})
const page = context.pages()[0]
page.on('console', (m) => m.type() === 'error' && console.log('CONSOLE', m.text()))
page.on('pageerror', (e) => console.log('PAGE', String(e)))
page.on('response', (r) => r.status() >= 400 && console.log(r.status(), r.request().method(), r.url()))
const id = (name) => page.locator(`[data-testid="${name}"]`)
let count = 0
const picture = (name) => page.screenshot({ path: `${folder}/${String(++count).padStart(2, '0')}-${name}.png` })
const start = Date.now()
const say = (text) => console.log(`${((Date.now() - start) / 1000).toFixed(1)} s`, text)
try {
  await page.goto(base)
  await id('demo-anna').click()
  await id('desk').waitFor()
  say('desk')
  await picture('desk')
  await id('status').click()
  await id('status-available').click()
  await id('check-start').waitFor()
  await id('check-start').click()
  await id('check-heard').click()
  await page
    .locator('[data-testid="check-result"][data-passed="true"]')
    .waitFor({ timeout: 20000 })
    .catch(() => say('check did not pass'))
  await picture('check')
  say('check')
  if (await id('check-available').isVisible()) await id('check-available').click()
  await id('offer').waitFor({ timeout: 60000 })
  say('offer')
  await picture('offer')
  await page.keyboard.press('F2')
  const answered = Date.now()
  await page
    .locator('[data-testid="call-bar"][data-phase="connected"][data-audio="connected"]')
    .waitFor({ timeout: 15000 })
  say(`connected after ${Date.now() - answered} ms`)
  const heard = await page.evaluate(async () => {
    const audio = document.querySelector('[data-testid="remote-audio"]')
    const context = new AudioContext()
    const source = context.createMediaStreamSource(audio.srcObject)
    const analyser = context.createAnalyser()
    source.connect(analyser)
    const samples = new Float32Array(analyser.fftSize)
    let loudest = 0
    for (let i = 0; i < 60; i++) {
      await new Promise((r) => setTimeout(r, 50))
      analyser.getFloatTimeDomainData(samples)
      loudest = Math.max(loudest, ...samples.map(Math.abs))
    }
    return loudest
  })
  say(`loudest sample heard ${heard.toFixed(3)}`)
  await picture('talk')
  await page.keyboard.press('F8')
  await page.waitForTimeout(400)
  say(await id('call-state').textContent())
  await page.keyboard.press('F8')
  await page.reload()
  await page
    .locator('[data-testid="call-bar"][data-phase="connected"][data-audio="connected"]')
    .waitFor({ timeout: 20000 })
  say('connected again after a reload')
  await id('note').fill('Asked about the tariff.')
  await page.waitForTimeout(2200)
  say(await id('draft-state').textContent())
  await pressHangUp(page)
  await page.locator('[data-testid="call-bar"][data-phase="wrapping_up"]').waitFor({ timeout: 8000 })
  await picture('wrap')
  await page.keyboard.press('Control+Enter')
  await page.waitForTimeout(400)
  await picture('wrap-missing')
  await id('disposition-group').click()
  await page.locator('[role="option"]:visible').first().click()
  if (await id('disposition').isEnabled()) {
    await id('disposition').click()
    await page.locator('[role="option"]:visible').first().click()
  }
  await page.keyboard.press('Control+Enter')
  await page.locator('[data-testid="call-bar"]:not([data-phase="wrapping_up"])').waitFor({ timeout: 8000 })
  say('finished')
  await id('nav-interactions').click()
  await id('interactions').waitFor()
  await picture('interactions')
  await page.locator('[data-testid="interactions"] tbody tr a').first().click()
  await id('interaction').waitFor()
  await page.waitForTimeout(1500)
  await picture('detail')
  await id('user-menu').click()
  await id('sign-out').click()
  await id('demo-olga').click()
  await id('board').waitFor()
  await page.waitForTimeout(800)
  await picture('board')
  await id('nav-report').click()
  await id('report').waitFor()
  await page.waitForTimeout(1200)
  await picture('report')
  await id('nav-interactions').click()
  await id('interactions').waitFor()
  await page.locator('[data-testid="interactions"] tbody tr:has-text("Anna") a').first().click()
  await id('player').waitFor()
  await id('play').click()
  await page.waitForTimeout(2500)
  say(`player ${await id('waveform').getAttribute('aria-valuetext')}`)
  await picture('player')
} catch (error) {
  say(`FAILED ${error}`)
  await picture('failed')
}
await context.close()
