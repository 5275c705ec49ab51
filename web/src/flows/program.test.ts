import { expect, test } from 'vitest'
import {
  addNode,
  asProgram,
  canRename,
  type FlowNode,
  freshProgram,
  giveParam,
  type Kind,
  type Offer,
  type Program,
  removeNodes,
  renameNode,
  setParam,
  setVariable,
  setWay,
  usesOf,
  waysOf,
} from './program.ts'
import { kinds } from './sample.ts'
import { offered, offerName, wayName } from './words.ts'

const kind = (name: string) => kinds.get(name) as Kind

test('a new flow is a program and ends', () => {
  const p = freshProgram()
  expect(p.nodes[p.start]?.next).toBe('end')
  expect(asProgram(JSON.parse(JSON.stringify(p)))).toEqual(p)
})

test('what is no program is refused, what is odd is mended', () => {
  for (const bad of [null, 3, [], 'x', {}, { nodes: [] }]) expect(asProgram(bad)).toBeNull()
  const p = asProgram({
    start: 4,
    nodes: { a: { kind: 'say', next: 5, edges: { x: 1, y: 'b' } }, b: 3 },
    layout: { a: 1 },
  })
  expect(p).toMatchObject({ start: '', nodes: { a: { kind: 'say', edges: { y: 'b' } } }, layout: {} })
  expect(p?.nodes.a).not.toHaveProperty('next')
})

test('ways: keys as on a keypad, listed ones, next, named ones, unknown ones', () => {
  const names = (k: string, node: object) => waysOf(kinds.get(k), { kind: k, ...node }).map((w) => w.name)
  expect(names('menu', { edges: { '#': 'a', '0': 'a', '2': 'a' } })).toEqual(['2', '0', '#', 'invalid', 'no_input'])
  expect(
    names('branch', {
      cases: [
        { way: 'vip', when: '' },
        { way: '', when: '' },
      ],
    }),
  ).toEqual(['vip', 'otherwise'])
  expect(names('run', {})).toEqual(['next', 'failed'])
  expect(names('future', { next: 'a', edges: { odd: 'b' } })).toEqual(['next', 'odd'])
  expect(waysOf(kind('run'), { kind: 'run' }).map((w) => w.optional)).toEqual([false, true])
})

test('of a prompt and a text the one that is given takes the place of the other', () => {
  let p = freshProgram()
  const say: Kind = {
    ...kind('say'),
    params: [
      { name: 'prompt', type: 'prompt', doc: '' },
      { name: 'text', type: 'text', doc: '' },
    ],
  }
  p = giveParam(p, say, 'greeting', 'text', 'Hello')
  expect(p.nodes.greeting).toEqual({ kind: 'say', text: 'Hello', next: 'end' })
  p = giveParam(p, say, 'greeting', 'text', undefined)
  expect(p.nodes.greeting).toEqual({ kind: 'say', next: 'end' })
  p = giveParam(giveParam(p, say, 'greeting', 'text', 'Hello'), say, 'greeting', 'prompt', 'hello')
  expect(p.nodes.greeting).toEqual({ kind: 'say', prompt: 'hello', next: 'end' })
  expect(giveParam(p, kind('menu'), 'greeting', 'odd', 1).nodes.greeting?.prompt).toBe('hello')
})

test('nodes are added, connected, renamed and removed without touching what was', () => {
  const before = freshProgram()
  const frozen = JSON.stringify(before)
  let [p, id] = addNode(before, kind('menu'), { x: 1.4, y: 2 })
  expect(id).toBe('menu')
  expect(addNode(p, kind('menu'), { x: 0, y: 0 })[1]).toBe('menu2')
  p = setWay(p, 'greeting', 'next', 'menu')
  p = setWay(p, 'menu', '1', 'end')
  p = setWay(p, 'menu', 'invalid', 'greeting')
  expect(canRename(p, 'menu', 'end')).toBe(false)
  expect(canRename(p, 'menu', 'меню')).toBe(false)
  p = renameNode(p, 'menu', 'main')
  expect(p.nodes.greeting?.next).toBe('main')
  expect(p.nodes.main?.edges).toEqual({ '1': 'end', invalid: 'greeting', no_input: 'end' })
  expect(p.layout?.main).toEqual({ x: 1, y: 2 })
  p = removeNodes(p, ['end', 'greeting'], kinds)
  expect(p.nodes.main?.edges).toEqual({ '1': '' })
  expect(Object.keys(p.layout ?? {})).toEqual(['main'])
  expect(JSON.stringify(before)).toBe(frozen)
})

test('a way follows the name a case gives it', () => {
  let p: Program = { ...freshProgram(), nodes: { b: { kind: 'branch', cases: [{ way: 'vip', when: 'a' }] } } }
  p = setWay(p, 'b', 'vip', 'b')
  p = setParam(p, 'b', 'cases', [{ way: 'gold', when: 'a' }])
  expect(p.nodes.b?.edges).toEqual({ gold: 'b' })
  p = setParam(p, 'b', 'cases', [
    { way: 'gold', when: 'a' },
    { way: 'new', when: 'c' },
  ])
  expect(p.nodes.b?.edges).toEqual({ gold: 'b' })
  p = setParam(p, 'b', 'cases', [{ way: 'new', when: 'c' }])
  expect(p.nodes.b?.edges).toEqual({})
  expect(setParam(p, 'b', 'cases', undefined).nodes.b).not.toHaveProperty('cases')
})

test('variables', () => {
  let p = setVariable(freshProgram(), 'tries', { type: 'number', default: 0 })
  p = setParam(p, 'greeting', 'text', 'You tried {{tries}} times')
  expect(usesOf(p, 'tries')).toEqual(['greeting'])
  expect(usesOf(p, 'trie')).toEqual([])
  expect(setVariable(p, 'tries', undefined)).not.toHaveProperty('variables')
})

test('what a plug-in offers gives a node its ways', () => {
  const offer: Offer = {
    plugin: 'bank',
    name: 'Bank',
    kind: 'pay',
    label: { en: 'Pay', th: 'จ่าย' },
    branches: [{ name: 'paid', label: { en: 'Has paid' } }, { name: 'later' }],
  }
  const free = {
    name: 'plugin',
    doc: '',
    next: true,
    free: true,
    edges: [{ name: 'failed', doc: '' }],
    offers: [offer],
  }
  expect(offered(offerName(offer))).toEqual({ kind: 'plugin', params: { plugin: 'bank', does: 'pay' } })
  expect(offered('menu')).toEqual({ kind: 'menu', params: {} })
  const [p, id] = addNode(freshProgram(), free, { x: 0, y: 0 }, offered(offerName(offer)).params)
  const node = p.nodes[id] as FlowNode
  expect(waysOf(free, node).map((w) => w.name)).toEqual(['next', 'paid', 'later', 'failed'])
  const t = ((key: string) => key) as Parameters<typeof wayName>[0]
  expect(wayName(t, free, 'paid', { node, language: 'ru' })).toBe('Has paid')
  expect(wayName(t, free, 'later', { node, language: 'ru' })).toBe('later')
  expect(waysOf(free, { ...node, does: 'gone', edges: { paid: id } }).map((w) => w.name)).toEqual([
    'next',
    'failed',
    'paid',
  ])
})
