// What axe finds on a page: WCAG 2.2 A and AA, and what it calls best practice.
import { readFileSync } from 'node:fs'

const axe = readFileSync(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8')

export async function violations(page) {
  await page.evaluate(`if (!window.axe) { ${axe} }`)
  const result = await page.evaluate(() =>
    window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }),
  )
  return result.violations
}

/** Each as a line. */
export async function inspect(page) {
  const told = (v) =>
    v.nodes
      .map((n) => `${n.target.join(' ')} ${n.failureSummary ?? ''}`)
      .join(' | ')
      .slice(0, 600)
  return (await violations(page)).map((v) => `${v.id} ${told(v)}`)
}
