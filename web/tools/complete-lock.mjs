// Completes package-lock.json with the optional packages of other platforms. A registry mirror that
// does not serve them makes npm leave them out, and `npm ci` then refuses the file everywhere.
// Run it after each `npm install`: node tools/complete-lock.mjs
import { readFileSync, writeFileSync } from 'node:fs'

const file = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(file, 'utf8'))
const systems = ['android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'aix', 'win32']
const machines = ['arm64', 'x64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x', 'wasm32', 'loong64', 'mips64el']
let added = 0
for (const owner of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(owner.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`
    if (lock.packages[path] !== undefined || !/^\d/.test(version)) continue
    const words = name.split(/[/-]/)
    const os = systems.filter((s) => words.includes(s))
    const cpu = machines.filter((m) => words.includes(m))
    lock.packages[path] = {
      version,
      ...(cpu.length > 0 ? { cpu } : {}),
      dev: true,
      ...(words.includes('musl') ? { libc: ['musl'] } : {}),
      optional: true,
      ...(os.length > 0 ? { os } : {}),
    }
    added++
    console.log(`added ${name} ${version} ${os} ${cpu}`)
  }
}
const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1))
lock.packages = Object.fromEntries(sorted)
if (added > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
