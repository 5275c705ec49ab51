import { expect, test } from 'vitest'
import { ApiError } from '../wire/http.ts'
import { freshProgram } from './program.ts'
import { coveredOf, type Rehearsed, Stage, unseenOf } from './stage.ts'

const result = (failed: number): Rehearsed => ({
  failed,
  rehearsals: [{ script: 'a', end: 'ended', took: 2, steps: [], variables: {}, failures: [] }],
  coverage: { nodes: 3, ways: 4, unseen: ['menu'], unseenWays: ['menu.1', 'menu.2'] },
})

test('a run gives its result, and what it did not pass is marked while that is wanted', async () => {
  const stage = new Stage(async () => result(0))
  expect(unseenOf(stage.state.get()).size).toBe(0)
  const done = stage.run(freshProgram())
  expect(stage.state.get().running).toBe(true)
  const came = await done
  expect(came === null ? null : coveredOf(came)).toEqual({ nodes: 2, ways: 2 })
  expect([...unseenOf(stage.state.get())]).toEqual(['menu', 'menu.1', 'menu.2'])
  stage.put({ marking: false })
  expect(unseenOf(stage.state.get()).size).toBe(0)
})

test('without tests nothing is marked', async () => {
  const stage = new Stage(async () => ({ ...result(0), rehearsals: [] }))
  await stage.run(freshProgram())
  expect(unseenOf(stage.state.get()).size).toBe(0)
})

test('a newer run wins over an older one that answers later', async () => {
  const answers: ((r: Rehearsed) => void)[] = []
  const stage = new Stage(() => new Promise((resolve) => answers.push(resolve)))
  const first = stage.run(freshProgram())
  const second = stage.run(freshProgram())
  answers[1]?.(result(2))
  await second
  answers[0]?.(result(1))
  await first
  expect(stage.state.get().result?.failed).toBe(2)
  expect(stage.state.get().running).toBe(false)
})

test('a refusal is told and the last result stays', async () => {
  let refuse = false
  const stage = new Stage(async () => {
    if (refuse) throw new ApiError(422, 'invalid', '', [{ field: 'tests.0', rule: 'malformed', message: 'no' }], 0)
    return result(0)
  })
  await stage.run(freshProgram())
  refuse = true
  expect(await stage.run(freshProgram())).toBeNull()
  expect(stage.state.get().error?.fields[0]?.field).toBe('tests.0')
  expect(stage.state.get().result).not.toBeNull()
})
