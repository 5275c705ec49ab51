// Overflow rules of a queue in a running demo: the list, a rule made, moved and removed by keyboard, a circle refused. Pictures at
// two sizes, axe on each, in three languages. Nothing is saved.
// Usage: node dev/overflow.mjs http://127.0.0.1:8080 [FOLDER]
import { looking } from './looking.mjs'

const base = process.argv[2] ?? 'http://127.0.0.1:8080'
const { say, id, person, speak, look, run } = await looking(base, process.argv[3] ?? '/tmp/overflow')

await run(async () => {
  const admin = await person('admin')
  for (const language of ['en', 'ru', 'th']) {
    await speak(admin, language)
    await admin.goto(`${base}/set-up/queues`)
    await id(admin, 'list-queues').locator('a').filter({ hasText: 'Support' }).first().click()
    await id(admin, 'overflow-1-up').focus()
    await admin.keyboard.press('Enter')
    await admin.waitForTimeout(100)
    say('focus', await admin.evaluate('document.activeElement.dataset.testid'))
    await admin.keyboard.press('Enter')
    await id(admin, 'add-overflow').focus()
    await admin.keyboard.press('Enter')
    await admin.waitForTimeout(100)
    say('focus', await admin.evaluate('document.activeElement.dataset.testid'))
    await id(admin, 'field-overflow').scrollIntoViewIfNeeded()
    await look(admin, `rules.${language}`)
    await admin.goto(`${base}/set-up/queues`)
    await id(admin, 'list-queues').locator('a').filter({ hasText: 'Sales' }).first().click()
    await id(admin, 'add-overflow').click()
    await id(admin, 'overflow-0-to').click()
    await admin.getByRole('option', { name: 'Support' }).click()
    await admin.locator('form button[type=submit]').last().click()
    await id(admin, 'field-overflow').getByText('→').waitFor()
    say('circle', await id(admin, 'field-overflow').locator('[role=alert]').textContent())
    await id(admin, 'field-overflow').scrollIntoViewIfNeeded()
    await look(admin, `circle.${language}`)
  }
})
