import { expect, test } from 'vitest'
import { ApiError } from '../wire/http.ts'
import { Editor, type Stored, type World } from './editor.ts'
import { freshProgram, type Program, setParam } from './program.ts'
import { kinds } from './sample.ts'

/** A server that keeps one flow, and a clock that stands until it is moved. */
function rig() {
  let at = 0
  let timers: { at: number; run: () => void }[] = []
  const server: Stored = { id: 'f', key: 'f', name: 'F', program: freshProgram(), version: 1, revision: 1 }
  const world: World & { fail: boolean; saves: number } = {
    fail: false,
    saves: 0,
    check: async (p) =>
      p.nodes.greeting?.prompt === undefined ? [{ node: 'greeting', field: 'prompt', text: 'must be set' }] : [],
    save: async (revision, program) => {
      world.saves++
      if (world.fail) throw new ApiError(0, 'unavailable', '', [], 0)
      if (revision !== server.revision) throw new ApiError(409, 'conflict', '', [], 0)
      server.revision++
      server.draft = program
      return { ...server }
    },
    load: async () => ({ ...server }),
    now: () => at,
    later: (ms, run) => {
      const timer = { at: at + ms, run }
      timers.push(timer)
      return () => {
        timers = timers.filter((t) => t !== timer)
      }
    },
  }
  const pass = async (ms: number) => {
    at += ms
    for (const t of timers.filter((t) => t.at <= at)) {
      timers = timers.filter((other) => other !== t)
      t.run()
    }
    for (let i = 0; i < 20; i++) await Promise.resolve()
  }
  const editor = new Editor({ ...server }, kinds, world)
  const state = () => editor.state.get()
  const type = (text: string) => editor.change(setParam(state().program, 'greeting', 'prompt', text), 'greeting.prompt')
  return { editor, world, server, pass, state, type }
}

test('a draft is saved two seconds after the last change', async () => {
  const { pass, server, state, type, world } = rig()
  await pass(0)
  type('a')
  await pass(1500)
  type('ab')
  expect(state().saving).toBe('waiting')
  await pass(1500)
  expect(world.saves).toBe(0)
  await pass(600)
  expect(world.saves).toBe(1)
  expect((server.draft as Program).nodes.greeting?.prompt).toBe('ab')
  expect(state().saving).toBe('saved')
  expect(state().flow.revision).toBe(2)
})

test('a save that fails is tried again, leaving saves at once', async () => {
  const { editor, pass, server, state, type, world } = rig()
  world.fail = true
  type('a')
  await pass(2000)
  expect(state().saving).toBe('failed')
  world.fail = false
  await pass(10_000)
  expect(state().saving).toBe('saved')
  type('b')
  editor.end()
  await pass(0)
  expect((server.draft as Program).nodes.greeting?.prompt).toBe('b')
})

test('somebody else saved: the difference is shown, and either can be kept', async () => {
  for (const keep of ['mine', 'theirs'] as const) {
    const { editor, pass, server, state, type } = rig()
    type('mine')
    server.revision = 7
    server.draft = setParam(freshProgram(), 'greeting', 'prompt', 'theirs')
    await pass(2000)
    expect(state().saving).toBe('conflict')
    expect(state().theirs?.differences).toEqual([{ node: 'greeting', field: 'prompt', was: 'theirs', is: 'mine' }])
    await editor.settle(keep)
    await pass(2000)
    expect(state().program.nodes.greeting?.prompt).toBe(keep)
    expect((server.draft as Program).nodes.greeting?.prompt).toBe(keep)
    expect(state().saving).toBe('saved')
    if (keep === 'theirs') {
      editor.undo()
      expect(state().program.nodes.greeting?.prompt).toBe('mine')
    }
  }
})

test('problems are those of the present program, the selection only of nodes that are there', async () => {
  const { editor, pass, state } = rig()
  await pass(0)
  expect(state()).toMatchObject({ checked: true, problems: [] })
  editor.select(['greeting'])
  editor.change(setParam(state().program, 'greeting', 'prompt', undefined))
  expect(state().checked).toBe(false)
  await pass(600)
  expect(state().problems).toEqual([{ node: 'greeting', field: 'prompt', text: 'must be set' }])
  editor.undo()
  await pass(600)
  expect(state().problems).toEqual([])
  expect(state().selected).toEqual(['greeting'])
  const { greeting: _, ...rest } = state().program.nodes
  editor.change({ ...state().program, nodes: rest })
  expect(state().selected).toEqual([])
})
