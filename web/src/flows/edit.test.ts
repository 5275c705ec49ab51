import { expect, test } from 'vitest'
import { arrange, cardHeight, cardWidth, crowded, placeFor, tidied } from './arrange.ts'
import { copyNodes, pasteNodes, readClip } from './clip.ts'
import { parseCondition, parseValue, printCondition, typeOfName } from './condition.ts'
import { difference } from './difference.ts'
import { record, redo, startHistory, undo } from './history.ts'
import { outline } from './outline.ts'
import { asProgram, type FlowNode, freshProgram, moveNodes, type Program } from './program.ts'
import { kinds } from './sample.ts'

const program = (nodes: Record<string, FlowNode>, start = 'a'): Program => ({ schema: 1, start, nodes })

const menus = program({
  a: { kind: 'say', next: 'm' },
  m: { kind: 'menu', edges: { '1': 'x', '2': 'n', invalid: 'm', no_input: 'end' } },
  n: { kind: 'menu', edges: { '1': 'x', '9': 'm', invalid: 'end', no_input: 'end' } },
  x: { kind: 'say', next: 'end' },
  end: { kind: 'hangup' },
  lost: { kind: 'say', next: 'end' },
})

test('undo and redo; quick changes of one field are one', () => {
  let h = startHistory('')
  h = record(h, 'a', 'text', 1000)
  h = record(h, 'ab', 'text', 1500)
  h = record(h, 'ab!', '', 1600)
  h = record(h, 'ab!', '', 1700)
  h = undo(h)
  expect(h.now).toBe('ab')
  h = undo(h)
  expect(h.now).toBe('')
  expect(undo(h)).toBe(h)
  h = redo(redo(h))
  expect(h.now).toBe('ab!')
  expect(redo(h)).toBe(h)
  h = record(undo(h), 'other', '', 1800)
  expect(h.future).toEqual([])
})

test('pasting gives free names, lets ways among the pasted follow and brings variables', () => {
  const from: Program = { ...menus, variables: { who: { type: 'text' }, other: { type: 'number' } } }
  from.nodes = { ...from.nodes, x: { kind: 'say', text: 'Hi {{who}}', next: 'end' } }
  const clip = readClip(JSON.stringify(copyNodes(from, ['m', 'x', 'nobody'])))
  if (clip === null) throw new Error('not read')
  expect(Object.keys(clip.nodes)).toEqual(['m', 'x'])
  const [same, names] = pasteNodes(from, clip, 40)
  expect(names).toEqual(['m2', 'x2'])
  expect(same.nodes.m2?.edges).toEqual({ '1': 'x2', '2': 'n', invalid: 'm2', no_input: 'end' })
  const [other] = pasteNodes(freshProgram(), clip, 40)
  expect(other.nodes.m?.edges).toEqual({ '1': 'x', '2': '', invalid: 'm', no_input: 'end' })
  expect(other.variables).toEqual({ who: { type: 'text' } })
  expect(readClip('hello')).toBeNull()
  expect(readClip('{"linekeeper":"flow-nodes"')).toBeNull()
})

test('the outline walks from the start, each node once, what nobody reaches last', () => {
  const items = outline(menus, kinds)
  expect(items.map((i) => `${i.depth} ${i.id}`)).toEqual(['0 a', '0 m', '1 x', '1 end', '1 n', '0 lost'])
  expect(items.at(-1)?.loose).toBe(true)
  expect(items[4]?.via).toEqual({ from: 'm', way: '2' })
})

test('arranged cards never lie on each other, whatever leads where', () => {
  let seed = 7
  const random = (n: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648
    return seed % n
  }
  for (let round = 0; round < 60; round++) {
    const count = 1 + random(25)
    const nodes: Record<string, FlowNode> = {}
    for (let i = 0; i < count; i++) {
      const goal = () => `n${random(count + 2)}`
      nodes[`n${i}`] =
        random(2) === 0
          ? { kind: 'say', next: goal() }
          : { kind: 'menu', edges: { '1': goal(), '2': goal(), invalid: goal() } }
    }
    const p = program(nodes, 'n0')
    const placed = moveNodes(p, arrange(p, kinds))
    expect(Object.keys(placed.layout ?? {}).length).toBe(count)
    expect(crowded(placed, kinds), JSON.stringify(p)).toBe(false)
  }
  expect(crowded(menus, kinds)).toBe(true)
  expect(cardHeight(menus, 'm', kinds)).toBeGreaterThan(cardHeight(menus, 'end', kinds))
  const at = arrange(menus, kinds)
  expect((at.m?.x ?? 0) - (at.a?.x ?? 0)).toBeGreaterThan(cardWidth)
})

test('what was tidy stays tidy, what somebody moved stays where it is; a new card finds a free place', () => {
  const placed = moveNodes(menus, arrange(menus, kinds))
  const more = {
    ...placed,
    nodes: { ...placed.nodes, x: { kind: 'say', next: 'new' }, new: { kind: 'say', next: 'end' } },
  }
  expect(tidied(placed, more, kinds).layout).toEqual(arrange(more, kinds))
  const moved = moveNodes(placed, { x: { x: 5, y: 2000 } })
  expect(tidied(moved, { ...more, layout: moved.layout ?? {} }, kinds).layout).toEqual(moved.layout)
  const at = placeFor(placed, kinds, 'm', 'say')
  expect(crowded(moveNodes(more, { new: at }), kinds)).toBe(false)
})

test('a difference is told by node and field, and not of the drawing', () => {
  const now = asProgram({
    ...menus,
    nodes: {
      ...menus.nodes,
      a: { next: 'm', kind: 'say', prompt: 'hello' },
      m: { kind: 'menu', edges: { '1': 'end' } },
      more: { kind: 'hangup' },
    },
    layout: { a: { x: 1, y: 1 } },
  }) as Program
  expect(difference(menus, now).map((d) => `${d.node}.${d.field}`)).toEqual([
    'a.prompt',
    'm.edges.1',
    'm.edges.2',
    'm.edges.invalid',
    'm.edges.no_input',
    'more.',
  ])
  expect(difference(now, now)).toEqual([])
})

test.each([
  ['vip', 'vip'],
  ['not vip', 'not vip'],
  ['!vip', 'not vip'],
  ['vip == false', 'not vip'],
  ['call.country == "TH"', 'call.country == "TH"'],
  ["call.country == 'TH' && balance>=-10.5", 'call.country == "TH" and balance >= -10.5'],
  ['a == 1 or b contains "x\\"y"', 'a == 1 or b contains "x\\"y"'],
  ['queue("sales").waiting > limit', 'queue("sales").waiting > limit'],
  ['open("office")', 'open("office")'],
  ['', ''],
])('the condition %s is rows', (text, printed) => {
  const c = parseCondition(text)
  expect(c).not.toBeNull()
  if (c !== null) expect(printCondition(c)).toBe(printed)
})

test.each(['a and b or c', '(a) and b', 'a + 1 > 2', 'len(x) > 2', '"x" == a', 'a ==', 'a b', 'not (a)', 'a ? b : c'])(
  'the condition %s stays text',
  (text) => expect(parseCondition(text)).toBeNull(),
)

test('values and types', () => {
  expect(parseValue('"hello"')).toEqual({ type: 'text', value: 'hello' })
  expect(parseValue(' 12 ')).toEqual({ type: 'number', value: '12' })
  expect(parseValue('call.number')).toEqual({ type: 'name', value: 'call.number' })
  expect(parseValue('a + b')).toBeNull()
  expect(parseValue('')).toBeNull()
  expect(typeOfName('open("office")', {})).toBe('boolean')
  expect(typeOfName('a', { a: { type: 'time' } })).toBe('time')
})
