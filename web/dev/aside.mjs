// What goes on beside a talk, in a running demo: a prompt, secret digits, an absent colleague, the own part
// after a transfer, the supervisor's menu. Pictures in English and Thai at two sizes, axe on each.
// Usage: node dev/aside.mjs http://127.0.0.1:8080 [FOLDER]
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { startBrowser } from '../e2e/browser.mjs'
import { answer, awaitOffer, demoSignIn, finish, hangUp, passCheck, wrapUp } from '../e2e/people.mjs'

const base = process.argv[2] ?? 'http://127.0.0.1:8080'
const folder = process.argv[3] ?? '/tmp/aside'
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const start = Date.now()
const say = (...text) => console.log(`${((Date.now() - start) / 1000).toFixed(1)} s`, ...text)
mkdirSync(folder, { recursive: true })
const browser = await startBrowser()
const pages = []

async function person(login) {
  const page = await browser.newPage()
  await page.context().addInitScript(toneHeard)
  await demoSignIn(page, base, login)
  pages.push(page)
  return page
}

/** This rig looks and does not listen: the test call's tone counts as heard, which a busy machine loses. */
function toneHeard() {
  AnalyserNode.prototype.getFloatFrequencyData = function (into) {
    into.fill(-110)
    into[Math.round((1000 * this.fftSize) / this.context.sampleRate)] = -10
  }
}

async function look(page, name) {
  await page.mouse.move(5, 300)
  for (const [width, height] of [
    [1366, 768],
    [390, 844],
  ]) {
    await page.setViewportSize({ width, height })
    await page.waitForTimeout(400)
    await page.screenshot({ path: `${folder}/${name}.${width}.png` })
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    if (wide > 0) say(name, width, `sticks out ${wide} px`)
    await page.evaluate(`if (!window.axe) { ${axe} }`)
    const { violations } = await page.evaluate(() =>
      window.axe.run(document, {
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      }),
    )
    for (const v of violations)
      say(
        'AXE',
        name,
        width,
        v.id,
        v.nodes
          .map((n) => `${n.target} ${n.failureSummary}`)
          .join(' | ')
          .slice(0, 600),
      )
  }
  await page.setViewportSize({ width: 1366, height: 768 })
}

async function thai(page) {
  await page.request.patch(`${base}/api/v1/me`, { data: { language: 'th' }, headers: { origin: base } })
  await page.reload()
  await page.getByTestId('frame').waitFor()
}

const id = (page, name) => page.getByTestId(name).first()
const language = process.env.LANGUAGE ?? 'en'
try {
  const anna = await person('anna')
  if (language === 'th') await thai(anna)
  const somchai = await person('somchai')
  await passCheck(anna)
  await awaitOffer(anna, 90_000)
  await answer(anna)
  say('talking')
  const olga = await person('olga')
  if (language === 'th') await thai(olga)
  await olga.goto(`${base}/board`)
  await id(olga, 'monitor').click()
  await id(olga, 'monitor-listen').waitFor()
  await look(olga, `monitor.${language}`)
  await olga.keyboard.press('Escape')
  await anna.keyboard.press('Control+F7')
  await id(anna, 'play-prompt').waitFor()
  await look(anna, `play.${language}`)
  await id(anna, 'listen-prompt').click()
  await anna.waitForTimeout(700)
  say('listening', await id(anna, 'listen-prompt').getAttribute('aria-pressed'))
  await id(anna, 'listen-prompt').click()
  await id(anna, 'play-prompt').click()
  await id(anna, 'stop-play').waitFor()
  say('playing', await id(anna, 'aside').textContent())
  await look(anna, `playing.${language}`)
  await anna.keyboard.press('Control+Shift+F7')
  await id(anna, 'stop-play').waitFor({ state: 'hidden', timeout: 15_000 })
  say('stopped')
  await anna.keyboard.press('Control+F7')
  await id(anna, 'ask-secret').click()
  await id(anna, 'stop-play').waitFor()
  say('secret', await id(anna, 'aside').textContent())
  await look(anna, `secret.${language}`)
  await anna.keyboard.press('Control+Shift+F7')
  await id(anna, 'stop-play').waitFor({ state: 'hidden', timeout: 15_000 })
  const ask = async () => {
    await anna.keyboard.press('Control+F2')
    await id(anna, 'target').waitFor()
    await id(anna, 'transfer-search').fill('Somchai')
    await anna.waitForTimeout(500)
  }
  await hangUp(anna) // the callers of the demo have little patience: the second half is another call
  await finish(anna)
  await awaitOffer(anna, 90_000)
  await answer(anna)
  await passCheck(somchai)
  await ask()
  await anna.keyboard.press('Enter')
  await id(somchai, 'offer').waitFor()
  await somchai.keyboard.press('Shift+F2')
  await id(anna, 'absent').waitFor()
  say('absent', await id(anna, 'absent').textContent())
  await look(anna, `absent.${language}`)
  await somchai.reload()
  await id(somchai, 'status').waitFor()
  await somchai.keyboard.press('F9')
  await id(anna, 'ask-again').click()
  await id(somchai, 'offer').waitFor({ timeout: 20_000 })
  await answer(somchai)
  say('somchai talks')
  await anna.keyboard.press('Control+Shift+F9')
  await wrapUp(anna)
  await id(anna, 'own-part').waitFor()
  say('own part', await id(anna, 'own-part').textContent())
  await look(anna, `own-part.${language}`)
  await hangUp(somchai)
  await look(anna, `own-part-later.${language}`)
  await look(somchai, `wrap.${language}`)
  say('done')
} catch (error) {
  say(`FAILED ${error}`)
  for (const [i, page] of pages.entries()) await page.screenshot({ path: `${folder}/failed-${i}.png` }).catch(() => {})
} finally {
  for (const page of pages) for (const fault of page.faults) say('FAULT', fault)
  await browser.close()
}
