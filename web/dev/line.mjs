// Looks at the board: who waits in a queue, moving, giving, changing agents. Usage: LANGUAGE=th node dev/line.mjs URL
import { passCheck } from '../e2e/people.mjs'
import { looking } from './looking.mjs'

const base = process.argv[2] ?? 'http://127.0.0.1:8080'
const language = process.env.LANGUAGE ?? 'en'
const { id, person, look, run } = await looking(base, process.env.OUT ?? '/tmp/board-shots')

await run(async () => {
  await passCheck(await person('vera', language)) // agents who are off duty are not shown
  const boss = await person('olga', language)
  await boss.goto(`${base}/board`)
  await id(boss, 'board-queues').waitFor()
  // The first queue in which somebody, or a message, waits.
  for (let i = 0; i < (await boss.getByTestId('board-waiting').count()); i++) {
    await boss.getByTestId('board-waiting').nth(i).click()
    await id(boss, 'line').waitFor()
    await boss.waitForTimeout(700)
    if ((await id(boss, 'line-change').count()) > 0) break
  }
  await look(boss, `line-${language}`)
  if ((await id(boss, 'line-change').count()) > 0) {
    await id(boss, 'line-change').click()
    await look(boss, `line-menu-${language}`)
    await id(boss, 'line-move').click()
    await id(boss, 'line-save').waitFor()
    await look(boss, `line-move-${language}`)
    await id(boss, 'line-to').fill('a')
    await boss.keyboard.press('ArrowDown')
    await boss.keyboard.press('Enter')
    await id(boss, 'line-save').click()
    await boss.waitForTimeout(1500)
    await look(boss, `line-moved-${language}`)
  }
  await id(boss, 'agent-change').click()
  await look(boss, `agent-menu-${language}`)
  await id(boss, 'agent-queues').click()
  await id(boss, 'agent-queues-save').waitFor()
  await look(boss, `agent-queues-${language}`)
})
