// Walks the demo's screens by role in three languages, light and dark, on three screens, and leaves a
// picture of each in web/shots, with what axe finds and what sticks out of the screen in
// web/shots/findings.json. `make shots` builds first. SHOTS=regexp takes only matching pictures.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { violations } from './axe.mjs'
import { startBrowser } from './browser.mjs'
import {
  answer,
  awaitOffer,
  becomeAvailable,
  decline,
  demoSignIn,
  finish,
  hangUp,
  openCheck,
  passCheck,
  talking,
  wrapUp,
} from './people.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(root, 'web', 'shots')
const languages = ['en', 'ru', 'th']
const schemes = ['light', 'dark']
const sizes = [
  [1366, 768],
  [1920, 1080],
  [390, 844],
]
const wanted = new RegExp(process.env.SHOTS ?? '.')

/** Starts the demo on free ports and says where it is. */
function demo() {
  const data = mkdtempSync(join(tmpdir(), 'linekeeper-shots-'))
  const args = ['demo', '--data', data, '--http', '127.0.0.1:0', '--sip', '127.0.0.1:0', '--webrtc', '127.0.0.1:0']
  const process_ = spawn(join(root, 'bin', 'linekeeper'), [...args, '--rtp-ports', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return new Promise((resolve, reject) => {
    let text = ''
    const read = (chunk) => {
      text += chunk
      const at = /http:\/\/[\d.]+:\d+/.exec(text)
      if (at === null) return
      resolve({
        base: at[0],
        log: () => text,
        stop: () =>
          new Promise((done) => {
            process_.once('exit', () => {
              rmSync(data, { recursive: true, force: true })
              done()
            })
            process_.kill('SIGTERM')
            process_.kill('SIGINT')
            setTimeout(() => process_.kill('SIGKILL'), 3000).unref()
          }),
      })
    }
    process_.stderr.on('data', read)
    process_.stdout.on('data', read)
    process_.once('exit', (code) => reject(new Error(`the demo ended with ${code}\n${text}`)))
  })
}

const findings = []
let taken = 0

/** Takes the picture in every scheme and size; the page stays where it is. */
async function take(page, name, language, quick = false) {
  for (const scheme of schemes) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
    await page.waitForTimeout(400) // colours fade
    for (const [width, height] of sizes) {
      const file = `${name}.${language}.${scheme}.${width}x${height}.png`
      if (!wanted.test(file)) continue
      await page.setViewportSize({ width, height })
      await page.waitForTimeout(150) // charts and layouts settle
      await page.screenshot({ path: join(folder, file) })
      taken++
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      if (wide > 0) findings.push({ picture: file, rule: 'sticks out', detail: `${wide} px to the right` })
      if (!quick && width !== 1920) findings.push(...(await inspect(page, file)))
    }
  }
  await page.setViewportSize({ width: 1366, height: 768 })
}

async function inspect(page, picture) {
  return (await violations(page)).map((v) => ({
    picture,
    rule: v.id,
    impact: v.impact,
    detail: v.help,
    where: v.nodes.slice(0, 4).map((n) => `${n.target.join(' ')}: ${n.failureSummary?.split('\n')[1]?.trim() ?? ''}`),
  }))
}

/** Changes the language of who is signed in and loads the page again. */
async function speak(page, base, language) {
  const answer = await page.request.patch(`${base}/api/v1/me`, { data: { language }, headers: { origin: base } })
  if (!answer.ok()) throw new Error(`changing the language: ${answer.status()} ${await answer.text()}`)
  await page.reload()
  await page.getByTestId('frame').waitFor()
  await page.waitForLoadState('networkidle').catch(() => {})
}

/** Screens that are only looked at. */
async function walk(page, base, login, screens) {
  await demoSignIn(page, base, login)
  for (const language of languages) {
    await speak(page, base, language)
    for (const [name, path] of Object.entries(screens)) {
      await page.goto(base + path)
      await page.getByRole('main').first().waitFor()
      await page.waitForTimeout(700) // the first data
      await take(page, name, language)
    }
  }
}

async function signInPage(browser, base) {
  for (const [language, locale] of [
    ['en', 'en-GB'],
    ['ru', 'ru-RU'],
    ['th', 'th-TH'],
  ]) {
    const page = await browser.newPage({ locale })
    await page.goto(`${base}/`)
    await page.waitForLoadState('networkidle').catch(() => {})
    await take(page, '01-sign-in', language)
    await page.context().close()
  }
}

/** The desk through a call: each state in each language. */
async function desk(page, base) {
  await demoSignIn(page, base, 'anna')
  for (const language of languages) {
    await speak(page, base, language)
    await take(page, '02-desk-nothing', language)
    await openCheck(page)
    await take(page, '03-phone-check', language)
    await page.keyboard.press('Escape')
  }
  await passCheck(page)
  for (const language of languages) {
    await awaitOffer(page, 90000)
    await take(page, '04-desk-ringing', language, language !== 'en') // it rings for 20 s only
    await ringOn(page, language)
  }
  for (const language of languages) {
    await speak(page, base, language)
    await talking(page)
    await take(page, '05-desk-talking', language)
  }
  await hangUp(page)
  for (const language of languages) {
    await speak(page, base, language)
    await wrapUp(page)
    await take(page, '06-desk-wrap-up', language)
  }
  await finish(page, { note: 'Called about the bill.' })

  /** The offer of the last language is answered; before that the next one is asked for. */
  async function ringOn(page, language) {
    const next = languages[languages.indexOf(language) + 1]
    if (next === undefined) {
      if (!(await page.getByTestId('offer').isVisible())) {
        await becomeAvailable(page)
        await awaitOffer(page, 90000)
      }
      await answer(page)
      return
    }
    if (await page.getByTestId('offer').isVisible()) await decline(page)
    await speak(page, base, next)
    await becomeAvailable(page)
  }
}

mkdirSync(folder, { recursive: true })
const center = await demo()
const browser = await startBrowser()
const problems = []
const part = async (name, run) => {
  try {
    await run()
    process.stdout.write(`${name}: ${taken} pictures\n`)
  } catch (error) {
    problems.push(`${name}: ${error}`)
    process.stdout.write(`${name}: ${error}\n`)
  }
}
await part('sign-in', () => signInPage(browser, center.base))
const agent = await browser.newPage()
await part('desk', () => desk(agent, center.base))
const watcher = await browser.newPage()
await part('supervisor', () =>
  walk(watcher, center.base, 'olga', {
    '10-board': '/board',
    '11-interactions': '/interactions',
    '13-report': '/report',
    '14-what-if': '/report/what-if',
    '15-before-the-shift': '/preshift',
    '16-notices': '/notices',
    '17-alerts': '/alerts',
  }),
)
await part('one interaction', async () => {
  const list = await (await watcher.request.get(`${center.base}/api/v1/interactions?limit=20&outcome=answered`)).json()
  const one = list.items[0]
  if (one === undefined) throw new Error('nothing was answered')
  await walk(watcher, center.base, 'olga', {
    '12-interaction': `/interactions/${one.id}`,
    '12-sip-ladder': `/interactions/${one.id}?tab=sip`,
  })
})
const keeper = await browser.newPage()
await part('administrator', () =>
  walk(keeper, center.base, 'admin', {
    '20-users': '/set-up/users',
    '21-queues': '/set-up/queues',
    '22-entries': '/set-up/entries',
    '23-trunks': '/set-up/trunks',
    '24-dispositions': '/set-up/dispositions',
    '25-first-steps': '/start',
  }),
)
await browser.close()
await center.stop()
const faults = [agent, watcher, keeper].flatMap((p) => p.faults)
writeFileSync(join(folder, 'findings.json'), JSON.stringify({ findings, faults, problems }, null, 2))
const rules = new Map()
for (const f of findings) rules.set(f.rule, [...(rules.get(f.rule) ?? []), f])
process.stdout.write(
  `${taken} pictures in web/shots; ${findings.length} findings, ${faults.length} faults in consoles\n`,
)
for (const [rule, all] of rules)
  process.stdout.write(`  ${rule}: ${all.length}, first ${all[0].picture}: ${all[0].where?.[0] ?? all[0].detail}\n`)
process.exit(problems.length + findings.length + faults.length > 0 ? 1 : 0)
