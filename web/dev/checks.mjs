// What is wrong with a flow, warnings, and what cannot be removed, in a running demo: pictures at two sizes, axe.
// LANGUAGE=en, ru or th. Usage: node dev/checks.mjs http://127.0.0.1:8080 [FOLDER]
import { looking } from './looking.mjs'

const base = process.argv[2] ?? 'http://127.0.0.1:8080'
const language = process.env.LANGUAGE ?? 'en'
const { say, id, person, look: picture, run } = await looking(base, process.argv[3] ?? '/tmp/checks')
const look = (page, name) => picture(page, `${name}.${language}`)

await run(async () => {
  const admin = await person('admin', language)
  const call = async (method, path, data) =>
    (await admin.request.fetch(`${base}/api/v1${path}`, { method, data, headers: { origin: base } })).json()
  await call('POST', '/prompts', {
    key: 'checks-only-en',
    name: 'Only English',
    texts: {},
    audio: { en: 'shipped:goodbye' },
  })
  const draft = (when) => ({
    schema: 1,
    start: 'look',
    variables: { day: { type: 'text', default: '' } },
    nodes: {
      look: { kind: 'branch', cases: [{ way: 'x', when }], edges: { x: 'say', otherwise: 'end' } },
      say: { kind: 'say', prompt: 'checks-only-en', next: 'end' },
      end: { kind: 'hangup' },
    },
  })
  const { items } = await call('GET', '/flows')
  const flow =
    items.find((f) => f.key === 'checks') ??
    (await call('POST', '/flows', { key: 'checks', name: 'Checks', program: { ...draft('true'), variables: {} } }))
  const open = async (program, name) => {
    const { revision } = await call('GET', `/flows/${flow.id}`)
    await call('PUT', `/flows/${flow.id}/draft`, { revision, program })
    await admin.goto(`${base}/set-up/flows/${flow.id}`)
    await id(admin, 'problem-count').click()
    await id(admin, 'problems-panel').locator('li').first().waitFor()
    say(name, (await id(admin, 'problems-panel').locator('li').allInnerTexts()).join(' | '))
    await look(admin, name)
  }
  await open(draft('queue("sale").waiting > 3'), 'taken-name')
  await open({ ...draft('queue("sale").waiting > 3'), variables: {} }, 'missing')
  await open({ ...draft('queue("sales").waiting > 3'), variables: {} }, 'warning')
  await id(admin, 'open-publish').click()
  await id(admin, 'publish-now').waitFor()
  await look(admin, 'publish')
  const sales = (await call('GET', '/queues')).items.find((q) => q.key === 'sales')
  await admin.goto(`${base}/set-up/queues/${sales.id}`)
  await id(admin, 'delete').click()
  await admin.locator('[role="alert"]:visible').first().waitFor()
  say('refused', await admin.locator('[role="alert"]:visible').first().textContent())
  await look(admin, 'in-use')
  await admin.request.fetch(`${base}/api/v1/flows/${flow.id}`, { method: 'DELETE', headers: { origin: base } })
})
