// A flow's program as the editor changes it. Every function gives a new program and leaves the old one
// as it was, so that undo is keeping the old ones.

/** A parameter of a kind of node, from the server's table. */
export interface Param {
  name: string
  type: string
  doc: string
  required?: boolean
  default?: unknown
  min?: number
  max?: number
  options?: string[]
  yields?: string
  hidden?: boolean
}

/** A kind of node, from the server's table. */
export interface Kind {
  name: string
  doc: string
  params?: Param[]
  next?: boolean
  edges?: { name: string; doc: string; optional?: boolean }[]
  keys?: boolean
  ways?: boolean
  waits?: boolean
  needs?: string[]
  /** Further ways have names of the author's choice, or a plug-in's. */
  free?: boolean
  /** What plug-ins offer for nodes of this kind. */
  offers?: readonly Offer[]
}

/** A parameter, result or way of what a plug-in offers; label is by language. */
export interface OfferItem {
  name: string
  type?: string
  label?: Record<string, string>
  required?: boolean
  default?: unknown
  options?: string[]
}

/** One thing a plug-in offers: a node of kind plugin names both keys. */
export interface Offer {
  plugin: string
  /** The plug-in's. */
  name: string
  kind: string
  label: Record<string, string>
  doc?: Record<string, string>
  parameters?: OfferItem[]
  results?: OfferItem[]
  branches?: OfferItem[]
}

/** What a node wants of a plug-in, if that offers it. */
export const offerOf = (kind: Kind | undefined, node: FlowNode): Offer | undefined =>
  kind?.offers?.find((o) => o.plugin === node.plugin && o.kind === node.does)

export type Kinds = ReadonlyMap<string, Kind>

export interface FlowNode {
  kind: string
  /** What its author wants others to know. */
  comment?: string
  next?: string
  edges?: Record<string, string>
  [param: string]: unknown
}

export interface Place {
  x: number
  y: number
}

export interface Variable {
  type: string
  doc?: string
  default?: unknown
  secret?: boolean
  input?: boolean
  output?: boolean
}

export interface Program {
  schema: number
  comment?: string
  channels?: string[]
  variables?: Record<string, Variable>
  start: string
  nodes: Record<string, FlowNode>
  layout?: Record<string, Place>
  [field: string]: unknown
}

const isObject = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v)

/** Reads a program of any origin, mending what cannot be drawn; null: it is none. */
export function asProgram(value: unknown): Program | null {
  if (!isObject(value) || !isObject(value.nodes)) return null
  const nodes: Record<string, FlowNode> = {}
  for (const [id, node] of Object.entries(value.nodes)) {
    if (!isObject(node)) continue
    const { edges, next, ...rest } = node
    const kept = isObject(edges)
      ? Object.fromEntries(Object.entries(edges).filter((e): e is [string, string] => typeof e[1] === 'string'))
      : undefined
    nodes[id] = {
      ...rest,
      kind: String(node.kind ?? ''),
      ...(typeof next === 'string' ? { next } : {}),
      ...(kept === undefined ? {} : { edges: kept }),
    }
  }
  const layout: Record<string, Place> = {}
  for (const [id, place] of Object.entries(isObject(value.layout) ? value.layout : {})) {
    if (!isObject(place) || nodes[id] === undefined) continue
    const { x, y } = place
    if (typeof x === 'number' && typeof y === 'number') layout[id] = { x, y }
  }
  const variables = isObject(value.variables) ? (value.variables as Record<string, Variable>) : undefined
  return {
    ...value,
    schema: typeof value.schema === 'number' ? value.schema : 1,
    start: typeof value.start === 'string' ? value.start : '',
    nodes,
    layout,
    ...(variables === undefined ? {} : { variables }),
  }
}

/** What a new flow begins with: it greets and ends. */
export function freshProgram(): Program {
  return {
    schema: 1,
    start: 'greeting',
    nodes: { greeting: { kind: 'say', prompt: 'greeting', next: 'end' }, end: { kind: 'hangup' } },
    layout: {},
  }
}

/** A way out of a node. */
export interface Way {
  name: string
  /** The node it leads to; empty: to none yet. */
  to: string
  /** It may stay without a goal. */
  optional: boolean
  /** How it came to be: a key can be taken away, one of a list is named there. */
  from: 'next' | 'key' | 'list' | 'kind' | 'unknown'
}

export const keypad = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0', '*', '#']

/** The names of ways that a node's lists of cases or shares make. */
function listed(kind: Kind, node: FlowNode): string[] {
  if (kind.ways !== true) return []
  return (kind.params ?? [])
    .filter((p) => p.type === 'cases' || p.type === 'shares')
    .flatMap((p) => wayNames(node[p.name]))
}

function wayNames(list: unknown): string[] {
  return Array.isArray(list) ? list.map((c: unknown) => (isObject(c) ? String(c.way ?? '') : '')) : []
}

/** All ways out of a node, in the order people read them. */
export function waysOf(kind: Kind | undefined, node: FlowNode): Way[] {
  const edges = node.edges ?? {}
  const seen = new Set<string>()
  const ways: Way[] = []
  const add = (name: string, from: Way['from'], optional: boolean) => {
    if (name === '' || seen.has(name)) return
    seen.add(name)
    ways.push({ name, to: (name === 'next' ? node.next : edges[name]) ?? '', optional, from })
  }
  if (kind?.keys === true) for (const key of keypad) if (edges[key] !== undefined) add(key, 'key', false)
  if (kind !== undefined) for (const name of listed(kind, node)) add(name, 'list', false)
  if (kind?.next === true || node.next !== undefined) add('next', kind?.next === true ? 'next' : 'unknown', false)
  for (const b of offerOf(kind, node)?.branches ?? []) add(b.name, 'kind', true)
  for (const e of kind?.edges ?? []) add(e.name, 'kind', e.optional === true)
  for (const name of Object.keys(edges)) add(name, 'unknown', true)
  return ways
}

/** The nodes a node leads to, each once. */
export function targets(node: FlowNode): string[] {
  return [...new Set([node.next, ...Object.values(node.edges ?? {})])].filter((t): t is string => !!t)
}

/** A name that is not taken: menu, menu2, menu3. */
export function freeName(wanted: string, taken: (name: string) => boolean): string {
  if (!taken(wanted)) return wanted
  const stem = wanted.replace(/\d+$/, '').slice(0, 36)
  for (let i = 2; ; i++) if (!taken(stem + i)) return stem + i
}

const without = <T>(all: Record<string, T> | undefined, name: string): Record<string, T> => {
  const { [name]: _, ...rest } = all ?? {}
  return rest
}

function withNode(p: Program, id: string, change: (node: FlowNode) => FlowNode): Program {
  const node = p.nodes[id]
  return node === undefined ? p : { ...p, nodes: { ...p.nodes, [id]: change(node) } }
}

/** The ways a node must have, to the flow's end where there is one: a menu nobody answers need not be thought of first. */
function ending(p: Program, kind: Kind): Record<string, string> {
  const end = Object.entries(p.nodes).find(([, n]) => n.kind === 'hangup')?.[0]
  if (end === undefined) return {}
  return Object.fromEntries((kind.edges ?? []).filter((e) => e.optional !== true).map((e) => [e.name, end]))
}

/** Adds a node; its name is the second. */
export function addNode(
  p: Program,
  kind: Kind,
  at: { x: number; y: number },
  params: Record<string, unknown> = {},
): [Program, string] {
  const id = freeName(kind.name, (name) => p.nodes[name] !== undefined)
  const node: FlowNode = { kind: kind.name, ...params }
  if (kind.keys === true) node.edges = { '1': '', ...ending(p, kind) }
  return [
    {
      ...p,
      start: p.nodes[p.start] === undefined ? id : p.start,
      nodes: { ...p.nodes, [id]: node },
      layout: { ...p.layout, [id]: { x: Math.round(at.x), y: Math.round(at.y) } },
    },
    id,
  ]
}

/** Where a way leads; empty: nowhere. A way that must be there is kept without a goal, so that it is seen. */
export function setWay(p: Program, id: string, way: string, to: string, keep = false): Program {
  return withNode(p, id, (node) => {
    if (way === 'next') {
      const { next: _, ...rest } = node
      return to === '' ? rest : { ...node, next: to }
    }
    const rest = without(node.edges, way)
    const edges = to === '' && !keep ? rest : { ...node.edges, [way]: to }
    if (Object.keys(edges).length > 0) return { ...node, edges }
    const { edges: _, ...bare } = node
    return bare
  })
}

/** Takes nodes away, and every way that led to them. */
export function removeNodes(p: Program, ids: readonly string[], kinds: Kinds): Program {
  const gone = new Set(ids)
  let out: Program = {
    ...p,
    nodes: Object.fromEntries(Object.entries(p.nodes).filter(([id]) => !gone.has(id))),
    layout: Object.fromEntries(Object.entries(p.layout ?? {}).filter(([id]) => !gone.has(id))),
  }
  for (const [id, node] of Object.entries(out.nodes)) {
    for (const way of waysOf(kinds.get(node.kind), node)) {
      if (gone.has(way.to)) out = setWay(out, id, way.name, '', way.from === 'key')
    }
  }
  return out
}

const nodeName = /^[A-Za-z0-9_-]{1,64}$/

/** Whether a node can have this name; the server says the same. */
export function canRename(p: Program, id: string, name: string): boolean {
  return name === id || (nodeName.test(name) && p.nodes[name] === undefined)
}

/** Gives a node another name and lets every way follow. */
export function renameNode(p: Program, id: string, name: string): Program {
  if (name === id || p.nodes[id] === undefined || !canRename(p, id, name)) return p
  const to = (t: string) => (t === id ? name : t)
  const nodes: Record<string, FlowNode> = {}
  for (const [k, node] of Object.entries(p.nodes)) {
    nodes[to(k)] = {
      ...node,
      ...(node.next === undefined ? {} : { next: to(node.next) }),
      ...(node.edges === undefined
        ? {}
        : { edges: Object.fromEntries(Object.entries(node.edges).map(([way, t]) => [way, to(t)])) }),
    }
  }
  const layout = Object.fromEntries(Object.entries(p.layout ?? {}).map(([k, place]) => [to(k), place]))
  return { ...p, start: to(p.start), nodes, layout }
}

const saying: Record<string, string> = { prompt: 'text', text: 'prompt' }

/** Sets a parameter. Where a step says a prompt or a text, the one that is given takes the other's place. */
export function giveParam(p: Program, kind: Kind | undefined, id: string, param: string, value: unknown): Program {
  const other = saying[param]
  const both = other !== undefined && kind?.params?.some((o) => o.name === other) === true
  const cleared = both && value !== undefined && value !== '' ? setParam(p, id, other, undefined) : p
  return setParam(cleared, id, param, value)
}

/** Sets a parameter; undefined: it is absent. Ways that a list names follow it. */
export function setParam(p: Program, id: string, param: string, value: unknown): Program {
  return withNode(p, id, (node) => {
    const before = wayNames(node[param])
    const after = wayNames(value)
    const { [param]: _, ...rest } = node
    const next: FlowNode = { ...rest, kind: node.kind, ...(value === undefined ? {} : { [param]: value }) }
    if (before.length === 0 || node.edges === undefined) return next
    let edges = node.edges
    for (const [i, name] of before.entries()) {
      if (after.includes(name)) continue
      const goal = edges[name]
      edges = without(edges, name)
      const renamed = after[i]
      const same =
        before.length === after.length && renamed !== undefined && renamed !== '' && !before.includes(renamed)
      if (same && goal !== undefined) edges = { ...edges, [renamed]: goal }
    }
    return { ...next, edges }
  })
}

export function moveNodes(p: Program, places: Record<string, { x: number; y: number }>): Program {
  const layout = { ...p.layout }
  for (const [id, at] of Object.entries(places)) {
    if (p.nodes[id] !== undefined) layout[id] = { x: Math.round(at.x), y: Math.round(at.y) }
  }
  return { ...p, layout }
}

const variableName = /^[a-z][a-z0-9_]{0,39}$/
export const canName = (p: Program, name: string): boolean =>
  variableName.test(name) && p.variables?.[name] === undefined

export function setVariable(p: Program, name: string, v: Variable | undefined): Program {
  if (v !== undefined) return { ...p, variables: { ...p.variables, [name]: v } }
  const variables = without(p.variables, name)
  if (Object.keys(variables).length > 0) return { ...p, variables }
  const { variables: _, ...rest } = p
  return rest as Program
}

/** Where a variable is named: the nodes that set or read it. */
export function usesOf(p: Program, name: string): string[] {
  const word = new RegExp(`(^|[^A-Za-z0-9_.])${name}($|[^A-Za-z0-9_])`)
  return Object.entries(p.nodes)
    .filter(([, { kind: _k, next: _n, edges: _e, ...params }]) => word.test(JSON.stringify(params)))
    .map(([id]) => id)
}
