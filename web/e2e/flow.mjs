// A supervisor's first hour with the flow editor, by keyboard alone: a menu of three levels is built in
// the running demo, a test of it is made, seen to fail and to pass, and the menu is published. node e2e/flow.mjs BASE [FOLDER] leaves pictures in the folder, in three
// languages, light and dark, on a desk's and a phone's screen, with what axe finds.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { inspect as axeLines } from './axe.mjs'
import { startBrowser } from './browser.mjs'
import { tabTo as tabOn } from './keys.mjs'
import { demoSignIn } from './people.mjs'

const [base, folder = ''] = process.argv.slice(2)
if (folder !== '') mkdirSync(folder, { recursive: true })
const browser = await startBrowser()
const page = await browser.newPage()
const findings = []
const id = (name) => page.getByTestId(name).first()
const began = Date.now()

const tabTo = (part, back) => tabOn(page, part, back)

/** Chooses in a list that filters by what is typed, when it has opened. */
async function choose(name, text) {
  await tabTo(name)
  const list = page.getByRole('listbox').filter({ visible: true })
  await list.waitFor()
  await page.waitForTimeout(200)
  await page.keyboard.press('Control+a')
  await page.keyboard.type(text)
  await page
    .locator('[role="option"][data-combobox-selected]')
    .filter({ visible: true, hasText: text })
    .first()
    .waitFor()
  await page.keyboard.press('Enter')
  await list.waitFor({ state: 'hidden' })
}

/** Steps into the node a way leads to. */
async function follow(way) {
  await tabTo(`go-${way}`)
  const before = await id('inspector').getAttribute('data-step')
  await page.keyboard.press('Enter')
  await page.waitForFunction((was) => document.querySelector('[data-testid="inspector"]')?.dataset.step !== was, before)
}

async function rename(name) {
  await tabTo('step-name')
  await page.keyboard.press('Control+a')
  await page.keyboard.type(name)
  await page.keyboard.press('Enter')
  await page.waitForFunction((n) => document.querySelector('[data-testid="inspector"]')?.dataset.step === n, name)
}

/** Opens a node from the outline by keyboard. */
async function open(step) {
  await tabTo(`step-${step}`, true)
  await page.keyboard.press('Enter')
  await page.waitForFunction((n) => document.querySelector('[data-testid="inspector"]')?.dataset.step === n, step)
}

const prompt = (text) => choose('param-prompt', text)

async function addKey(key) {
  await choose('add-key', key)
  await id(`way-${key}`).waitFor()
}

/** Plays the tests and waits for so many that failed. */
async function play(failed) {
  await tabTo('rehearse', true)
  await page.keyboard.press('Enter')
  await page.locator(`[data-testid="rehearsal-result"][data-failed="${failed}"]`).waitFor({ timeout: 20000 })
}

/** A test is made that expects a step the caller does not come to; it fails, is put right, and passes. */
async function rehearse() {
  await tabTo('flow-more', true)
  await page.keyboard.press('Enter')
  const tests = page.getByRole('menuitem').filter({ visible: true })
  await tests.first().waitFor()
  for (let i = 0; i < 20; i++) {
    const there = await page.evaluate(() => document.activeElement?.getAttribute('data-testid') === 'more-rehearsal')
    if (there) break
    await page.keyboard.press('ArrowDown')
  }
  await page.keyboard.press('Enter')
  await id('rehearsal-panel').waitFor()
  await tabTo('add-test')
  await page.keyboard.press('Enter')
  await id('test-form-0').waitFor()
  await tabTo('test-name')
  await page.keyboard.press('Control+a')
  await page.keyboard.type('presses 1 three times')
  await tabTo('test-deaf')
  for (const [i, keys] of ['1', '1', '1'].entries()) {
    await tabTo('add-act', true)
    await page.keyboard.press('Enter')
    await tabTo(`act-keys-${i}`, true)
    await page.keyboard.press('Control+a')
    await page.keyboard.type(keys)
  }
  await tabTo('test-passes')
  await page.keyboard.type('end')
  await page.keyboard.press('Enter')
  await play(1)
  const why = (await id('test-0').textContent()).includes('end')
  if (!why) throw new Error('the test that failed does not say why')
  await tabTo('test-passes')
  await page.keyboard.press('Backspace')
  await page.keyboard.type('offers')
  await page.keyboard.press('Enter')
  await play(0)
  await tabTo('steps-0')
  await page.keyboard.press('Enter')
  await page.getByTestId('test-0').getByText('offers').first().waitFor()
}

async function build() {
  await page.goto(`${base}/set-up/flows`)
  await id('list-flows').waitFor()
  await tabTo('add')
  await page.keyboard.press('Enter')
  await id('flow-name').waitFor()
  await page.keyboard.type('Three levels')
  await page.keyboard.press('Enter')
  await id('flow-editor').waitFor()
  await id('view-list').waitFor()
  await page.getByTestId('view-list').locator('input[value="list"]').focus()
  await page.keyboard.press('Space')
  await id('step-greeting').waitFor()
  await open('greeting')
  await choose('way-next', 'New: Menu')
  await follow('next')
  await rename('main')
  await prompt('menu')
  await addKey('2')
  await choose('way-1', 'New: Menu')
  await choose('way-2', 'New: Put in line')
  await choose('way-invalid', 'end')
  await choose('way-no_input', 'end')
  await open('main')
  await follow('1')
  await rename('sales')
  await prompt('menu')
  await choose('way-1', 'New: Menu')
  await choose('way-invalid', 'end')
  await choose('way-no_input', 'main')
  await open('sales')
  await follow('1')
  await rename('offers')
  await prompt('menu')
  await choose('way-1', 'enqueue')
  await choose('way-invalid', 'main')
  await choose('way-no_input', 'end')
  await page.locator('[data-testid="flow-saving"][data-saving="saved"]').waitFor({ timeout: 20000 })
  await rehearse()
  await tabTo('open-publish', true)
  await page.keyboard.press('Enter')
  await id('publish-note').waitFor()
  await tabTo('publish-note')
  await page.keyboard.type('A menu of three levels')
  await page.waitForFunction(() => !document.querySelector('[data-testid="publish-now"]')?.disabled, null, {
    timeout: 15000,
  })
  await tabTo('publish-now')
  await page.keyboard.press('Enter')
  await page.locator('[data-testid="flow-saving"][data-saving="same"]').waitFor({ timeout: 15000 })
}

async function inspect(picture) {
  for (const line of await axeLines(page)) findings.push(`${picture}: ${line}`)
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  if (wide > 0) findings.push(`${picture}: sticks out ${wide} px`)
}

async function look() {
  const address = page.url()
  for (const language of ['en', 'ru', 'th']) {
    await page.request.patch(`${base}/api/v1/me`, { data: { language }, headers: { origin: base } })
    for (const scheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
      for (const [width, height] of [
        [1366, 768],
        [390, 844],
      ]) {
        const take = async (name) => {
          await page.waitForTimeout(500)
          const file = `${name}.${language}.${scheme}.${width}.png`
          await page.screenshot({ path: join(folder, file) })
          await inspect(file)
        }
        await page.setViewportSize({ width, height })
        await page.goto(`${base}/set-up/flows`)
        await id('list-flows').waitFor()
        await take('flows')
        await page.goto(address)
        await id('flow-editor').waitFor()
        await take('editor')
        await page
          .getByTestId('view-list')
          .locator('label')
          .nth(width < 900 ? 0 : 1)
          .click()
        await take('other-view')
        if (width < 900) await page.getByTestId('view-list').locator('label').nth(1).click()
        await id('step-main').click()
        await take('step')
      }
    }
  }
}

await demoSignIn(page, base, 'admin')
try {
  await build()
} catch (error) {
  if (folder !== '') await page.screenshot({ path: join(folder, 'stuck.png') })
  process.stdout.write(`${error}\n${page.faults.join('\n')}\n`)
  await browser.close()
  process.exit(1)
}
process.stdout.write(`a menu of three levels, by keyboard: ${Math.round((Date.now() - began) / 1000)} s\n`)
if (folder !== '') await look()
for (const f of [...findings, ...page.faults]) process.stdout.write(`${f}\n`)
await browser.close()
process.exit(findings.length + page.faults.length > 0 ? 1 : 0)
