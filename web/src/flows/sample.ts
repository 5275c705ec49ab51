// A table of kinds for tests: the shapes that occur, not all there are.
import type { Kind, Kinds } from './program.ts'

const table: Kind[] = [
  { name: 'say', doc: 'Speaks.', next: true, params: [{ name: 'prompt', type: 'prompt', doc: '' }] },
  { name: 'hangup', doc: 'Ends.' },
  {
    name: 'menu',
    doc: 'Asks.',
    keys: true,
    edges: [
      { name: 'invalid', doc: '' },
      { name: 'no_input', doc: '' },
    ],
  },
  {
    name: 'branch',
    doc: 'Decides.',
    ways: true,
    params: [{ name: 'cases', type: 'cases', doc: '', required: true }],
    edges: [{ name: 'otherwise', doc: '' }],
  },
  { name: 'run', doc: 'Runs.', next: true, edges: [{ name: 'failed', doc: '', optional: true }] },
]

export const kinds: Kinds = new Map(table.map((k) => [k.name, k]))
