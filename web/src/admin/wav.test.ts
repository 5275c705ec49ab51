import { expect, test } from 'vitest'
import { trimmed, wavFile } from './wav.ts'

test('silence at both ends goes, but for a margin', () => {
  const rate = 1000
  const sound = new Float32Array(3000)
  sound.fill(0.5, 1000, 2000)
  sound[500] = 0.005 // a rustle
  const kept = trimmed(sound, rate)
  expect(kept.length).toBe(1300)
  expect(kept[149]).toBe(0)
  expect(kept[150]).toBe(0.5)
})

test('sound that begins at once and silence all through stay whole', () => {
  expect(trimmed(new Float32Array([0.5, 0, 0.5]), 8000).length).toBe(3)
  expect(trimmed(new Float32Array(100), 8000).length).toBe(100)
  expect(trimmed(new Float32Array(0), 8000).length).toBe(0)
})

test('a WAV file has its header and clipped samples', async () => {
  const file = wavFile(new Float32Array([0, 1, -2]), 16_000)
  const view = new DataView(await file.arrayBuffer())
  expect(file.type).toBe('audio/wav')
  expect(view.byteLength).toBe(50)
  expect([view.getUint32(4, true), view.getUint16(22, true), view.getUint32(24, true)]).toEqual([42, 1, 16_000])
  expect([44, 46, 48].map((at) => view.getInt16(at, true))).toEqual([0, 32_767, -32_767])
})
