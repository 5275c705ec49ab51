import { named } from '../parts/names.ts'
import type { FlowKinds } from '../wire/model.ts'
import { arrange } from './arrange.ts'
import { asProgram, type Kind, type Kinds, moveNodes, type Offer, type Program } from './program.ts'

/** A program to begin a flow from, drawn tidily. */
export interface Template {
  key: string
  name: string
  program: Program
}

export function kindsOf(table: FlowKinds): Kinds {
  const offers = table.offers as unknown as Offer[]
  return new Map(table.kinds.map((k) => [k.name, k.free === true ? { ...(k as Kind), offers } : (k as Kind)]))
}

/** The programs that come along to begin from. */
export function templatesOf(table: FlowKinds, kinds: Kinds, language: string): Template[] {
  return table.templates.flatMap((m) => {
    const program = asProgram(m.program)
    if (program === null) return []
    const tidy = moveNodes(program, arrange(program, kinds))
    return [{ key: m.key, name: named(m.name, language) || m.key, program: tidy }]
  })
}
