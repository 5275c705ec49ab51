// Pictures of every screen in the mock, and what axe finds. Usage: node dev/look.mjs [FOLDER] [REGEXP]
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { chromium } from 'playwright-core'
import { pressHangUp } from '../e2e/people.mjs'

const folder = process.argv[2] ?? '/tmp/looks'
const only = new RegExp(process.argv[3] ?? '.')
const base = process.env.MOCK ?? 'http://127.0.0.1:8099'
mkdirSync(folder, { recursive: true })
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const sizes = { wide: { width: 1366, height: 768 }, phone: { width: 390, height: 844 } }
const langs = { en: 'English', ru: 'Русский', th: 'ไทย' }

const context = await chromium.launchPersistentContext(mkdtempSync(`${tmpdir()}/look-`), {
  executablePath: '/usr/bin/chromium',
  headless: true,
  bypassCSP: false,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    '--autoplay-policy=no-user-gesture-required',
  ],
})
const page = context.pages()[0] ?? (await context.newPage())
const faults = []
page.on('console', (m) => {
  if (m.type() === 'error' && !/status of (401|404|422|429)/.test(m.text())) faults.push(m.text())
})
page.on('pageerror', (e) => faults.push(String(e)))
const scenario = (body) => fetch(`${base}/dev/scenario`, { method: 'POST', body: JSON.stringify(body) })

const screens = [
  ['signin', '', '/sign-in', 'idle'],
  [
    'signin-error',
    '',
    '/sign-in',
    'idle',
    async () => {
      await page.fill('[data-testid=login]', 'anna')
      await page.fill('[data-testid=password]', 'wrong')
      await page.click('[data-testid=sign-in-submit]')
      await page.waitForTimeout(300)
    },
  ],
  ['setup', '', '/setup?token=abc', 'idle'],
  ['desk-idle', 'anna', '/desk', 'idle'],
  ['desk-offer', 'anna', '/desk', 'offer'],
  ['desk-talk', 'anna', '/desk', 'talk'],
  [
    'desk-keypad',
    'anna',
    '/desk',
    'talk',
    async () => {
      await page.keyboard.press('F4')
      await page.waitForTimeout(200)
      await page.keyboard.type('5#')
    },
  ],
  ...['guarded', 'hold', 'paused', 'asking', 'private', 'conference', 'asked', 'party', 'parked'].map((scene) => [
    `control-${scene}`,
    'anna',
    '/desk',
    scene,
  ]),
  [
    'control-transfer',
    'anna',
    '/desk',
    'talk',
    async () => {
      await page.keyboard.press('Control+F2')
      await page.locator('[data-testid=target]').first().waitFor()
      await page.keyboard.press('ArrowDown')
    },
  ],
  [
    'control-reason',
    'anna',
    '/desk',
    'reason',
    async () => {
      await pressHangUp(page)
      await page.click('[data-testid=reason-other]')
    },
  ],
  [
    'control-pause',
    'anna',
    '/desk',
    'talk',
    async () => {
      await page.keyboard.press('Control+Shift+F8')
      await page.waitForTimeout(200)
    },
  ],
  ['control-monitor', 'olga', '/board', 'monitor'],
  [
    'control-monitor-menu',
    'olga',
    '/board',
    'idle',
    async () => {
      await page.locator('[data-testid=monitor]').first().click()
      await page.waitForTimeout(200)
    },
  ],
  ['setup-project', 'admin', '/set-up/projects/p1', 'idle'],
  ['desk-interrupted', 'anna', '/desk', 'interrupted'],
  [
    'desk-wrap',
    'anna',
    '/desk',
    'wrap',
    async () => {
      const tab = page.locator('[data-testid=desk-tab-contact]')
      if (await tab.isVisible()) await tab.click()
    },
  ],
  [
    'desk-status',
    'anna',
    '/desk',
    'idle',
    async () => {
      await page.click('[data-testid=status]')
    },
  ],
  [
    'desk-offline',
    'anna',
    '/desk',
    'talk',
    async () => {
      await scenario({ down: true, drop: true })
      await page.waitForTimeout(900)
    },
  ],
  [
    'phone-check',
    'anna',
    '/desk',
    'idle',
    async () => {
      await page.keyboard.press('Control+k')
      await page.fill('[data-testid=palette-input]', '')
      await page.keyboard.press('Escape')
      await page.click('[data-testid=user-menu]')
      await page.click('[data-testid=menu-phone-check]')
      await page.click('[data-testid=check-start]')
      await page.waitForTimeout(1500)
    },
  ],
  [
    'palette',
    'anna',
    '/desk',
    'talk',
    async () => {
      await page.keyboard.press('Control+k')
      await page.waitForTimeout(200)
    },
  ],
  [
    'sheet',
    'anna',
    '/desk',
    'idle',
    async () => {
      await page.waitForTimeout(3200).then(() => page.keyboard.press('Shift+Slash'))
      await page.waitForTimeout(200)
    },
  ],
  ['board', 'olga', '/board', 'idle'],
  ['interactions', 'olga', '/interactions?outcome=answered', 'idle'],
  ['detail', 'olga', '/interactions/i003', 'idle'],
  ['report', 'olga', '/report', 'idle'],
  ['report-hour', 'olga', '/report?by=hour&metric=service_level', 'idle'],
  ['start', 'admin', '/start', 'idle'],
  ['start-empty', 'admin', '/start', 'idle', null, { empty: true }],
  ['setup-users', 'admin', '/set-up/users', 'idle'],
  ['setup-queue', 'admin', '/set-up/queues/q2', 'idle'],
  [
    'setup-error',
    'admin',
    '/set-up/queues/new',
    'idle',
    async () => {
      await page.click('[data-testid=save]')
      await page.waitForTimeout(300)
    },
  ],
  ['setup-dispositions', 'admin', '/set-up/dispositions', 'idle'],
  ['setup-hours', 'admin', '/set-up/hours/h1', 'idle'],
  ['setup-prompt', 'admin', '/set-up/prompts/m1', 'idle'],
  ['setup-flows', 'admin', '/set-up/flows', 'idle'],
]

const found = {}
for (const [size, viewport] of Object.entries(sizes)) {
  await page.setViewportSize(viewport)
  for (const lang of Object.keys(langs)) {
    for (const scheme of size === 'wide' && lang === 'en' ? ['light', 'dark'] : ['light']) {
      for (const [name, login, path, scene, act, more] of screens) {
        const file = `${name}-${lang}-${size}${scheme === 'dark' ? '-dark' : ''}`
        if (!only.test(file)) continue
        await scenario({
          language: lang,
          scene,
          empty: false,
          down: false,
          status: 'available',
          muted: false,
          checkValid: true,
          ...more,
        })
        await context.clearCookies()
        if (login !== '') await context.addCookies([{ name: 'lk', value: login, url: base }])
        await context.addInitScript(
          `localStorage.setItem('linekeeper.prefs', JSON.stringify({language:'${lang}',scheme:'${scheme}',lang:0}))`,
        )
        await page.goto(base + path)
        await page.waitForLoadState('networkidle').catch(() => {})
        await page.waitForTimeout(350)
        try {
          if (act) await act()
        } catch (e) {
          faults.push(`${file}: ${e}`)
        }
        await page.screenshot({ path: `${folder}/${file}.png` })
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        if (over > 0) faults.push(`${file}: ${over} px wider than the window`)
        await page.evaluate(`${axe};0`).catch((e) => faults.push(String(e)))
        const result = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }))
        for (const v of result.violations) {
          const key = `${v.id} (${v.impact}): ${v.nodes[0].target} ${v.nodes[0].failureSummary.split('\n').slice(1, 3).join(' ')}`

          found[key] = [...(found[key] ?? []), file]
        }
      }
    }
  }
}
for (const [k, v] of Object.entries(found)) console.log('AXE', k, '—', v.length, v.slice(0, 3).join(' '))
for (const f of new Set(faults)) console.log('FAULT', f)
await context.close()
