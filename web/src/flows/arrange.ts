import { type Kinds, moveNodes, type Program, targets, waysOf } from './program.ts'

// Cards are drawn in these sizes, px; the style sheet has the same.
export const cardWidth = 248
const head = 62
const line = 26
const between = { x: 92, y: 34 }

/** How high a node's card is, near enough to place others. */
export function cardHeight(p: Program, id: string, kinds: Kinds): number {
  const node = p.nodes[id]
  if (node === undefined) return head
  const note = node.comment ? 24 : 0
  return head + note + line * waysOf(kinds.get(node.kind), node).length
}

/** The column of each node: one right of the farthest that leads to it; ways back are not looked at. */
function columns(p: Program): Map<string, number> {
  const back = new Set<string>()
  const state = new Map<string, 'open' | 'done'>()
  const order: string[] = []
  const walk = (first: string) => {
    const stack: { id: string; goals: string[] }[] = []
    const enter = (id: string) => {
      state.set(id, 'open')
      const node = p.nodes[id]
      stack.push({ id, goals: node === undefined ? [] : targets(node).filter((t) => p.nodes[t] !== undefined) })
    }
    enter(first)
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const goal = top.goals.shift()
      if (goal === undefined) {
        state.set(top.id, 'done')
        order.push(top.id)
        stack.pop()
      } else if (state.get(goal) === 'open') back.add(`${top.id} ${goal}`)
      else if (state.get(goal) === undefined) enter(goal)
    }
  }
  for (const id of [p.start, ...Object.keys(p.nodes)]) if (p.nodes[id] !== undefined && !state.has(id)) walk(id)
  const column = new Map<string, number>()
  for (const id of order.toReversed()) {
    const own = column.get(id) ?? 0
    column.set(id, own)
    for (const t of targets(p.nodes[id] as never)) {
      if (p.nodes[t] !== undefined && !back.has(`${id} ${t}`)) column.set(t, Math.max(column.get(t) ?? 0, own + 1))
    }
  }
  return column
}

/** Places for all nodes: columns from left to right, each node beside what leads to it. */
export function arrange(p: Program, kinds: Kinds): Record<string, { x: number; y: number }> {
  const column = columns(p)
  const levels: string[][] = []
  for (const [id, c] of column) levels[c] = [...(levels[c] ?? []), id]
  const middle = new Map<string, number>()
  const places: Record<string, { x: number; y: number }> = {}
  const wish = new Map<string, number[]>()
  for (const [c, ids] of levels.entries()) {
    if (ids === undefined) continue
    const want = (id: string) => {
      const all = wish.get(id)
      return all === undefined ? Number.MAX_SAFE_INTEGER : all.reduce((a, b) => a + b, 0) / all.length
    }
    ids.sort((a, b) => want(a) - want(b))
    const heights = ids.map((id) => cardHeight(p, id, kinds))
    let bottom = Number.NEGATIVE_INFINITY
    for (const [i, id] of ids.entries()) {
      const h = heights[i] ?? head
      const wanted = wish.has(id) ? want(id) - head / 2 : Number.isFinite(bottom) ? bottom + between.y : 0
      const y = Math.max(bottom + between.y, wanted)
      places[id] = { x: c * (cardWidth + between.x), y: Math.round(y) }
      bottom = y + h
      middle.set(id, y + h / 2)
    }
    // What was pushed down by those above it moves the whole column half of it up again.
    const pushed = ids.map((id) => (wish.has(id) ? (places[id]?.y ?? 0) - (want(id) - head / 2) : 0))
    const lift = Math.round(pushed.reduce((a, b) => a + b, 0) / Math.max(1, pushed.length))
    for (const id of ids) {
      const at = places[id]
      const node = p.nodes[id]
      if (at === undefined || node === undefined) continue
      at.y -= lift
      for (const [i, way] of waysOf(kinds.get(node.kind), node).entries()) {
        if ((column.get(way.to) ?? 0) > c)
          wish.set(way.to, [...(wish.get(way.to) ?? []), at.y + head + line * (i + 0.5)])
      }
    }
  }
  return places
}

/** Whether some cards lie on each other, or have no place: then the drawing was made for other cards. */
export function crowded(p: Program, kinds: Kinds): boolean {
  const ids = Object.keys(p.nodes)
  const boxes = ids.map((id) => ({ at: p.layout?.[id], h: cardHeight(p, id, kinds) }))
  return boxes.some(
    (a, i) =>
      a.at === undefined ||
      boxes.some(
        (b, k) =>
          k > i &&
          a.at !== undefined &&
          b.at !== undefined &&
          Math.abs(a.at.x - b.at.x) < cardWidth &&
          a.at.y < b.at.y + b.h &&
          b.at.y < a.at.y + a.h,
      ),
  )
}

/** A free place for a new card: right of a node, or below the rest. */
export function placeFor(p: Program, kinds: Kinds, after: string | undefined, kind: string): { x: number; y: number } {
  const from = after === undefined ? undefined : p.layout?.[after]
  const boxes = Object.keys(p.nodes).flatMap((id) => {
    const at = p.layout?.[id]
    return at === undefined ? [] : [{ ...at, h: cardHeight(p, id, kinds) }]
  })
  const lowest = boxes.reduce((low, b) => Math.max(low, b.y + b.h + between.y), 0)
  const at = from === undefined ? { x: 0, y: lowest } : { x: from.x + cardWidth + between.x, y: from.y }
  const trial = { ...p, nodes: { ...p.nodes, '': { kind } } }
  const height = cardHeight(trial, '', kinds) + 40
  for (;;) {
    const hit = boxes.find((b) => Math.abs(b.x - at.x) < cardWidth + 20 && at.y < b.y + b.h + 12 && b.y < at.y + height)
    if (hit === undefined) return at
    at.y = hit.y + hit.h + between.y
  }
}

/** A drawing nobody has moved by hand stays in order when its program changes. */
export function tidied(before: Program, after: Program, kinds: Kinds): Program {
  const places = arrange(before, kinds)
  const tidy = Object.entries(places).every(([id, at]) => {
    const is = before.layout?.[id]
    return is === undefined || (is.x === at.x && is.y === at.y)
  })
  return tidy ? moveNodes(after, arrange(after, kinds)) : after
}
