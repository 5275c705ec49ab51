import { describe, expect, it } from 'vitest'
import type { Disposition } from '../wire/model.ts'
import { talkFault } from './Outcome.tsx'

const bounded = { minTalkMs: 20_000, maxTalkMs: 60_500 } as Disposition

describe('talkFault', () => {
  it.each([
    [undefined, 5_000, null],
    [{} as Disposition, 5_000, null],
    [bounded, 19_999, { key: 'desk.talkShort', seconds: 20 }],
    [bounded, 20_000, null],
    [bounded, 60_500, null],
    [bounded, 60_501, { key: 'desk.talkLong', seconds: 60 }],
  ])('%o after %i ms', (disposition, talk, want) => {
    expect(talkFault(disposition, talk)).toEqual(want)
  })
})
