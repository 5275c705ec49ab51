// Weighs what a browser with an empty cache fetches: node weigh.mjs BASE LOGIN [PASSWORD]; without a
// password LOGIN is one of a demo's people.
import { startBrowser } from './browser.mjs'
import { demoSignIn, signIn } from './people.mjs'

const [base, login, password] = process.argv.slice(2)
const browser = await startBrowser()
const page = await browser.newPage()
const session = await page.context().newCDPSession(page)
await session.send('Network.enable')
let bytes = 0
let files = 0
session.on('Network.loadingFinished', (e) => {
  bytes += e.encodedDataLength
  files++
})
await page.goto(`${base}/`, { waitUntil: 'networkidle' })
const atSignIn = bytes
await (password === undefined ? demoSignIn(page, base, login) : signIn(page, base, login, password))
await page.waitForLoadState('networkidle')
process.stdout.write(JSON.stringify({ SignIn: atSignIn, Desk: bytes, Files: files }))
await browser.close()
