// Before the shift in a running demo: an agent is refused, ticks and is let work by a leader; the leader's page with all its
// dialogs. Pictures at two sizes, axe on each, in three languages.
// Usage: node dev/preshift.mjs http://127.0.0.1:8080 [FOLDER]
import { looking } from './looking.mjs'

const base = process.argv[2] ?? 'http://127.0.0.1:8080'
const { say, id, person, speak, look, run } = await looking(base, process.argv[3] ?? '/tmp/preshift')
const languages = (process.env.LANGUAGE ?? 'en,ru,th').split(',')

await run(async () => {
  const olga = await person('olga')
  const anna = await person('anna', languages[0])
  const change = async (agent, what) => {
    const row = id(olga, 'preshift-agents').locator('tr').filter({ hasText: agent })
    await row.getByTestId('preshift-change').click()
    await id(olga, `preshift-${what}`).click()
  }
  for (const language of languages) {
    await speak(olga, language)
    await olga.goto(`${base}/preshift`)
    await id(olga, 'preshift-agents').waitFor()
    await olga.waitForTimeout(1000)
    await look(olga, `grid.${language}`)
    for (const what of ['allow', 'spot', 'starts']) {
      await change('Anna', what)
      await id(olga, `preshift-${what}-dialog-save`).waitFor()
      await look(olga, `${what}.${language}`)
      await olga.keyboard.press('Escape')
    }
    for (const what of ['terms', 'list']) {
      await id(olga, `preshift-${what}`).click()
      await id(olga, `preshift-${what}-dialog-save`).waitFor()
      await look(olga, `${what}.${language}`)
      await olga.keyboard.press('Escape')
    }
    await speak(anna, language)
    await anna.goto(`${base}/desk`)
    await id(anna, 'status').click()
    await id(anna, 'status-shift').click()
    await id(anna, 'shift-result').waitFor()
    await look(anna, `asked.${language}`)
    await anna.keyboard.press('Escape')
  }
  // The terms insist on the checklist; Anna is told what she lacks, ticks, and is let work without the check.
  const set = await olga.request.put(`${base}/api/v1/shift-terms`, {
    data: {
      check: 'block',
      checklist: 'block',
      holds_h: 12,
      early_min: 15,
      absent_min: 30,
      most_noise: 0,
      least_score: 0,
    },
    headers: { origin: base },
  })
  say('terms', set.status())
  await anna.waitForTimeout(500)
  await anna.keyboard.press('F9')
  await id(anna, 'shift-result').waitFor()
  say('blocked', await id(anna, 'shift-result').getAttribute('data-blocked'))
  for (const item of ['desk', 'water', 'quiet', 'equipment']) await id(anna, `tick-${item}`).click()
  await anna.waitForTimeout(500)
  await look(anna, 'ticked')
  await change('Anna', 'allow')
  await id(olga, 'preshift-note').fill('Headset comes at ten')
  await id(olga, 'preshift-allow-dialog-save').click()
  await anna.waitForTimeout(1000)
  say('blocked', await id(anna, 'shift-result').getAttribute('data-blocked'))
  await look(anna, 'allowed')
  await id(anna, 'shift-available').click()
  await anna.waitForTimeout(1000)
  say('status', await id(anna, 'status').getAttribute('data-status'))
  await look(olga, 'grid.allowed')
})
