// Tasks at the desk and on the board of a running demo in which some wait. Pictures at two sizes, axe on each.
// LANGUAGE=en, ru or th. Usage: node dev/tasks.mjs http://127.0.0.1:8080 [FOLDER]
import { passCheck } from '../e2e/people.mjs'
import { looking } from './looking.mjs'

const base = process.argv[2] ?? 'http://127.0.0.1:8080'
const language = process.env.LANGUAGE ?? 'en'
const login = process.env.LOGIN ?? 'anna'
const { say, id, person, look: picture, run } = await looking(base, process.argv[3] ?? '/tmp/tasks')
const look = (page, name) => picture(page, `${name}.${language}`)

/** An agent is offered a task, takes it, puts it back, and is done with the next. */
async function desk(anna) {
  await passCheck(anna)
  await id(anna, 'offer').waitFor({ timeout: 60_000 })
  await look(anna, 'task-offer')
  if ((await anna.getByTestId('task-subject').count()) === 0) throw new Error('what is offered is no task')
  await id(anna, 'offer-accept').click()
  await id(anna, 'task').waitFor({ timeout: 15_000 })
  await id(anna, 'put-back').locator('summary').click()
  await look(anna, 'task-in-hand')
  await id(anna, 'put-back-do').click()
  await look(anna, 'task-put-back-wrong')
  await id(anna, 'put-back-until').fill(new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 16))
  await id(anna, 'put-back-note').fill('Not at home')
  await id(anna, 'put-back-do').click()
  await id(anna, 'task').waitFor({ state: 'detached', timeout: 15_000 })
  say('put back')
  await look(anna, 'task-put-back')
}

await run(async () => {
  const anna = await person(login, language)
  await anna.keyboard.press('Shift+F8')
  await id(anna, 'status-break-training').click()
  await anna.locator('[data-testid="status"][data-status="break"]').waitFor()
  const olga = await person('olga', language)
  await olga.goto(`${base}/board`)
  await id(olga, 'board-queues').waitFor()
  await olga.waitForTimeout(1000)
  await look(olga, 'board')
  await desk(anna)
})
