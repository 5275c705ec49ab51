// The phone check in a running demo: what it finds is shown to the agent and on the leader's page. Pictures, axe.
// Usage: node dev/check.mjs http://127.0.0.1:8080 [FOLDER]
import { looking } from './looking.mjs'

const base = process.argv[2] ?? 'http://127.0.0.1:8080'
const { say, id, person, look, run } = await looking(base, process.argv[3] ?? '/tmp/check')

await run(async () => {
  const olga = await person('olga', 'en')
  await olga.goto(`${base}/preshift`)
  const anna = await person('anna', process.env.LANGUAGE ?? 'en')
  await anna.keyboard.press('F9')
  await id(anna, 'check-start').click()
  await id(anna, 'check-heard').click()
  await id(anna, 'check-available').waitFor({ timeout: 30_000 })
  for (const step of ['permission', 'microphone', 'noise', 'speaker', 'network', 'loop']) {
    const shown = id(anna, `check-${step}`)
    say(step, await shown.getAttribute('data-state'), (await shown.textContent()).replaceAll('\n', ' | '))
  }
  await look(anna, 'check')
  await id(anna, 'check-available').click()
  await olga.waitForTimeout(1000)
  say('status', await id(anna, 'status').getAttribute('data-status'))
  const row = id(olga, 'preshift-agents').locator('tr').filter({ hasText: 'Anna' })
  say('grid', (await row.textContent()).replaceAll('\n', ' | '))
  await look(olga, 'checked')
})
