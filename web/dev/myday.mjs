// The agent's own day in a running demo, in three languages. Pictures at two sizes, axe on each.
// Usage: node dev/myday.mjs http://127.0.0.1:8080 [FOLDER]
import { looking } from './looking.mjs'

const base = process.argv[2] ?? 'http://127.0.0.1:8080'
const { say, id, person, speak, look, run } = await looking(base, process.argv[3] ?? '/tmp/myday')

await run(async () => {
  const anna = await person('anna', 'en')
  for (const language of ['en', 'ru', 'th']) {
    await speak(anna, language)
    await anna.goto(`${base}/desk`)
    await id(anna, 'my-days').waitFor()
    say(await id(anna, 'my-day').textContent())
    await look(anna, `day.${language}`)
  }
})
