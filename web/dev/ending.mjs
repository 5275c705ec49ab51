// What is missing before the hang-up, in a running demo: the outcomes that do not fit the talk yet, the warning with
// its focus, the second press. Pictures at two sizes, axe on each.
// Usage: LANGUAGE=th node dev/ending.mjs http://127.0.0.1:8080 [FOLDER]
import { answer, awaitOffer, passCheck, wrapUp } from '../e2e/people.mjs'
import { emptied, looking } from './looking.mjs'

const base = process.argv[2] ?? 'http://127.0.0.1:8080'
const { say, id, person, look, run } = await looking(base, process.argv[3] ?? '/tmp/ending')
const language = process.env.LANGUAGE ?? 'en'

await run(async () => {
  const anna = await person('anna', language)
  await emptied(base, 'somchai') // nobody but Anna is to call him
  await passCheck(anna)
  await awaitOffer(anna, 90_000)
  await answer(anna)
  await anna.keyboard.press('Shift+F9')
  await id(anna, 'lacking').waitFor()
  say('lacks', await id(anna, 'lacking').textContent())
  say('focus', await anna.evaluate('document.activeElement.dataset.testid'))
  await anna.screenshot({ path: `${process.argv[3] ?? '/tmp/ending'}/warned.${language}.png` })
  await anna.keyboard.press('Escape')
  await id(anna, 'disposition-group').click()
  await anna.locator('[role="option"]:visible').first().click()
  await id(anna, 'disposition').click()
  await anna.waitForTimeout(300)
  await anna.screenshot({ path: `${process.argv[3] ?? '/tmp/ending'}/options.${language}.png` })
  say('options', await anna.locator('[role="option"]:visible').allTextContents())
  await anna.keyboard.press('Escape')
  await anna.waitForTimeout(10_000)
  await anna.keyboard.press('Shift+F9')
  await id(anna, 'lacking').waitFor()
  await look(anna, `lacking.${language}`)
  await anna.waitForTimeout(10_000)
  await anna.setViewportSize({ width: 390, height: 844 })
  await id(anna, 'desk-tab-customer').click()
  await anna.keyboard.press('Shift+F9')
  await id(anna, 'lacking').waitFor()
  say('focus', await anna.evaluate('document.activeElement.dataset.testid'))
  await anna.waitForTimeout(700)
  await anna.screenshot({ path: `${process.argv[3] ?? '/tmp/ending'}/narrow.${language}.png` })
  await anna.keyboard.press('Shift+F9')
  await wrapUp(anna)
  say('ended all the same')
})
