// A flow as a file: JSON, or a zip archive with the prompts it names.
import { type FlowFile, flowFiles, type PromptsTaken } from '../wire/flowFile.ts'
import { asProgram, type Kinds, type Program } from './program.ts'

/** Keys of prompts the program names, each once, sorted. */
export function promptsNamed(p: Program, kinds: Kinds): string[] {
  const keys = new Set<string>()
  for (const node of Object.values(p.nodes))
    for (const param of kinds.get(node.kind)?.params ?? []) {
      const key = node[param.name]
      if (param.type === 'prompt' && typeof key === 'string' && key !== '' && !key.includes('{{')) keys.add(key)
    }
  return [...keys].sort()
}

/** What a chosen file holds; null: no flow. */
export interface Opened {
  program: Program
  /** As they stand to what is here; a flow without a zip has none. */
  prompts: FlowFile['prompts']
  /** To be sent again when its prompts are taken. */
  archive: Blob
}

export type Look = (file: Blob) => Promise<FlowFile>

/** Reads a file of either kind. What the server refuses is thrown. */
export async function opened(file: Blob, look: Look = flowFiles.look): Promise<Opened | null> {
  const head = new Uint8Array(await file.slice(0, 4).arrayBuffer())
  if (head[0] === 0x50 && head[1] === 0x4b) {
    const archive = new Blob([file], { type: 'application/zip' })
    const found = await look(archive)
    const program = asProgram(found.program)
    return program === null ? null : { program, prompts: found.prompts, archive }
  }
  let found: unknown = null
  try {
    found = JSON.parse(await file.text())
  } catch {
    return null
  }
  const program = asProgram(found) ?? asProgram((found as { program?: unknown } | null)?.program)
  return program === null ? null : { program, prompts: [], archive: file }
}

/** Somebody has to say which prompts are replaced, or is told that a recording is missing. */
export const mustAsk = (o: Opened): boolean => o.prompts.some((p) => p.state === 'other' || p.lacks.length > 0)

/** How many prompts came in. */
export const takenCount = ({ added, replaced }: PromptsTaken): number => added.length + replaced.length

export type Take = (file: Blob, replace: readonly string[]) => Promise<PromptsTaken>

/** Puts the prompts in that are new or chosen; the number of them. */
export async function takePrompts(o: Opened, replace: readonly string[], take: Take = flowFiles.take): Promise<number> {
  if (!o.prompts.some((p) => p.state === 'new' || replace.includes(p.key))) return 0
  return takenCount(await take(o.archive, replace))
}
