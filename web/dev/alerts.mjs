// Alerts in a running demo: the line on another page, the list on the board, "I am on it", the history, the form of a rule.
// Pictures at two sizes, axe on each, in three languages. Wait half a minute after the start: the demo's first one is about sales.
// Usage: node dev/alerts.mjs http://127.0.0.1:8080 [FOLDER]
import { looking } from './looking.mjs'

const base = process.argv[2] ?? 'http://127.0.0.1:8080'
const { say, id, person, speak, look, run } = await looking(base, process.argv[3] ?? '/tmp/alerts')

await run(async () => {
  const olga = await person('olga', 'en')
  await olga.goto(`${base}/interactions`)
  await id(olga, 'alert-line').waitFor({ timeout: 90_000 })
  say('line', await id(olga, 'alert-line').textContent())
  say('said', await id(olga, 'alert-said').textContent())
  say('bell', await id(olga, 'alert-bell').getAttribute('aria-label'))
  await look(olga, 'line.en')
  for (const language of ['en', 'ru', 'th']) {
    await speak(olga, language)
    await olga.goto(`${base}/board`)
    await id(olga, 'alert').waitFor({ timeout: 60_000 })
    say(language, (await olga.getByTestId('alert').allInnerTexts()).join(' | ').replaceAll('\n', ' '))
    await look(olga, `board.${language}`)
  }
  await id(olga, 'alert-seen').focus()
  await olga.keyboard.press('Enter')
  await olga.locator('[data-testid=alert][data-seen=true]').first().waitFor()
  await look(olga, 'seen.th')
  if ((await olga.getByTestId('alert-queue').count()) > 0) {
    await id(olga, 'alert-queue').click()
    say('focus', await olga.evaluate('document.activeElement.dataset.testid'))
    await look(olga, 'queue.th')
  }
  for (const language of ['en', 'ru', 'th']) {
    await speak(olga, language)
    await olga.goto(`${base}/alerts`)
    await id(olga, 'alert-history').waitFor()
    await look(olga, `history.${language}`)
  }
  const admin = await person('admin', 'en')
  for (const language of ['en', 'ru', 'th']) {
    await speak(admin, language)
    await admin.goto(`${base}/set-up/alert-rules`)
    await id(admin, 'list-alert-rules').waitFor()
    await look(admin, `rules.${language}`)
    await id(admin, 'list-alert-rules').locator('a').filter({ hasText: 'waits' }).first().click()
    await id(admin, 'field-terms.limitMs').waitFor()
    say('limit', await id(admin, 'field-terms.limitMs').inputValue())
    await id(admin, 'field-terms.hook').fill('https://example.com/alerts')
    await id(admin, 'hook-key-show').click()
    say('key', (await id(admin, 'hook-key-text').textContent()).length)
    await look(admin, `rule.${language}`)
  }
})
