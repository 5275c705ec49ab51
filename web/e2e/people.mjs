// What people do on the screens, in any language: by key where there is one, else by the test ids the
// client gives its parts. Names and roles for assistive technology are axe's matter, in shots.mjs.

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
  await id(page, 'check-start').click()
  await id(page, 'check-tone').click({ timeout: moment })
  await id(page, 'check-heard').click({ timeout: moment })
  await page.locator('[data-testid="check-result"][data-passed="true"]').waitFor({ timeout: moment })
  await id(page, 'check-available').click({ timeout: moment })
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
  if (note !== undefined) await id(page, 'note').pressSequentially(note)
  await choose(page, 'disposition-group', group)
  if (await id(page, 'disposition').isEnabled()) await choose(page, 'disposition', disposition)
  await page.keyboard.press('Control+Enter')
  await page.locator('[data-testid="call-bar"][data-phase="wrapping_up"]').waitFor(gone)
}

async function choose(page, list, option) {
  await id(page, list).click()
  const options = page.getByRole('option').filter({ visible: true })
  await (option === undefined ? options : page.getByRole('option', { name: option, exact: true })).first().click()
}
