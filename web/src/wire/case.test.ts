import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { camelKey, fromWire, toWire } from './case.ts'
import { address, fieldName } from './http.ts'

test('names are mapped both ways, keys that are data are left alone', () => {
  const wire = { target_ms: 1, agents: [{ status_since: 2 }], values: { service_level: 0.8 }, names: { en: 'a_b' } }
  const ours = { targetMs: 1, agents: [{ statusSince: 2 }], values: { service_level: 0.8 }, names: { en: 'a_b' } }
  expect(fromWire(wire)).toEqual(ours)
  expect(toWire(ours)).toEqual(wire)
})

test('every object of the wire whose keys are data is left alone', () => {
  const text = readFileSync(new URL('api.gen.ts', import.meta.url), 'utf8')
  const members = [...text.matchAll(/^\s*(\w+)\??: \{\n\s*\[key: string\]/gm)].map((m) => m[1] ?? '')
  expect(members.length).toBeGreaterThan(5)
  // The audit's detail holds fields of ours; a disposition's keys are languages.
  for (const m of members.filter((m) => m !== 'detail' && m !== 'disposition')) {
    expect(fromWire({ [m]: { ask_name: 1 } }), m).toEqual({ [camelKey(m)]: { ask_name: 1 } })
    expect(toWire({ [m]: { askName: 1 } }), m).toEqual({ [m]: { askName: 1 } })
  }
})

test("the server's places become the names of our fields", () => {
  expect(fieldName('body.target_ms')).toBe('targetMs')
  expect(fieldName('body.addresses[1]')).toBe('addresses')
  expect(fieldName('body.names.en')).toBe('names.en')
  expect(fieldName('body')).toBe('')
})

test('addresses leave out what is not asked', () => {
  expect(address('/interactions', { queue: 'q 1', agent: undefined, text: '' })).toBe('/api/v1/interactions?queue=q+1')
})
