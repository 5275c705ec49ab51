import { expect, test } from 'vitest'
import { fromWire, toWire } from './case.ts'
import { address, fieldName } from './http.ts'

test('names are mapped both ways, keys that are data are left alone', () => {
  const wire = { target_ms: 1, agents: [{ status_since: 2 }], values: { service_level: 0.8 }, names: { en: 'a_b' } }
  const ours = { targetMs: 1, agents: [{ statusSince: 2 }], values: { service_level: 0.8 }, names: { en: 'a_b' } }
  expect(fromWire(wire)).toEqual(ours)
  expect(toWire(ours)).toEqual(wire)
})

test.each(['counts', 'variables', 'tests', 'fields', 'program', 'texts'])('the keys of %s are data', (name) => {
  const wire = { [name]: { ask_name: 1, 'ask_name.no_input': 2, aB: 3 } }
  expect(fromWire(wire)).toEqual(wire)
  expect(toWire(wire)).toEqual(wire)
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
