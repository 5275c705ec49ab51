import type { Place, Target, Targets } from '../wire/desk.gen.ts'

/** A destination to choose. */
export interface Choice {
  target: Target
  name: string
  detail: string
  free: boolean
}

const folded = (s: string) => s.toLowerCase().replaceAll('ё', 'е')

/** A typed number, or nothing: at least three digits and no letters. */
export function typedNumber(text: string): string {
  const bare = text.replace(/[\s().-]/g, '')
  return /^\+?[0-9*#]{3,20}$/.test(bare) ? bare : ''
}

/** What fits the search: free agents first, then the other agents, queues, entries; a number before all. */
export function choices(targets: Targets | null, search: string, me: string): Choice[] {
  const text = folded(search.trim())
  const number = typedNumber(search)
  const of = (kind: string, all: Place[] | null | undefined): Choice[] =>
    (all ?? [])
      .filter((p) => p.id !== me && (folded(p.name).includes(text) || p.detail.includes(search.trim())))
      .map((p) => ({ target: { kind, id: p.id }, name: p.name, detail: p.detail, free: p.free === true }))
  const agents = of('agent', targets?.agents)
  const outside: Choice[] =
    number === '' ? [] : [{ target: { kind: 'outside', number }, name: number, detail: '', free: true }]
  return [
    ...outside,
    ...agents.filter((a) => a.free),
    ...agents.filter((a) => !a.free),
    ...of('queue', targets?.queues),
    ...of('entry', targets?.entries),
  ]
}
