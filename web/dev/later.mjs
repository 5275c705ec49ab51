// What customers want later, and agents who call them, in a running demo: voice messages, callbacks, manual
// calls, closing hours. Pictures at two sizes, axe on each. LANGUAGE=en, ru or th; PART=manual, later or set-up.
// Usage: node dev/later.mjs http://127.0.0.1:8080 [FOLDER]
import { finish, passCheck, pressHangUp, talking, wrapUp } from '../e2e/people.mjs'
import { looking } from './looking.mjs'

const base = process.argv[2] ?? 'http://127.0.0.1:8080'
const language = process.env.LANGUAGE ?? 'en'
const part = process.env.PART ?? 'all'
const { say, id, person, look: picture, run } = await looking(base, process.argv[3] ?? '/tmp/later')
const look = (page, name) => picture(page, `${name}.${language}`)

/** An agent on a break calls a customer: the dialog, ringing, talking, nobody there, the end. */
async function manual() {
  const anna = await person('anna', language)
  await anna.keyboard.press('Shift+F8')
  await anna.getByTestId('status-break-training').click()
  await anna.locator('[data-testid="status"][data-status="break"]').waitFor()
  await anna.keyboard.press('Control+F10')
  await id(anna, 'dial-number').waitFor()
  await look(anna, 'dial')
  await id(anna, 'dial-number').fill('12')
  await anna.keyboard.press('Enter')
  // The phone is checked first; then the dialog is there again, with what was typed.
  await id(anna, 'check-start').click({ timeout: 15_000 })
  await id(anna, 'check-tone').click({ timeout: 30_000 })
  await id(anna, 'check-heard').click({ timeout: 15_000 })
  await anna.locator('[data-testid="check-result"][data-passed="true"]').waitFor({ timeout: 30_000 })
  await anna.keyboard.press('Escape')
  await id(anna, 'dial-number').waitFor()
  say('typed before the check', await id(anna, 'dial-number').inputValue())
  await anna.keyboard.press('Enter')
  await anna.waitForTimeout(1500)
  await look(anna, 'dial-refused')
  await id(anna, 'dial-number').fill('+4520123401')
  await anna.keyboard.press('Enter')
  await anna.locator('[data-testid="call-bar"][data-phase="dialing"]').waitFor({ timeout: 20_000 })
  say('dialing', await id(anna, 'call-state').textContent())
  await anna.screenshot({ path: `${process.argv[3] ?? '/tmp/later'}/dialing.${language}.png` })
  await talking(anna)
  await look(anna, 'manual-talk')
  await pressHangUp(anna)
  await wrapUp(anna)
  await look(anna, 'manual-over')
  await finish(anna, { note: 'Called about the bill.' })
  await anna.keyboard.press('Control+F10')
  await id(anna, 'dial-number').fill('+442071838750')
  await anna.keyboard.press('Enter')
  await anna.locator('[data-testid="call-bar"][data-phase="dialing"]').waitFor({ timeout: 20_000 })
  await pressHangUp(anna)
  await anna.waitForTimeout(700)
  await look(anna, 'manual-cancelled')
}

/** Messages and callbacks: the board, the list, the offers, the work. */
async function later() {
  const olga = await person('olga', language)
  await olga.goto(`${base}/board`)
  await olga.getByTestId('board-queues').waitFor()
  await olga.waitForTimeout(700)
  await look(olga, 'board')
  await olga.goto(`${base}/callbacks`)
  await olga.getByTestId('callbacks-open').waitFor({ timeout: 120_000 })
  await look(olga, 'callbacks')
  await id(olga, 'callback-move').click()
  await olga.getByTestId('callback-at').waitFor()
  await look(olga, 'callback-move')
  await olga.keyboard.press('Escape')
  await id(olga, 'callback-cancel').click()
  await olga.getByTestId('callback-cancel-now').waitFor()
  await look(olga, 'callback-cancel')
  await olga.getByTestId('callback-cancel-now').click()
  await olga.getByTestId('callbacks-over').waitFor()
  await look(olga, 'callbacks-cancelled')
  await id(olga, 'callback-reopen').click()
  await olga.waitForTimeout(700)
  const vera = await person('vera', language)
  await passCheck(vera)
  const seen = new Set()
  for (let n = 0; n < 8 && seen.size < 2; n++) {
    await id(vera, 'offer').waitFor({ timeout: 120_000 })
    const kind = (await vera.getByTestId('offer-callback').count()) > 0 ? 'callback' : 'message'
    say('offered', kind, await id(vera, 'offer').textContent())
    seen.add(kind)
    await look(vera, `${kind}-offer`)
    await vera.keyboard.press('F2')
    if (kind === 'callback') await called(vera)
    else await heard(vera)
    say('wrapping up', kind)
    await finish(vera, { note: 'ok' })
    if (!seen.has('message')) await cancelled(olga) // calls go before messages
  }
}

/** Cancels the callbacks there are. */
async function cancelled(page) {
  const open = await (await page.request.get(`${base}/api/v1/callbacks?state=open`)).json()
  for (const { id: which } of open.items)
    await page.request.delete(`${base}/api/v1/callbacks/${which}`, { headers: { origin: base } })
}

async function called(vera) {
  await vera.locator('[data-testid="call-bar"][data-phase="dialing"]').waitFor({ timeout: 20_000 })
  await look(vera, 'callback-dialing')
  await talking(vera)
  await look(vera, 'callback-talk')
  await pressHangUp(vera)
  await wrapUp(vera)
}

async function heard(vera) {
  const audio = id(vera, 'message-audio')
  await audio.waitFor({ timeout: 20_000 })
  await look(vera, 'message')
  const played = await audio.evaluate(async (a) => {
    await a.play()
    await new Promise((done) => setTimeout(done, 1500))
    return `${a.currentTime} of ${a.duration} s`
  })
  say('heard', played)
  await look(vera, 'message-playing')
  await pressHangUp(vera)
  await wrapUp(vera)
  await look(vera, 'message-done')
}

/** Closing hours of a queue. */
async function setUp() {
  const admin = await person('admin', language)
  await admin.goto(`${base}/set-up/queues`)
  await admin.getByText("Technicians' visits").first().click()
  await admin.getByTestId('form-queues').waitFor()
  await look(admin, 'queue')
  await admin.locator('[data-testid="field-closing.after.do"]').scrollIntoViewIfNeeded()
  await look(admin, 'closing')
}

await run(async () => {
  if (part === 'all' || part === 'manual') await manual()
  if (part === 'all' || part === 'later') await later()
  if (part === 'all' || part === 'set-up') await setUp()
})
