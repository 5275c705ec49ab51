// What people do on the screens, in any language: by key where there is one, else by the test ids the
// client gives its parts, and never with a mouse. Names and roles for assistive technology are axe's matter.
import { inspect } from './axe.mjs'
import { choose, fromMenu, pressOn, tabTo } from './keys.mjs'

const moment = 15000 // ms

const id = (page, name) => page.getByTestId(name).first()
const gone = { state: 'hidden', timeout: moment }

/** Signs in with a password. */
export async function signIn(page, base, login, password) {
  await page.goto(`${base}/`)
  await id(page, 'login').pressSequentially(login) // by key, as people do: what is filled in at once Firefox does not tell
  await id(page, 'password').pressSequentially(password)
  await page.keyboard.press('Enter')
  await id(page, 'frame').waitFor({ timeout: moment })
}

/** Signs in to the demo with one click. */
export async function demoSignIn(page, base, login) {
  await page.context().clearCookies()
  await page.goto(`${base}/sign-in`)
  await id(page, `demo-${login}`).click()
  await id(page, 'frame').waitFor({ timeout: moment })
}

/** Opens the phone check. */
export async function openCheck(page) {
  await page.keyboard.press('F9')
  await id(page, 'check-start').waitFor({ timeout: moment })
}

/** Goes through the phone check and becomes available. */
export async function passCheck(page) {
  await openCheck(page)
  await pressOn(page, 'check-start')
  await pressOn(page, 'check-tone')
  await pressOn(page, 'check-heard')
  await page.locator('[data-testid="check-result"][data-passed="true"]').waitFor({ timeout: moment })
  await pressOn(page, 'check-available')
  await page.locator('[data-testid="status"][data-status="available"]').waitFor({ timeout: moment })
}

export async function becomeAvailable(page) {
  await page.keyboard.press('F9')
  await page.locator('[data-testid="status"][data-status="available"]').waitFor({ timeout: moment })
}

/** Waits for an offer; what it says. */
export async function awaitOffer(page, timeout = 30000) {
  const offer = id(page, 'offer')
  await offer.waitFor({ timeout })
  return await offer.ariaSnapshot()
}

export async function answer(page) {
  await page.keyboard.press('F2')
  await talking(page)
}

/** Waits until the call is connected with sound. */
export async function talking(page) {
  await page
    .locator('[data-testid="call-bar"][data-phase="connected"][data-audio="connected"]')
    .waitFor({ timeout: moment })
}

export async function decline(page) {
  await page.keyboard.press('Shift+F2')
  await id(page, 'offer').waitFor(gone)
}

export async function hangUp(page) {
  await pressHangUp(page)
  await wrapUp(page)
}

/** Hangs up whatever the outcome still lacks: what is missing is said first, and then pressed through. */
export async function pressHangUp(page) {
  await page.keyboard.press('Shift+F9')
  await page
    .locator('[data-testid="lacking"], [data-testid="call-bar"]:not([data-phase="connected"])')
    .first()
    .waitFor({ timeout: moment })
  if (!(await id(page, 'lacking').isVisible())) return
  await page.waitForTimeout(700)
  await page.keyboard.press('Shift+F9')
}

/** Waits for the wrap-up. */
export async function wrapUp(page) {
  await page.locator('[data-testid="call-bar"][data-phase="wrapping_up"]').waitFor({ timeout: moment })
}

/** Notes the outcome, by names or the first there is, and ends the wrap-up. */
export async function finish(page, { group, disposition, note } = {}) {
  await wrapUp(page)
  if (note !== undefined) {
    await tabTo(page, 'note')
    await page.keyboard.type(note)
  }
  await choose(page, 'disposition-group', group)
  if (await id(page, 'disposition').isEnabled()) await choose(page, 'disposition', disposition)
  await page.keyboard.press('Control+Enter')
  await page.locator('[data-testid="call-bar"][data-phase="wrapping_up"]').waitFor(gone)
}

/** Changes the language of the screens, from the menu of one's own name. */
export async function speak(page, language) {
  await pressOn(page, 'user-menu')
  await tabTo(page, 'language')
  // The focus may begin beside the choice that holds; after a key the two are the same again.
  const settled = () => document.querySelector('[data-testid="language"] input:checked') === document.activeElement
  while ((await page.locator('[data-testid="language"] input:checked').getAttribute('value')) !== language) {
    await page.keyboard.press('ArrowRight')
    await page.waitForFunction(settled, null, { timeout: moment })
  }
  await page.locator(`html[lang^="${language}"]`).waitFor({ state: 'attached', timeout: moment })
  await page.keyboard.press('Escape')
  await id(page, 'language').waitFor(gone)
}

/** Goes to a place of the menu: desk, board, interactions ... */
export async function goTo(page, place) {
  await pressOn(page, `nav-${place}`, true)
  await page.locator(`[data-testid="nav-${place}"][aria-current="page"]`).waitFor({ timeout: moment })
  await page.getByRole('heading', { level: 1 }).first().waitFor({ timeout: moment })
}

export async function signOut(page) {
  await pressOn(page, 'user-menu', true)
  await pressOn(page, 'sign-out')
  await id(page, 'sign-in').waitFor({ timeout: moment })
}

/** Puts the customer on hold or takes him back. */
export async function hold(page, on) {
  await page.keyboard.press('Control+F8')
  await page.locator(`[data-testid="call-bar"][data-held="${on}"]`).waitFor({ timeout: moment })
}

/** Calls the leaders and says what it is about. */
export async function askForHelp(page, word) {
  await page.keyboard.press('Control+F1')
  await tabTo(page, 'help-text')
  await page.keyboard.type(word)
  await page.keyboard.press('Enter')
  await awaitLine(page, word)
}

/** Waits until the call for help shows some words. */
export async function awaitLine(page, word) {
  await page.getByTestId('help-call').getByText(word).first().waitFor({ timeout: moment })
}

/** A leader takes the call for help on the board, and answers it. */
export async function giveHelp(page, word) {
  await pressOn(page, 'help-take')
  await page.locator('[data-testid="help-request"]:not([data-taken=""])').waitFor({ timeout: moment })
  await tabTo(page, 'help-text')
  await page.keyboard.type(word)
  await page.keyboard.press('Enter')
}

/** Passes a call on without asking first, to whom the search finds. */
export async function passOn(page, whom) {
  await page.keyboard.press('Control+F2')
  await tabTo(page, 'transfer-search')
  await page.keyboard.type(whom)
  await page
    .locator('[data-testid="target"][aria-selected="true"]')
    .filter({ hasText: whom })
    .waitFor({ timeout: moment })
  await page.keyboard.press('Control+Enter')
}

/** A leader opens who waits in a queue and moves the first to another one. */
export async function moveFirst(page, from, to) {
  await pressOn(page, `[data-testid="board-waiting"][aria-label*="${from}"]`)
  await fromMenu(page, 'line-change', 'line-move')
  await choose(page, 'line-to', to)
  await pressOn(page, 'line-save')
  await id(page, 'line-dialog').waitFor(gone)
}

/** A leader changes an agent's status: `available`, `offline`, `break-KEY`. */
export async function setStatusOf(page, agent, status) {
  await fromMenu(page, `[data-testid="agent-change"][aria-label*="${agent}"]`, `agent-${status}`)
}

export async function awaitStatus(page, status, reason = '') {
  await page
    .locator(`[data-testid="status"][data-status="${status}"][data-reason="${reason}"]`)
    .waitFor({ timeout: moment })
}

/** Takes a break, from the menu of one's status. */
export async function takeBreak(page, reason) {
  await fromMenu(page, 'status', `status-break-${reason}`)
  await awaitStatus(page, 'break', reason)
}

/** Opens the newest of the interactions listed. */
export async function openNewest(page) {
  await pressOn(page, '[data-testid="interactions"] tr[data-id]')
  await id(page, 'timeline').waitFor({ timeout: moment })
}

/** The addresses of all places in the menu and of all kinds of the set-up, with the empty form of each that has one. */
export async function addresses(page) {
  const links = (start) =>
    page.locator(`[data-testid^="${start}"][href]`).evaluateAll((all) => all.map((a) => new URL(a.href).pathname))
  const found = [...(await links('nav-')), '/my-phone', '/my-password']
  await open(page, '/set-up/users')
  for (const kind of await links('kind-')) {
    await open(page, kind)
    found.push(kind)
    if (!(await id(page, 'add').isVisible())) continue
    await pressOn(page, 'add')
    const form = page.waitForURL(`**${kind}/new`, { timeout: moment }).then(() => true)
    const dialog = page.getByRole('dialog').first().waitFor({ timeout: moment })
    if ((await Promise.any([form, dialog])) === true) found.push(`${kind}/new`)
  }
  return [...new Set(found)]
}

/** Opens an address and waits until it has its data. */
export async function open(page, address) {
  await page.goto(new URL(address, page.url()).href)
  await page.getByRole('heading', { level: 1 }).first().waitFor({ timeout: moment })
  await page.waitForLoadState('networkidle')
}

/** What an accessibility checker finds, and what sticks out of the page, a line each. */
export async function findings(page) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  return [...(await inspect(page)), ...(wide > 0 ? [`sticks out ${wide} px`] : [])]
}
