// More wrap-up by a supervisor's word, in a running demo: the own extension, the request, the board, the answer.
// Pictures at two sizes, axe on each.
// Usage: LANGUAGE=th node dev/moretime.mjs http://127.0.0.1:8080 [FOLDER]
import { answer, awaitOffer, hangUp, passCheck } from '../e2e/people.mjs'
import { emptied, looking } from './looking.mjs'

const base = process.argv[2] ?? 'http://127.0.0.1:8080'
const { say, id, person, look, run } = await looking(base, process.argv[3] ?? '/tmp/moretime')
const language = process.env.LANGUAGE ?? 'en'

await run(async () => {
  const anna = await person('anna', language)
  await emptied(base, 'somchai') // nobody but Anna is to call him
  const olga = await person('olga', language)
  await passCheck(anna)
  await awaitOffer(anna, 90_000)
  await answer(anna)
  await hangUp(anna)
  for (let own = 0; own < 4; own++) {
    if ((await id(anna, 'extend').getAttribute('data-by')) === 'ask') break
    await anna.keyboard.press('Shift+F4')
    await anna.waitForTimeout(500)
  }
  await look(anna, `spent.${language}`)
  await anna.keyboard.press('Shift+F4')
  await id(anna, 'more-time').waitFor()
  say('asked', await id(anna, 'more-time').textContent())
  await look(anna, `asked.${language}`)
  await id(olga, 'more-time-banner').waitFor()
  await olga.goto(`${base}/board`)
  await id(olga, 'more-time-request').waitFor()
  await look(olga, `board.${language}`)
  await id(olga, 'more-time-yes').focus()
  await olga.keyboard.press('Enter')
  await id(olga, 'more-time-request').waitFor({ state: 'hidden' })
  say('answered', await id(anna, 'more-time').textContent())
  await look(anna, `granted.${language}`)
})
