import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin, type Rolldown } from 'vite'

/** Puts a .gz beside each file worth it, which the server sends to browsers that take it. */
function packed(): Plugin {
  let folder = 'dist'
  return {
    name: 'packed',
    apply: 'build',
    configResolved(config) {
      folder = config.build.outDir
    },
    closeBundle() {
      const walk = (at: string) => {
        for (const name of readdirSync(at)) {
          const path = join(at, name)
          if (statSync(path).isDirectory()) walk(path)
          else if (/\.(js|css|svg)$/.test(name)) writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }))
        }
      }
      walk(folder)
    },
  }
}

/** What scripts and styles up to the desk may weigh, packed, bytes. It is some 251,000; fonts come on top. */
const firstLoad = 260_000

/** Fails the build when what a browser fetches up to the desk has grown too heavy. */
function light(): Plugin {
  return {
    name: 'light',
    apply: 'build',
    generateBundle(_, bundle) {
      const pack = (source: string | Uint8Array) => gzipSync(source, { level: 9 }).length
      const files = new Map<string, number>()
      const add = (chunk: Rolldown.OutputChunk) => {
        if (files.has(chunk.fileName)) return
        files.set(chunk.fileName, pack(chunk.code))
        for (const name of chunk.viteMetadata?.importedCss ?? []) {
          const css = bundle[name]
          if (css?.type === 'asset') files.set(name, pack(css.source))
        }
        for (const name of chunk.imports) {
          const next = bundle[name]
          if (next?.type === 'chunk') add(next)
        }
      }
      for (const c of Object.values(bundle)) {
        if (c.type === 'chunk' && (c.isEntry || /(SignIn|DeskScreen)\.tsx$/.test(c.facadeModuleId ?? ''))) add(c)
      }
      const sum = [...files.values()].reduce((a, b) => a + b, 0)
      if (sum <= firstLoad) return
      const list = [...files].toSorted((a, b) => b[1] - a[1]).map(([name, size]) => `${size} ${name}`)
      this.error(
        `The first load is ${sum} bytes, more than ${firstLoad}: load what the desk does not need with its own screen, or think again about the limit.\n${list.join('\n')}`,
      )
    },
  }
}

const backend = process.env.LINEKEEPER ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [react(), light(), packed()],
  build: {
    target: 'es2023',
    assetsInlineLimit: 0, // the policy forbids data: fonts
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      // What is always fetched comes in two files: small ones pack badly and cost a head each. The
      // libraries stay in the browser when we change.
      output: {
        codeSplitting: {
          groups: [
            { name: 'libraries', tags: ['$initial'], test: /node_modules.*\.[cm]?js$/, priority: 1 },
            { name: 'base', tags: ['$initial'] },
          ],
        },
      },
    },
  },
  server: {
    proxy: { '/api': { target: backend, ws: true } },
  },
})
