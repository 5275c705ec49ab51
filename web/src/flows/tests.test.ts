import { expect, test } from 'vitest'
import { freshProgram, type Program, renameNode } from './program.ts'
import { kinds } from './sample.ts'
import {
  actKind,
  addTest,
  alike,
  asKind,
  atWall,
  countsOf,
  linesOf,
  onlyKeys,
  openingOf,
  put,
  putTest,
  removeTest,
  renamedTests,
  type Script,
  setOpening,
  testsOf,
  untouched,
  wallTime,
} from './tests.ts'

test('tests are added, changed and removed; without any the program has no field for them', () => {
  const p = freshProgram()
  const two = addTest(addTest(p, { name: 'a' }), { name: 'b', chance: [0.5] })
  const changed = putTest(two, 1, { ...(testsOf(two)[1] as Script), number: '+66' })
  expect(testsOf(changed)).toEqual([{ name: 'a' }, { name: 'b', chance: [0.5], number: '+66' }])
  expect(testsOf(two)[1]).toEqual({ name: 'b', chance: [0.5] })
  expect((changed.tests as unknown[])[0]).toBe((two.tests as unknown[])[0])
  expect(removeTest(removeTest(changed, 0), 0)).toEqual(p)
  expect(testsOf({ ...p, tests: 'no' })).toEqual([])
  expect(testsOf({ ...p, tests: [1, { name: 'x' }] })).toEqual([{ name: '' }, { name: 'x' }])
})

test('what is emptied is absent, the name stays', () => {
  const s: Script = { name: 'a', number: '+66', acts: [{}], expect: { end: 'queue' } }
  expect(put(s, { name: '', number: '', acts: [], expect: put(s.expect ?? {}, { end: '' }) })).toEqual({ name: '' })
})

test.each([
  [{ keys: '1' }, 'keys'],
  [{ keys: '' }, 'keys'],
  [{ text: 'hello' }, 'text'],
  [{ hang_up: true, after: 3 }, 'hangUp'],
  [{ after: 2 }, 'silence'],
] as const)('%j is %s', (act, kind) => expect(actKind(act)).toBe(kind))

test('an act becomes another kind and keeps when and where', () => {
  const act = { keys: '12#', after: 2, node: 'menu' }
  expect(asKind(act, 'text')).toEqual({ text: '12#', after: 2, node: 'menu' })
  expect(asKind(act, 'silence')).toEqual({ after: 2, node: 'menu' })
  expect(asKind(act, 'hangUp')).toEqual({ hang_up: true, after: 2, node: 'menu' })
  expect(asKind({ text: 'call 12' }, 'keys')).toEqual({ keys: '12' })
  expect(onlyKeys('+7 (4*)#x')).toBe('74*#')
})

test('a calendar is open, closed or as it is', () => {
  const closed = setOpening({ name: 'a', open: ['office', 'shop'] }, 'office', 'closed')
  expect(closed).toEqual({ name: 'a', open: ['shop'], closed: ['office'] })
  expect([openingOf(closed, 'office'), openingOf(closed, 'shop'), openingOf(closed, 'x')]).toEqual([
    'closed',
    'open',
    '',
  ])
  expect(setOpening(closed, 'office', '')).toEqual({ name: 'a', open: ['shop'] })
})

test('times keep their zone and take the reader’s when they are new', () => {
  expect(wallTime('2026-11-22T09:30:00+07:00')).toBe('2026-11-22T09:30')
  expect(wallTime(undefined)).toBe('')
  expect(atWall('2026-11-22T10:00', '2026-11-22T09:30:00+07:00', 0)).toBe('2026-11-22T10:00:00+07:00')
  expect(atWall('2026-11-22T10:00', '2026-11-22T09:30:00Z', 180)).toBe('2026-11-22T10:00:00Z')
  expect(atWall('2026-11-22T10:00', undefined, -570)).toBe('2026-11-22T10:00:00-09:30')
  expect(atWall('2026-11-22T10:00', undefined, 180)).toBe('2026-11-22T10:00:00+03:00')
  expect(atWall('', '2026-11-22T09:30:00Z', 0)).toBe('')
  expect(linesOf('greeting\n\n  \nsorry')).toEqual(['greeting', 'sorry'])
})

test('a test follows the node it names', () => {
  const p = addTest(freshProgram(), {
    name: 'a',
    acts: [{ keys: '1', node: 'greeting' }, { keys: '2' }],
    expect: { end: 'ended', passes: ['greeting', 'end'] },
  })
  expect(testsOf(renamedTests(renameNode(p, 'greeting', 'hello'), 'greeting', 'hello'))).toEqual([
    {
      name: 'a',
      acts: [{ keys: '1', node: 'hello' }, { keys: '2' }],
      expect: { end: 'ended', passes: ['hello', 'end'] },
    },
  ])
})

test('a flow is the same when only its cards moved, and untouched while it is as it came', () => {
  const p = freshProgram()
  const moved: Program = { ...p, layout: { end: { x: 1, y: 2 } } }
  expect(alike(p, moved)).toBe(true)
  expect(alike(p, addTest(p, { name: 'a' }))).toBe(false)
  expect(untouched(moved)).toBe(true)
  expect(untouched(addTest(p, { name: 'a' }))).toBe(false)
})

test('counts are found by the names of nodes and ways', () => {
  const p: Program = {
    schema: 1,
    start: 'say_hi',
    nodes: { say_hi: { kind: 'say', next: 'ask' }, ask: { kind: 'menu', edges: { '1': 'a_b', no_input: '' } } },
  }
  p.nodes.a_b = { kind: 'hangup' }
  p.nodes.aB = { kind: 'hangup' }
  const counts = countsOf(p, kinds, {
    say_hi: 5,
    'say_hi.next': 4,
    ask: 4,
    'ask.1': 3,
    'ask.no_input': 1,
    a_b: 2,
    gone: 7,
  })
  expect(counts.get('say_hi')).toBe(5)
  expect(counts.get('say_hi.next')).toBe(4)
  expect(counts.get('ask.1')).toBe(3)
  expect(counts.get('ask.no_input')).toBe(1)
  expect(counts.get('ask.invalid')).toBe(0)
  expect(counts.get('a_b')).toBe(2)
  expect(counts.get('aB')).toBe(0)
  expect(counts.has('gone')).toBe(false)
})
