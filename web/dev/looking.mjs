// What the scripts share that look at screens of a running demo: people, pictures at two sizes, axe.
import { mkdirSync } from 'node:fs'
import { request } from 'playwright-core'
import { inspect } from '../e2e/axe.mjs'
import { startBrowser } from '../e2e/browser.mjs'
import { demoSignIn } from '../e2e/people.mjs'

const sizes = [
  [1366, 768],
  [390, 844],
]

/** Opens a browser for pictures in a folder. */
export async function looking(base, folder) {
  mkdirSync(folder, { recursive: true })
  const start = Date.now()
  const say = (...text) => console.log(`${((Date.now() - start) / 1000).toFixed(1)} s`, ...text)
  const browser = await startBrowser()
  const pages = []
  return {
    say,
    id: (page, name) => page.getByTestId(name).first(),
    /** Somebody who has signed in with one click. */
    async person(login, language) {
      const page = await browser.newPage()
      await page.context().addInitScript(toneHeard)
      await demoSignIn(page, base, login)
      if (language !== undefined) await speak(page, base, language)
      pages.push(page)
      return page
    },
    speak: (page, language) => speak(page, base, language),
    /** Pictures of the page as it stands, what sticks out of it, and what axe finds. */
    async look(page, name) {
      await page.mouse.move(5, 300)
      for (const [width, height] of sizes) {
        await page.setViewportSize({ width, height })
        await page.waitForTimeout(400)
        await page.screenshot({ path: `${folder}/${name}.${width}.png` })
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
        if (wide > 0) say(name, width, `sticks out ${wide} px`)
        for (const fault of await inspect(page)) say('AXE', name, width, fault)
      }
      await page.setViewportSize({ width: 1366, height: 768 })
    },
    /** Does the work; what fails is said, with a picture of each page. */
    async run(work) {
      try {
        await work()
        say('done')
      } catch (error) {
        say(`FAILED ${error}`)
        for (const [i, page] of pages.entries())
          await page.screenshot({ path: `${folder}/failed-${i}.png` }).catch(() => {})
        process.exitCode = 1
      } finally {
        for (const page of pages) for (const fault of page.faults) say('FAULT', fault)
        await browser.close()
      }
    },
  }
}

/** Takes an agent out of all queues, so that nobody else calls him. */
export async function emptied(base, login) {
  const admin = await request.newContext({ baseURL: base, extraHTTPHeaders: { origin: base } })
  await admin.post('/api/v1/demo/session', { data: { login: 'admin' } })
  const list = async (kind) => (await (await admin.get(`/api/v1/${kind}`)).json()).items
  const who = (await list('users')).find((u) => u.login === login)
  for (const { id, version, ...queue } of await list('queues')) {
    const agents = (queue.agents ?? []).filter((a) => a !== who.id)
    const answer = await admin.put(`/api/v1/queues/${id}`, { data: { ...queue, agents } })
    if (!answer.ok()) throw new Error(`${answer.status()} ${await answer.text()}`)
  }
  await admin.dispose()
}

async function speak(page, base, language) {
  await page.request.patch(`${base}/api/v1/me`, { data: { language }, headers: { origin: base } })
  await page.reload()
  await page.getByTestId('frame').waitFor()
  await page.waitForTimeout(1500) // keys count from the desk's greeting on
}

/** These scripts look and do not listen: the test call's tone counts as heard, which a busy machine loses. */
function toneHeard() {
  AnalyserNode.prototype.getFloatFrequencyData = function (into) {
    into.fill(-110)
    into[Math.round((1000 * this.fftSize) / this.context.sampleRate)] = -10
  }
}
