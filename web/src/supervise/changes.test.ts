import { expect, test } from 'vitest'
import { changes } from './changes.ts'

test('only what differs is told, with names for ids', () => {
  const detail = {
    before: { id: '1', name: 'A', queueId: 'q1', size: 3 },
    after: { id: '1', name: 'B', queueId: 'q2', size: 3 },
  }
  expect(changes(detail, { q1: 'Sales' })).toEqual([
    { field: 'name', before: 'A', after: 'B' },
    { field: 'queue_id', before: 'Sales', after: 'q2' },
  ])
})

test('what is new has no before, what is gone no after', () => {
  expect(changes({ after: { name: 'A', tags: [] } }, {})).toEqual([
    { field: 'name', after: 'A' },
    { field: 'tags', after: '–' },
  ])
  expect(changes({ before: { name: 'A' } }, {})).toEqual([{ field: 'name', before: 'A', after: '–' }])
})

test('other details are told as they are', () => {
  expect(changes({ mode: 'listen', agent: 'u1' }, { u1: 'Anna' })).toEqual([
    { field: 'mode', after: 'listen' },
    { field: 'agent', after: 'Anna' },
  ])
  expect(changes(undefined, undefined)).toEqual([])
})
