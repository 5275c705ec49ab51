import { type Kinds, type Program, type Way, waysOf } from './program.ts'

/** A node as the readable list shows it. */
export interface Item {
  id: string
  /** How deep it is below the choices that lead to it, from 0. */
  depth: number
  /** The way that leads to it first; null: the start, or none. */
  via: { from: string; way: string } | null
  /** No way leads to it from the start. */
  loose: boolean
  ways: Way[]
}

/** All nodes in the order of walking: each once, below the first way that leads to it. */
export function outline(p: Program, kinds: Kinds): Item[] {
  const items: Item[] = []
  const seen = new Set<string>()
  const walk = (first: string, loose: boolean) => {
    const todo: Omit<Item, 'ways' | 'loose'>[] = [{ id: first, depth: 0, via: null }]
    for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
      const node = p.nodes[at.id]
      if (node === undefined || seen.has(at.id)) continue
      seen.add(at.id)
      const ways = waysOf(kinds.get(node.kind), node)
      items.push({ ...at, loose, ways })
      const open = ways.filter((w) => w.to !== '')
      const depth = new Set(open.map((w) => w.to)).size > 1 ? at.depth + 1 : at.depth
      for (const w of open.toReversed()) todo.push({ id: w.to, depth, via: { from: at.id, way: w.name } })
    }
  }
  walk(p.start, false)
  for (const id of Object.keys(p.nodes)) walk(id, true)
  return items
}
