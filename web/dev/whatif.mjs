// The screen What if in a running demo: one agent more for a queue in some hours of yesterday, by keyboard; the result with
// chart and tables. Pictures at two sizes, axe on each, in three languages. Nothing is changed.
// Usage: node dev/whatif.mjs http://127.0.0.1:8080 [FOLDER]
import { looking } from './looking.mjs'

const base = process.argv[2] ?? 'http://127.0.0.1:8080'
const { say, id, person, speak, look, run } = await looking(base, process.argv[3] ?? '/tmp/whatif')

await run(async () => {
  const page = await person('olga')
  for (const language of ['en', 'ru', 'th']) {
    await speak(page, language)
    await page.goto(`${base}/report`)
    await id(page, 'what-if').focus()
    await page.keyboard.press('Enter')
    await id(page, 'add-change').waitFor()
    await id(page, 'add-change').focus()
    await page.keyboard.press('Enter')
    await id(page, 'change-0-from').fill('09:00')
    await id(page, 'change-0-to').fill('14:00')
    await look(page, `form.${language}`)
    const began = Date.now()
    await id(page, 'play').focus()
    await page.keyboard.press('Enter')
    await id(page, 'what-if-outcome').waitFor()
    say(language, `${Date.now() - began} ms`, await id(page, 'what-if-outcome').textContent())
    await page.getByTestId('chart').waitFor()
    await look(page, `result.${language}`)
    await id(page, 'what-if-queues').scrollIntoViewIfNeeded()
    await look(page, `tables.${language}`)
  }
})
