// An insulted agent and a call for help, in a running demo: the agent's desk, the leader's board, the mark at the next
// call, the break. Pictures at two sizes, axe on each.
// Usage: LANGUAGE=th node dev/help.mjs http://127.0.0.1:8080 [FOLDER]
import { answer, awaitOffer, finish, hangUp, passCheck } from '../e2e/people.mjs'
import { emptied, looking } from './looking.mjs'

const base = process.argv[2] ?? 'http://127.0.0.1:8080'
const { say, id, person, look, run } = await looking(base, process.argv[3] ?? '/tmp/help')
const language = process.env.LANGUAGE ?? 'en'

await run(async () => {
  const anna = await person('anna', language)
  await emptied(base, 'somchai') // nobody but Anna is to call him
  const olga = await person('olga', language)
  await passCheck(anna)
  await awaitOffer(anna, 90_000)
  await answer(anna)
  say('talking')
  await anna.keyboard.press('Control+F1')
  await id(anna, 'help-call').waitFor()
  await id(olga, 'help-banner').waitFor()
  say('banner', await id(olga, 'help-banner').textContent())
  await id(anna, 'help-text').fill('48213: contract, what may I offer?')
  await anna.keyboard.press('Enter')
  await look(anna, `asked.${language}`)
  await olga.goto(`${base}/board`)
  await id(olga, 'help-request').waitFor()
  await look(olga, `requests.${language}`)
  await id(olga, 'help-take').click()
  await id(olga, 'help-text').fill('One month for free.')
  await olga.keyboard.press('Enter')
  await anna.getByTestId('help-lines').getByText('One month for free.').waitFor()
  await id(anna, 'help-text').fill('Thank you!')
  await anna.keyboard.press('Enter')
  await anna.keyboard.press('Control+Shift+F1')
  await anna.locator('[data-testid=call-abuse][aria-pressed=true]').waitFor()
  await look(anna, `insulted.${language}`)
  await look(olga, `cares.${language}`)
  await hangUp(anna)
  await look(anna, `wrap.${language}`)
  await finish(anna)
  await anna.locator('[data-testid=status][data-reason=recovery]').waitFor()
  await look(anna, `recovery.${language}`)
  await olga.goto(`${base}/interactions?review=abuse`)
  await olga.getByTestId('interactions-count').waitFor()
  await look(olga, `list.${language}`)
  await olga.getByRole('row').nth(1).click()
  await olga.waitForTimeout(800)
  await look(olga, `detail.${language}`)
})
