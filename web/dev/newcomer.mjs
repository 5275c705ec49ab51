// A supervisor without training builds a menu of three levels from an empty flow with the mouse, in Russian, at 1366x768:
// a picture of every step, and how many clicks and keys it took. Usage: node dev/newcomer.mjs http://127.0.0.1:8080 [FOLDER]
import { looking } from './looking.mjs'

const base = process.argv[2] ?? 'http://127.0.0.1:8080'
const folder = process.argv[3] ?? '/tmp/newcomer'
const language = process.env.LANGUAGE ?? 'ru'
const words = {
  ru: {
    menu: 'Новый: Меню',
    line: 'Новый: Поставить в очередь',
    flow: 'Меню компании',
    greeting: 'Здравствуйте! Вы позвонили в нашу компанию.',
  },
  en: {
    menu: 'New: Menu',
    line: 'New: Put in line',
    flow: 'Company menu',
    greeting: 'Hello! You have called our company.',
  },
}[language]
const { say, id, person, run } = await looking(base, folder)
let clicks = 0
let keys = 0
let picture = 0

await run(async () => {
  const page = await person('admin', language)
  await page.setViewportSize({ width: 1366, height: 768 })
  const began = Date.now()
  const look = async (name) => {
    picture++
    await page.waitForTimeout(500)
    await page.screenshot({ path: `${folder}/${String(picture).padStart(2, '0')}-${name}.png` })
  }
  const click = async (name) => {
    await id(page, name).click({ timeout: 10000 })
    clicks++
  }
  const type = async (name, text) => {
    const field = name === 'param-text' ? page.locator('[data-field="text"] textarea').first() : id(page, name)
    await field.click({ timeout: 10000 })
    await page.keyboard.press('Control+a')
    await page.keyboard.type(text)
    clicks++
    keys += text.length
  }
  const pick = async (name, text) => {
    await id(page, name).click()
    const option = page.getByRole('option').filter({ visible: true, hasText: text }).first()
    await option.waitFor()
    await option.click()
    clicks += 2
  }
  const follow = async (way) => {
    const before = await id(page, 'inspector').getAttribute('data-step')
    await click(`go-${way}`)
    await page.waitForFunction(
      (was) => document.querySelector('[data-testid="inspector"]')?.dataset.step !== was,
      before,
    )
  }
  const rename = async (name) => {
    await type('step-name', name)
    await page.keyboard.press('Enter')
    keys++
  }
  const problems = async () =>
    say(
      'problems',
      (
        await id(page, 'problem-count')
          .textContent()
          .catch(() => 'none')
      ).trim(),
    )

  await page.goto(`${base}/set-up/flows`)
  await id(page, 'list-flows').waitFor()
  await look('list')
  await click('add')
  await look('new')
  await page.keyboard.type(words.flow)
  keys += words.flow.length
  await look('named')
  await click('create-flow')
  await id(page, 'flow-editor').waitFor()
  await look('editor')
  await click('card-greeting')
  await look('greeting')
  await type('param-text', words.greeting)
  await look('greeting-text')
  await problems()
  await pick('way-next', words.menu)
  await look('greeting-next')
  await follow('next')
  await look('menu')
  await rename('main')
  await type('param-text', 'Отдел продаж — 1, поддержка — 2.')
  await look('menu-text')
  await pick('add-key', '2')
  await look('menu-keys')
  await pick('way-1', words.menu)
  await pick('way-2', words.line)
  await look('menu-ways')
  await problems()
  await click('card-main')
  await follow('1')
  await rename('sales')
  await type('param-text', 'Новый заказ — 1, вопрос по заказу — 2.')
  await pick('add-key', '2')
  await pick('way-1', words.menu)
  await pick('way-2', 'enqueue')
  await look('second')
  await problems()
  await follow('1')
  await rename('orders')
  await type('param-text', 'Доставка — 1, самовывоз — 2.')
  await pick('add-key', '2')
  await pick('way-1', 'enqueue')
  await pick('way-2', 'enqueue')
  await look('third')
  await problems()
  if (await id(page, 'problem-count').isVisible()) {
    await click('problem-count')
    await look('problems')
  }
  await page.locator('[data-testid="flow-saving"][data-saving="saved"]').waitFor({ timeout: 20000 })
  await click('open-publish')
  await look('publish')
  say(`${clicks} clicks, ${keys} keys, ${Math.round((Date.now() - began) / 1000)} s`)
  await page.waitForTimeout(2000)
  if (await id(page, 'publish-now').isEnabled()) {
    await click('publish-now')
    await page.locator('[data-testid="flow-saving"][data-saving="same"]').waitFor({ timeout: 15000 })
    await look('published')
  } else say('cannot be published')
})
