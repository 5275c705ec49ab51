// Skills and how queues choose agents in a running demo: the list, a user's levels by keyboard, a queue's settings with a
// skill that nobody has. Pictures at two sizes, axe on each, in three languages. Nothing is saved.
// Usage: node dev/skills.mjs http://127.0.0.1:8080 [FOLDER]
import { looking } from './looking.mjs'

const base = process.argv[2] ?? 'http://127.0.0.1:8080'
const { say, id, person, speak, look, run } = await looking(base, process.argv[3] ?? '/tmp/skills')

await run(async () => {
  const admin = await person('admin')
  for (const language of ['en', 'ru', 'th']) {
    await speak(admin, language)
    await admin.goto(`${base}/set-up/skills`)
    await id(admin, 'list-skills').waitFor()
    await look(admin, `skills.${language}`)
    await id(admin, 'list-skills').locator('a').first().click()
    await id(admin, 'form-skills').waitFor()
    await look(admin, `skill.${language}`)
    await admin.goto(`${base}/set-up/users`)
    await id(admin, 'list-users').locator('a').filter({ hasText: 'Anna' }).first().click()
    await id(admin, 'level-television').focus()
    await admin.keyboard.type('7')
    await admin.keyboard.press('Enter')
    say(
      'levels',
      await id(admin, 'field-skills')
        .locator('input')
        .evaluateAll((all) => all.map((i) => i.value).join(' ')),
    )
    say('focus', await admin.evaluate('document.activeElement.dataset.testid'))
    await id(admin, 'field-skills').scrollIntoViewIfNeeded()
    await look(admin, `levels.${language}`)
    await admin.goto(`${base}/set-up/queues`)
    await id(admin, 'list-queues').locator('a').filter({ hasText: 'Sales' }).first().click()
    await id(admin, 'add-need').click()
    await id(admin, 'need-level-0').fill('10')
    await id(admin, 'need-0-relax').click()
    await id(admin, 'need-0-relax').click()
    await id(admin, 'add-need').click()
    await id(admin, 'need-level-1').fill('0')
    await id(admin, 'field-needs').scrollIntoViewIfNeeded()
    await look(admin, `queue.${language}`)
  }
})
