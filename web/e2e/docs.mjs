// Takes the pictures of the guide from a running demo into docs/using/pictures. `make docs-shots`
// builds first; LINEKEEPER names another binary.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startBrowser } from './browser.mjs'
import { answer, awaitOffer, demoSignIn, finish, hangUp, openCheck, passCheck, talking, wrapUp } from './people.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(root, 'docs', 'using', 'pictures')
const binary = process.env.LINEKEEPER ?? join(root, 'bin', 'linekeeper')
const largest = 200_000 // bytes
const faults = []

/** Starts the demo on free ports and waits until it says where it is. */
function demo() {
  const data = mkdtempSync(join(tmpdir(), 'linekeeper-docs-'))
  const args = ['demo', '--data', data, '--http', '127.0.0.1:0', '--sip', '127.0.0.1:0', '--webrtc', '127.0.0.1:0']
  const child = spawn(binary, [...args, '--rtp-ports', '0'], { stdio: ['ignore', 'ignore', 'pipe'] })
  const stop = () =>
    new Promise((done) => {
      child.removeAllListeners('exit')
      child.once('exit', () => {
        rmSync(data, { recursive: true, force: true })
        done()
      })
      child.kill('SIGTERM')
      setTimeout(() => child.kill('SIGTERM'), 500).unref() // the second ends what is left
      setTimeout(() => child.kill('SIGKILL'), 8000).unref()
    })
  return new Promise((resolve, reject) => {
    let text = ''
    child.stderr.on('data', (chunk) => {
      text += chunk
      const at = /http:\/\/[\d.]+:\d+/.exec(text)
      if (at !== null) resolve({ base: at[0], stop })
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`the demo ended with ${code}\n${text}`)))
  })
}

async function take(page, name) {
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
  await page.waitForTimeout(900) // data, charts and colours settle
  const file = join(folder, `${name}.png`)
  await page.screenshot({ path: file })
  const { size } = statSync(file)
  if (size > largest) faults.push(`${name}.png has ${size} bytes, more than ${largest}`)
  process.stdout.write(`${name}.png ${Math.round(size / 1000)} kB\n`)
}

/** Signs in an agent and waits until the desk is connected: keys pressed before mean nothing. */
async function toDesk(page, base, login) {
  await demoSignIn(page, base, login)
  await page.locator('[data-testid="status"][data-status]').waitFor()
  await page.waitForTimeout(500)
}

async function look(page, base, path, name, to = null) {
  await page.goto(base + path)
  await page.getByRole('main').first().waitFor()
  await page.waitForLoadState('networkidle').catch(() => {}) // an open socket is no load
  if (to !== null) await page.locator(to).last().scrollIntoViewIfNeeded()
  await take(page, name)
}

async function speak(page, base, language) {
  const reply = await page.request.patch(`${base}/api/v1/me`, { data: { language }, headers: { origin: base } })
  if (!reply.ok()) throw new Error(`changing the language: ${reply.status()}`)
}

/** What an agent lets the customer hear or enter; no digits are entered here, and none would be shown. */
async function beside(agent) {
  await agent.keyboard.press('Control+F7')
  await agent.getByTestId('play-prompt').first().waitFor()
  await take(agent, 'play-prompt')
  await agent.getByTestId('ask-secret').first().click()
  await agent.getByTestId('stop-play').first().waitFor()
  await take(agent, 'secret-digits')
  await agent.keyboard.press('Control+Shift+F7')
  await agent.getByTestId('stop-play').first().waitFor({ state: 'hidden' })
}

/** A call to a customer: the dialog, and the talk. */
async function manual(agent) {
  await agent.keyboard.press('Shift+F8')
  await agent.getByTestId('status-break-training').click()
  await agent.locator('[data-testid="status"][data-status="break"]').waitFor()
  await agent.getByTestId('call-bar').and(agent.locator('[data-phase="none"]')).waitFor({ timeout: 30_000 })
  await agent.keyboard.press('Control+F10')
  await agent.getByTestId('dial-number').fill('+4520123401')
  await take(agent, 'manual-call')
  await agent.keyboard.press('Enter')
  await agent.locator('[data-testid="call-bar"][data-phase="dialing"]').waitFor({ timeout: 15_000 })
  await take(agent, 'manual-ringing')
  await talking(agent)
  await agent.waitForTimeout(6000)
  await hangUp(agent)
  await finish(agent, { note: 'Called about the new tariff.' })
}

/** The list of callbacks, and a voice message at a desk. */
async function later(browser, base, supervisor) {
  await supervisor.goto(`${base}/callbacks`)
  await supervisor.getByTestId('callbacks-open').waitFor({ timeout: 120_000 })
  await take(supervisor, 'callbacks')
  const vera = await browser.newPage()
  await toDesk(vera, base, 'vera')
  await speak(vera, base, 'en')
  await vera.reload()
  await vera.waitForTimeout(1500)
  await passCheck(vera)
  for (let tries = 0; tries < 8; tries++) {
    await awaitOffer(vera, 120_000)
    const message = (await vera.getByTestId('message-facts').count()) > 0
    await vera.keyboard.press('F2')
    if (message) break
    await talking(vera)
    await vera.waitForTimeout(6000)
    await hangUp(vera)
    await finish(vera)
  }
  await vera.getByTestId('message-audio').waitFor()
  await take(vera, 'voice-message')
}

/** A trigger with a run that was started by hand. */
async function trigger(keeper, base) {
  await keeper.goto(`${base}/set-up/triggers`)
  await keeper.getByTestId('list-triggers').locator('th a').first().click()
  await keeper.getByTestId('run-now').click()
  await keeper.getByTestId('input-waiting').fill('4')
  await keeper.getByTestId('run').click()
  await keeper.getByTestId('list-runs').locator('summary').first().click({ timeout: 30_000 })
  await keeper.getByTestId('toasts').getByRole('button').first().click()
  await keeper.getByTestId('list-runs').scrollIntoViewIfNeeded()
  await take(keeper, 'trigger')
}

mkdirSync(folder, { recursive: true })
const center = await demo()
const { base } = center
const browser = await startBrowser()
try {
  const agent = await browser.newPage()
  await agent.goto(`${base}/`)
  await agent.getByTestId('demo-anna').waitFor()
  await agent.waitForLoadState('networkidle') // the Thai letters of the language switch
  await take(agent, 'sign-in')
  await toDesk(agent, base, 'anna')
  await passCheck(agent)
  // The pictures show a caller who dialed an English number; others are served quickly.
  for (let tries = 0; tries < 12; tries++) {
    const offer = await awaitOffer(agent, 90_000)
    if (!/[а-яก-๙]/i.test(offer)) break
    await answer(agent)
    await agent.waitForTimeout(6000) // some outcomes need a talk
    await hangUp(agent)
    await finish(agent)
  }
  await awaitOffer(agent, 90_000)
  await take(agent, 'ringing')
  await answer(agent)

  const supervisor = await browser.newPage({ locale: 'ru-RU' })
  await demoSignIn(supervisor, base, 'olga')
  await look(supervisor, base, '/board', 'board-ru')

  await take(agent, 'talking')
  await beside(agent)
  await agent.waitForTimeout(6000) // something to hear in the recording
  if (await agent.locator('[data-testid="call-bar"][data-phase="connected"]').isVisible()) await hangUp(agent)
  await wrapUp(agent)
  await take(agent, 'wrap-up')
  await finish(agent, { note: 'Asked about a faster tariff.' })
  await manual(agent)

  await speak(supervisor, base, 'en')
  const day = await (await supervisor.request.get(`${base}/api/v1/interactions?limit=20&outcome=answered`)).json()
  const heard =
    day.items.find((i) => i.recording !== '' && i.origin === 'inbound' && i.channel === 'voice') ?? day.items[0]
  await look(supervisor, base, `/interactions/${heard.id}`, 'interaction', 'canvas, [role=slider]')
  await look(supervisor, base, '/report', 'report')

  await later(browser, base, supervisor)

  const thai = await browser.newPage({ locale: 'th-TH' })
  await toDesk(thai, base, 'somchai')
  await openCheck(thai)
  await take(thai, 'phone-check-th')

  const keeper = await browser.newPage()
  await demoSignIn(keeper, base, 'admin')
  await look(keeper, base, '/set-up/queues', 'set-up')
  await trigger(keeper, base)
  await speak(keeper, base, 'th')
  const { items: flows } = await (await keeper.request.get(`${base}/api/v1/flows`)).json()
  await look(keeper, base, `/set-up/flows/${flows.find((f) => f.key === 'main').id}`, 'flow-editor-th')
} finally {
  await browser.close()
  await center.stop()
}
for (const fault of faults) process.stdout.write(`${fault}\n`)
process.exit(faults.length > 0 ? 1 : 0)
