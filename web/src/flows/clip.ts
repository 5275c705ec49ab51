import { type FlowNode, freeName, type Place, type Program, usesOf, type Variable } from './program.ts'

/** Nodes on the clipboard: plain JSON, so that it goes between flows, tabs and servers. */
export interface Clip {
  linekeeper: 'flow-nodes'
  nodes: Record<string, FlowNode>
  layout: Record<string, Place>
  variables: Record<string, Variable>
}

/** The chosen nodes, and the variables they name. */
export function copyNodes(p: Program, ids: readonly string[]): Clip {
  const chosen = ids.filter((id) => p.nodes[id] !== undefined)
  const nodes = Object.fromEntries(chosen.map((id) => [id, p.nodes[id] as FlowNode]))
  const layout = Object.fromEntries(chosen.flatMap((id) => (p.layout?.[id] ? [[id, p.layout[id]]] : [])))
  const variables = Object.fromEntries(
    Object.entries(p.variables ?? {}).filter(([name]) => usesOf(p, name).some((id) => chosen.includes(id))),
  )
  return { linekeeper: 'flow-nodes', nodes, layout, variables }
}

/** Reads what was on the clipboard; null: something else. */
export function readClip(text: string): Clip | null {
  if (!text.includes('flow-nodes')) return null
  try {
    const clip = JSON.parse(text) as Clip
    return clip.linekeeper === 'flow-nodes' && typeof clip.nodes === 'object' ? clip : null
  } catch {
    return null
  }
}

/**
 * Puts copied nodes into a program under free names; ways among them follow, ways to others stay only
 * where there is such a node. The second are the new names.
 */
export function pasteNodes(p: Program, clip: Clip, shift: number): [Program, string[]] {
  const nodes = { ...p.nodes }
  const layout = { ...p.layout }
  const names: Record<string, string> = {}
  const taken = new Set([...Object.keys(nodes), ...Object.keys(clip.nodes)])
  for (const id of Object.keys(clip.nodes)) {
    names[id] = nodes[id] === undefined ? id : freeName(id, (name) => taken.has(name))
    taken.add(names[id])
  }
  const goal = (to: string) => names[to] ?? (p.nodes[to] === undefined ? '' : to)
  for (const [id, node] of Object.entries(clip.nodes)) {
    const name = names[id] as string
    const { next, edges, ...rest } = node
    const to = next === undefined ? '' : goal(next)
    const kept = Object.entries(edges ?? {}).map(([way, t]) => [way, goal(t)] as const)
    nodes[name] = {
      ...rest,
      kind: node.kind,
      ...(to === '' ? {} : { next: to }),
      ...(kept.length === 0 ? {} : { edges: Object.fromEntries(kept) }),
    }
    const place = clip.layout?.[id] ?? { x: 0, y: 0 }
    layout[name] = { ...place, x: place.x + shift, y: place.y + shift }
  }
  const missing = Object.entries(clip.variables ?? {}).filter(([name]) => p.variables?.[name] === undefined)
  const variables = missing.length === 0 ? {} : { variables: { ...p.variables, ...Object.fromEntries(missing) } }
  return [{ ...p, nodes, layout, ...variables }, Object.values(names)]
}
