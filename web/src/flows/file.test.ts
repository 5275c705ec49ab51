import { expect, test } from 'vitest'
import type { FlowFile } from '../wire/flowFile.ts'
import { mustAsk, opened, promptsNamed, takePrompts } from './file.ts'
import { freshProgram, type Kinds, type Program } from './program.ts'

const kinds: Kinds = new Map([
  ['say', { name: 'say', doc: '', params: [{ name: 'prompt', type: 'prompt', doc: '' }] }],
  ['menu', { name: 'menu', doc: '', params: [{ name: 'prompt', type: 'prompt', doc: '' }] }],
])
const program: Program = {
  ...freshProgram(),
  nodes: {
    a: { kind: 'say', prompt: 'hello' },
    b: { kind: 'menu', prompt: 'choose' },
    c: { kind: 'say', prompt: 'hello' },
    d: { kind: 'say', prompt: '{{language}}' },
    e: { kind: 'odd', prompt: 'unknown' },
  },
}
type Prompts = FlowFile['prompts']
const prompt = (key: string, state: Prompts[number]['state'], lacks: string[] = []) => ({
  key,
  name: key,
  state,
  differs: [],
  lacks,
})
const zip = (rest = '') => new Blob([`PK\u0003\u0004${rest}`])
const never = () => Promise.reject(new Error('the server was asked'))

test('the prompts a flow names, each once', () => {
  expect(promptsNamed(program, kinds)).toEqual(['choose', 'hello'])
})

test('a text is read here, alone or inside of a flow, and an archive by the server', async () => {
  const text = (what: unknown) => new Blob([JSON.stringify(what)])
  expect((await opened(text(program), never))?.program.nodes.a?.kind).toBe('say')
  expect((await opened(text({ key: 'x', program }), never))?.prompts).toEqual([])
  expect(await opened(new Blob(['{']), never)).toBeNull()
  expect(await opened(text([1]), never)).toBeNull()
  const looked: Blob[] = []
  const found = await opened(zip(), async (file) => {
    looked.push(file)
    return { program, prompts: [prompt('hello', 'new')] } as unknown as FlowFile
  })
  expect(looked[0]?.type).toBe('application/zip')
  expect(found?.prompts).toHaveLength(1)
  expect(await opened(zip(), async () => ({ program: {}, prompts: [] }) as unknown as FlowFile)).toBeNull()
  await expect(opened(zip(), never)).rejects.toThrow('the server was asked')
})

test('somebody is asked only before a prompt is replaced, or when a recording is missing', () => {
  const of = (...prompts: Prompts) => ({ program, prompts, archive: zip() })
  expect(mustAsk(of(prompt('a', 'new'), prompt('b', 'same')))).toBe(false)
  expect(mustAsk(of(prompt('a', 'other')))).toBe(true)
  expect(mustAsk(of(prompt('a', 'new', ['ru'])))).toBe(true)
})

test('the file is sent again only when something of it is taken', async () => {
  const sent: (readonly string[])[] = []
  const take = async (_: Blob, replace: readonly string[]) => {
    sent.push(replace)
    return { added: ['a'], replaced: [...replace], kept: [] }
  }
  const of = (...prompts: Prompts) => ({ program, prompts, archive: zip() })
  expect(await takePrompts(of(prompt('b', 'other'), prompt('c', 'same')), [], take)).toBe(0)
  expect(sent).toEqual([])
  expect(await takePrompts(of(prompt('a', 'new'), prompt('b', 'other')), ['b'], take)).toBe(2)
  expect(sent).toEqual([['b']])
})
