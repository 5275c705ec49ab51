// Notices in a running demo: what an agent sees, confirms and is refused without, and a leader's list, form and read list.
// Pictures at two sizes, axe on each.
// Usage: LANGUAGE=th node dev/notices.mjs http://127.0.0.1:8080 [FOLDER]
import { passCheck } from '../e2e/people.mjs'
import { looking } from './looking.mjs'

const base = process.argv[2] ?? 'http://127.0.0.1:8080'
const { say, id, person, look, run } = await looking(base, process.argv[3] ?? '/tmp/notices')
const language = process.env.LANGUAGE ?? 'en'

await run(async () => {
  const vera = await person('vera', language)
  const olga = await person('olga', language)
  await id(vera, 'notice-ask').waitFor()
  await look(vera, `ask.${language}`)
  await olga.goto(`${base}/notices`)
  await id(olga, 'notice-write').click()
  await id(olga, 'notice-title').fill('Before you begin')
  await id(olga, 'notice-body').fill(
    '**Today** the old price list is void.\n\n- New one: https://example.org/prices\n- Ask when in doubt.',
  )
  await id(olga, 'notice-importance-block').check()
  await look(olga, `form.${language}`)
  await id(olga, 'notice-save').click()
  await id(olga, 'notice-form').waitFor({ state: 'detached' })
  await vera.waitForFunction(() => document.querySelector('[data-testid=open-notices]')?.dataset.count === '2')
  say('came at once')
  await look(vera, `came.${language}`)
  await passCheck(vera).catch(() => say('checked; not available'))
  await vera.keyboard.press('F9')
  await vera.waitForTimeout(1000)
  say('status', await id(vera, 'status').getAttribute('data-status'), '|', await id(vera, 'toasts').textContent())
  await look(vera, `refused.${language}`)
  await vera.keyboard.press('Control+Shift+F10')
  await id(vera, 'notice-do').waitFor()
  await look(vera, `list.${language}`)
  await vera.keyboard.press('Escape')
  for (let left = 2; left > 0; left--) {
    await id(vera, 'notice-confirm').click()
    await vera.waitForFunction(
      (n) => document.querySelector('[data-testid=open-notices]')?.dataset.count === String(n),
      left - 1,
    )
  }
  await vera.keyboard.press('F9')
  await vera.locator('[data-testid=status][data-status=available]').waitFor()
  say('available')
  await olga.reload()
  await id(olga, 'notice-readers').waitFor()
  await look(olga, `notices.${language}`)
  await id(olga, 'notice-readers').click()
  await id(olga, 'notice-readers-table').waitFor()
  await look(olga, `readers.${language}`)
  await olga.keyboard.press('Escape')
  await id(olga, 'notice-remind').click()
  await olga.waitForTimeout(500)
  say('reminded', await id(olga, 'toasts').textContent())
  await id(olga, 'notice-withdraw').click()
  await look(olga, `withdraw.${language}`)
  await id(olga, 'notice-withdraw-now').click()
  await olga.waitForTimeout(800)
  await look(olga, `over.${language}`)
})
