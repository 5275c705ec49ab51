import { expect, test } from 'vitest'
import { Drafts } from './drafts.ts'

function world(fails = 0) {
  const saved: string[][] = []
  const timers: { ms: number; run: () => void; stopped: boolean }[] = []
  const kept = new Map<string, string>()
  const storage = {
    getItem: (k: string) => kept.get(k) ?? null,
    setItem: (k: string, v: string) => void kept.set(k, v),
    removeItem: (k: string) => void kept.delete(k),
  }
  const make = () =>
    new Drafts({
      storage,
      async save(...args) {
        if (fails-- > 0) throw new Error('refused')
        saved.push(args)
      },
      later(ms, run) {
        const t = { ms, run, stopped: false }
        timers.push(t)
        return () => {
          t.stopped = true
        }
      },
    })
  const fire = async () => {
    const due = timers.splice(0).filter((t) => !t.stopped)
    for (const t of due) t.run()
    await Promise.resolve()
    await Promise.resolve()
    return due.map((t) => t.ms)
  }
  return { saved, fire, make }
}

test('several keys make one save, within five seconds', async () => {
  const w = world()
  const drafts = w.make()
  drafts.edit('i', { note: 'a' })
  drafts.edit('i', { note: 'ab' })
  const waits = await w.fire()
  expect(waits).toHaveLength(1)
  expect(waits[0]).toBeLessThan(5000)
  expect(w.saved).toEqual([['i', '', 'ab']])
  expect(drafts.all.get().i?.dirty).toBe(false)
})

test('what was refused is tried again', async () => {
  const w = world(1)
  const drafts = w.make()
  drafts.edit('i', { note: 'a' })
  await w.fire()
  expect(drafts.all.get().i?.dirty).toBe(true)
  await w.fire()
  expect(w.saved).toEqual([['i', '', 'a']])
})

test('a reload keeps what the server has not got, and sends it', async () => {
  const w = world()
  w.make().edit('i', { note: 'typed', disposition: 'd' })
  const again = w.make()
  again.begin('i', '', 'older')
  expect(again.all.get().i?.note).toBe('typed')
  await w.fire()
  expect(w.saved.at(-1)).toEqual(['i', 'd', 'typed'])
})

test('what the server knows is taken over when nothing was typed here', () => {
  const drafts = world().make()
  drafts.begin('i', 'd', 'from another device')
  expect(drafts.all.get().i).toEqual({ disposition: 'd', note: 'from another device', dirty: false })
})

test('drafts of finished interactions go', () => {
  const drafts = world().make()
  drafts.edit('i', { note: 'a' })
  drafts.keepOnly(['j'])
  expect(drafts.all.get()).toEqual({})
})
