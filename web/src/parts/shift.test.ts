import { expect, test } from 'vitest'
import type { AgentView, ShiftView } from '../wire/desk.gen.ts'
import { arrivalOf, shiftTrouble } from './shift.ts'

const minute = 60_000
const nine = 9 * 60 * minute
const planned = (more: Partial<ShiftView> = {}): ShiftView => ({
  lacks: [],
  allowedAt: 0,
  allowedBy: '',
  allowedNote: '',
  ticked: [],
  endLeft: 0,
  noticesAsked: 0,
  noticesDone: 0,
  planned: nine,
  absentAt: nine + 30 * minute,
  arrived: 0,
  credited: 0,
  ...more,
})

test('who is not there is expected, then late, then absent', () => {
  expect(arrivalOf(planned({ planned: 0 }), nine)).toEqual({ state: 'none', ms: 0 })
  expect(arrivalOf(planned(), nine - minute)).toEqual({ state: 'expected', ms: minute })
  expect(arrivalOf(planned(), nine + 29 * minute)).toEqual({ state: 'overdue', ms: 29 * minute })
  expect(arrivalOf(planned(), nine + 30 * minute)).toEqual({ state: 'absent', ms: 30 * minute })
})

test('who came within the minute is in time', () => {
  expect(arrivalOf(planned({ arrived: nine + 59_000 }), nine + 90 * minute).state).toBe('inTime')
  expect(arrivalOf(planned({ arrived: nine + minute }), nine + 90 * minute)).toEqual({ state: 'late', ms: minute })
  expect(arrivalOf(planned({ planned: 0, arrived: 5 }), nine).state).toBe('inTime')
})

test('trouble stands first: absent, then who cannot begin, then what is only to be known', () => {
  const agent = (status: string, shift: ShiftView) => ({ status, shift }) as AgentView
  const now = nine + 40 * minute
  const here = { arrived: nine }
  const all = {
    absent: agent('offline', planned()),
    blocked: agent('break', planned({ ...here, lacks: [{ code: 'phone_check', blocks: true }] })),
    told: agent('available', planned({ ...here, lacks: [{ code: 'checklist', blocks: false }] })),
    good: agent('available', planned(here)),
    tomorrow: agent('offline', planned({ planned: 0, lacks: [{ code: 'phone_check', blocks: true }] })),
  }
  const trouble = Object.fromEntries(Object.entries(all).map(([k, a]) => [k, shiftTrouble(a, now)]))
  expect(trouble.absent).toBeGreaterThan(trouble.blocked ?? 0)
  expect(trouble.blocked).toBeGreaterThan(trouble.told ?? 0)
  expect(trouble.told).toBeGreaterThan(0)
  expect(trouble.good).toBe(0)
  expect(trouble.tomorrow).toBe(0)
})
