// What hands do on a keyboard, by the test ids the client gives its parts or by a CSS selector.

const moment = 15000 // ms
const css = (part) => (/^[\w:-]+$/.test(part) ? `[data-testid="${part}"]` : part)

/** Whether the focus is at a part or inside it. */
const at = (page, part) => page.evaluate((s) => document.activeElement?.closest(s) != null, css(part))

/** Moves the focus with Tab until it is at the part, as people do. */
export async function tabTo(page, part, back = false) {
  await page.locator(css(part)).first().waitFor({ state: 'attached', timeout: moment })
  for (let i = 0; i < 250; i++) {
    if (await at(page, part)) return
    await page.keyboard.press(back ? 'Shift+Tab' : 'Tab')
  }
  throw new Error(`the keyboard does not reach ${part}`)
}

/** Presses a button or follows a link. */
export async function pressOn(page, part, back = false) {
  await tabTo(page, part, back)
  await page.keyboard.press('Enter')
}

/** Chooses from a list that opens under its field; without a text what stands first. */
export async function choose(page, part, text) {
  await tabTo(page, part)
  const list = page.getByRole('listbox').filter({ visible: true })
  if ((await list.count()) === 0) await page.keyboard.press('ArrowDown')
  await list.first().waitFor({ timeout: moment })
  const marked = list.locator('[role="option"][data-combobox-selected]')
  for (let i = 0; i < 60; i++) {
    const name = (await marked.count()) === 0 ? '' : await marked.first().textContent()
    if (name !== '' && (text === undefined || name === text || name.startsWith(`${text} ·`))) {
      await page.keyboard.press('Enter')
      await list.first().waitFor({ state: 'hidden', timeout: moment })
      return
    }
    await page.keyboard.press('ArrowDown')
  }
  throw new Error(`${part} has no ${text ?? 'choice'}`)
}

/** Opens a menu and takes one of its items. */
export async function fromMenu(page, part, item) {
  await pressOn(page, part)
  await page.locator(css(item)).filter({ visible: true }).first().waitFor({ timeout: moment })
  for (let i = 0; i < 40; i++) {
    if (await at(page, item)) return page.keyboard.press('Enter')
    await page.keyboard.press('ArrowDown')
  }
  throw new Error(`the arrows do not reach ${item}`)
}
