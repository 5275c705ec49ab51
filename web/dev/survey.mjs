// The survey after the call in a running demo: the report's figures, the interactions behind one, an answered one, the
// queue's settings, the desk before and after hanging up. Pictures at two sizes, axe on each. LANGUAGE=en, ru or th.
// Usage: node dev/survey.mjs http://127.0.0.1:8080 [FOLDER]
import { answer, awaitOffer, finish, hangUp, passCheck, wrapUp } from '../e2e/people.mjs'
import { looking } from './looking.mjs'

const base = process.argv[2] ?? 'http://127.0.0.1:8080'
const language = process.env.LANGUAGE ?? 'en'
const { say, id, person, look: picture, run } = await looking(base, process.argv[3] ?? '/tmp/survey')
const look = (page, name) => picture(page, `${name}.${language}`)

/** Some outcomes want a talk of five seconds. */
const talked = (page) => page.waitForTimeout(6000)

await run(async () => {
  const olga = await person('olga', language)
  await olga.goto(`${base}/report?by=agent&range=week&metric=survey_score`)
  await id(olga, 'report').waitFor()
  await id(olga, 'report-chart').waitFor()
  await look(olga, 'report')
  say('report', (await id(olga, 'report').locator('tfoot, tr:last-child').last().textContent()) ?? '')
  await id(olga, 'report').evaluate((e) => {
    for (let p = e; p !== null; p = p.parentElement) p.scrollLeft = 10_000
  })
  await look(olga, 'report-right')
  await olga.goto(`${base}/interactions?survey=low`)
  await id(olga, 'interactions').waitFor()
  await look(olga, 'low')
  await id(olga, 'interactions').locator('tbody a').first().click()
  await id(olga, 'answers').waitFor()
  say('answers', await id(olga, 'answers').textContent())
  await look(olga, 'answered')
  const admin = await person('admin', language)
  await admin.goto(`${base}/set-up/queues`)
  await id(admin, 'list-queues').waitFor()
  await id(admin, 'list-queues').locator('a, button').filter({ hasText: 'Sales' }).first().click()
  await id(admin, 'field-afterFlowId').scrollIntoViewIfNeeded()
  await look(admin, 'queue')
  const anna = await person('anna', language)
  await passCheck(anna)
  for (let i = 0; i < 6; i++) {
    await awaitOffer(anna, 120_000)
    await answer(anna)
    if (await id(anna, 'survey-after').isVisible()) break
    await talked(anna)
    await hangUp(anna)
    await finish(anna)
  }
  say('asks', await id(anna, 'survey-after').textContent())
  await look(anna, 'talking')
  await talked(anna)
  await hangUp(anna)
  await wrapUp(anna)
  say('own part', await id(anna, 'own-part').textContent())
  await look(anna, 'wrap-up')
  await finish(anna)
  await anna.waitForTimeout(30_000)
  await look(anna, 'day')
  say('day', await id(anna, 'my-day').textContent())
})
