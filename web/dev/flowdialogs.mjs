// The flow editor's dialogs and forms that nothing else opens: a test's form with all its parts, import of a file with prompts,
// publishing, at two sizes with axe. Usage: LANGUAGE=th node dev/flowdialogs.mjs http://127.0.0.1:8080 [FOLDER]
import { looking } from './looking.mjs'

const base = process.argv[2] ?? 'http://127.0.0.1:8080'
const folder = process.argv[3] ?? '/tmp/flowdialogs'
const language = process.env.LANGUAGE ?? 'ru'
const fresh = {
  schema: 1,
  start: 'greeting',
  nodes: { greeting: { kind: 'say', prompt: 'greeting', next: 'end' }, end: { kind: 'hangup' } },
  layout: {},
}
const { id, person, look, run } = await looking(base, folder)

await run(async () => {
  const page = await person('admin', language)
  const list = async (kind) => (await (await page.request.get(`${base}/api/v1/${kind}`)).json()).items
  const flow = (await list('flows')).find((f) => f.key === (process.env.FLOW ?? 'accounts'))
  await page.goto(`${base}/set-up/flows/${flow.id}`)
  await id(page, 'flow-more').click()
  const download = page.waitForEvent('download')
  await id(page, 'export-flow').click()
  const file = `${folder}/exported.zip`
  await (await download).saveAs(file)

  await id(page, 'flow-more').click()
  await id(page, 'more-rehearsal').click()
  await id(page, 'add-test').click()
  await id(page, 'test-name').waitFor()
  for (let i = 0; i < 3; i++) await id(page, 'add-act').click()
  await look(page, `${language}-test-form`)
  await id(page, 'test-more').locator('summary').click()
  await id(page, 'test-more').scrollIntoViewIfNeeded()
  await look(page, `${language}-test-more`)

  const { id: prompt, version, ...rest } = (await list('prompts')).find((p) => p.key === 'accounts_menu')
  const texts = { ...rest.texts, en: `${rest.texts.en} Thank you.` }
  const changed = await page.request.put(`${base}/api/v1/prompts/${prompt}`, {
    data: { ...rest, texts },
    headers: { origin: base, 'if-match': `"${version}"` },
  })
  if (!changed.ok()) throw new Error(`${changed.status()} ${await changed.text()}`)
  await page.locator('input[type=file]').first().setInputFiles(file)
  await id(page, 'import-now').waitFor()
  await look(page, `${language}-import`)
  await page.keyboard.press('Escape')
  await id(page, 'import-now').waitFor({ state: 'hidden' })

  await id(page, 'open-publish').click()
  await id(page, 'publish-now').waitFor()
  await look(page, `${language}-publish`)
  await page.keyboard.press('Escape')

  const made = await page.request.post(`${base}/api/v1/flows`, {
    data: { key: `fresh-${language}-${Date.now()}`, name: 'Fresh', program: fresh },
    headers: { origin: base },
  })
  if (!made.ok()) throw new Error(`${made.status()} ${await made.text()}`)
  await page.goto(`${base}/set-up/flows/${(await made.json()).id}`)
  await id(page, 'begin-template').click()
  await id(page, 'begin-voicemail').waitFor()
  await look(page, `${language}-begin`)
})
