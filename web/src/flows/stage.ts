import { Cell } from '../state/value.ts'
import type { components } from '../wire/api.gen.ts'
import type { Camel } from '../wire/case.ts'
import { ApiError, request } from '../wire/http.ts'
import type { Program } from './program.ts'

type Wire = components['schemas']
export type Rehearsed = Camel<Wire['FlowRehearsed']>
export type Rehearsal = Rehearsed['rehearsals'][number]

/** How the last rehearsal went, and what of it and of today is drawn. */
export interface StageState {
  running: boolean
  /** What came of the program below; null: none was rehearsed yet. */
  result: Rehearsed | null
  program: Program | null
  /** Why there is no newer result; null: there is. */
  error: ApiError | null
  /** Nodes and ways never passed are marked. */
  marking: boolean
  /** Today's counts are shown. */
  counting: boolean
}

/** Rehearses a program at the server. */
export type Rehearse = (program: Program) => Promise<Rehearsed>

const atServer: Rehearse = (program) => request<Rehearsed>('POST', '/flows/rehearse', {}, { program })

/** Today's counts, by node and way. */
export const flowCounts = (flow: string) =>
  request<Camel<Wire['FlowCounts']>>('GET', `/flows/${encodeURIComponent(flow)}/counts`)

/** Where a flow is rehearsed, one run at a time: a newer one replaces what an older one would say. */
export class Stage {
  readonly state = new Cell<StageState>({
    running: false,
    result: null,
    program: null,
    error: null,
    marking: true,
    counting: true,
  })
  private readonly rehearse: Rehearse
  private turn = 0

  constructor(rehearse: Rehearse = atServer) {
    this.rehearse = rehearse
  }

  put(part: Partial<StageState>): void {
    this.state.update((s) => ({ ...s, ...part }))
  }

  /** Plays the program's tests; what came of it is in the state and the answer, null when it failed. */
  async run(program: Program): Promise<Rehearsed | null> {
    this.turn++
    const turn = this.turn
    this.put({ running: true, error: null })
    try {
      const result = await this.rehearse(program)
      if (turn === this.turn) this.put({ running: false, result, program })
      return result
    } catch (problem) {
      const error = problem instanceof ApiError ? problem : new ApiError(500, 'internal', '', [], 0)
      if (turn === this.turn) this.put({ running: false, error })
      return null
    }
  }
}

/** Nodes and ways (menu.1) that no test has passed; empty when none was played. */
export function unseenOf(state: StageState): ReadonlySet<string> {
  if (!state.marking || state.result === null || state.result.rehearsals.length === 0) return new Set()
  const { unseen, unseenWays } = state.result.coverage
  return new Set([...unseen, ...unseenWays])
}

/** How much was passed, of how many. */
export function coveredOf({ coverage }: Rehearsed): { nodes: number; ways: number } {
  return { nodes: coverage.nodes - coverage.unseen.length, ways: coverage.ways - coverage.unseenWays.length }
}
