// What people do on the screens, found as people find it: by role, name and key.

const moment = 15000 // ms

/** Signs in with a password. */
export async function signIn(page, base, login, password) {
  await page.goto(`${base}/`)
  await page.getByRole('textbox', { name: /^(Login|User name|Name)/ }).fill(login)
  await page.locator('input[type=password]').fill(password)
  await page.keyboard.press('Enter')
  await page.getByRole('navigation').first().waitFor({ timeout: moment })
}

/** Signs in to the demo without a password. */
export async function demoSignIn(page, base, login) {
  await page.goto(`${base}/`)
  const answer = await page.request.post(`${base}/api/v1/demo/session`, { data: { login }, headers: { origin: base } })
  if (!answer.ok()) throw new Error(`signing in as ${login}: ${answer.status()} ${await answer.text()}`)
  await page.goto(`${base}/`)
  await page.getByRole('navigation').first().waitFor({ timeout: moment })
}

/** Opens the phone check, in any language. */
export async function openCheck(page) {
  await page.keyboard.press('F9')
  await page.getByRole('dialog').first().waitFor({ timeout: moment })
}

/** Goes through the phone check and becomes available. */
export async function passCheck(page) {
  await page.keyboard.press('F9')
  const check = page.getByRole('dialog', { name: 'Phone check' })
  await check.waitFor({ timeout: moment })
  const start = check.getByRole('button', { name: /Start the check|Allow the microphone|Check again/ })
  await start.first().click()
  await check.getByRole('button', { name: 'Play the tone' }).click({ timeout: moment })
  await check.getByRole('button', { name: 'I heard it' }).click({ timeout: moment })
  await check.getByRole('button', { name: 'Become available' }).click({ timeout: moment })
  await check.waitFor({ state: 'hidden', timeout: moment })
}

export async function becomeAvailable(page) {
  await page.keyboard.press('F9')
  await page.getByText('You are available', { exact: false }).first().waitFor({ timeout: moment })
}

/** Waits for an offer and says who calls, as the screen shows it. */
export async function awaitOffer(page, timeout = 30000) {
  const answer = page.getByRole('button', { name: /^Answer/ })
  await answer.first().waitFor({ timeout })
  return page.locator('body').ariaSnapshot()
}

export async function answer(page) {
  await page.keyboard.press('F2')
  await page
    .getByRole('button', { name: /^Hang up/ })
    .first()
    .waitFor({ timeout: moment })
}

export async function hangUp(page) {
  await page.keyboard.press('Shift+F9')
}

/** Chooses the first outcome there is and ends the wrap-up. */
export async function finish(page, { group, disposition, note } = {}) {
  if (note !== undefined) await page.getByRole('textbox', { name: /Note about this call/ }).fill(note)
  if (group !== undefined) await choose(page, 'Kind of matter', group)
  if (disposition !== undefined) await choose(page, 'Outcome', disposition)
  await page.keyboard.press('Control+Enter')
  await page
    .getByRole('button', { name: /^(Finish)/ })
    .first()
    .waitFor({ state: 'hidden', timeout: moment })
}

/** Chooses by words from a list, a group of radio buttons or a native select. */
export async function choose(page, label, option) {
  const radio = page.getByRole('radio', { name: option, exact: true })
  if ((await radio.count()) > 0) {
    await radio.first().check({ force: true })
    return
  }
  const box = page
    .getByRole('combobox', { name: label, exact: true })
    .or(page.getByRole('textbox', { name: label, exact: true }))
    .first()
  if ((await box.evaluate((e) => e.tagName)) === 'SELECT') {
    await box.selectOption({ label: option })
    return
  }
  await box.click()
  await page.getByRole('option', { name: option, exact: true }).first().click()
}
