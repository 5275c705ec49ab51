import type { CallLine } from '../wire/desk.gen.ts'

/** Whether what was typed could be a number; the server knows the rules of countries. */
export function dialable(text: string): boolean {
  return /^\+?[0-9*#]{2,20}$/.test(text.replace(/[\s().-]/g, ''))
}

/** What a queue is called for whom one calls: its project's name, and its own where the project has several. */
export function callFor(line: CallLine, all: CallLine[]): string {
  const alone = all.filter((l) => l.project === line.project).length === 1
  const several = all.some((l) => l.project !== line.project)
  if (!several) return line.name
  return alone ? line.projectName : `${line.projectName} · ${line.name}`
}
