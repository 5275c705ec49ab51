import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

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

const backend = process.env.LINEKEEPER ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [react(), packed()],
  build: {
    target: 'es2023',
    assetsInlineLimit: 0, // the policy forbids data: fonts
    chunkSizeWarningLimit: 900,
  },
  server: {
    proxy: { '/api': { target: backend, ws: true } },
  },
})
