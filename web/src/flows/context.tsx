import { useQuery } from '@tanstack/react-query'
import { createContext, useContext, useMemo } from 'react'
import { useLanguage, useT, useValue } from '../app/hooks.tsx'
import { type FlowTranslate, loadFlowTexts } from '../i18n/flows.ts'
import { translate } from '../i18n/language.ts'
import type { TextKey } from '../i18n/texts.ts'
import { named } from '../parts/names.ts'
import { api, type SetupKind } from '../wire/api.ts'
import type { FlowKinds } from '../wire/model.ts'
import type { Editor, EditorState } from './editor.ts'
import type { Kinds } from './program.ts'
import { flowCounts, type Stage, unseenOf } from './stage.ts'
import { countsOf } from './tests.ts'

/** What every part of the editor needs. */
export interface Here {
  editor: Editor
  kinds: Kinds
  table: FlowKinds
  stage: Stage
  /** Adds a node behind the chosen one, or where it is dropped. */
  add(kind: string, at?: { x: number; y: number }): void
  /** Tells those who do not see what has happened. */
  say(text: string): void
}

const HereContext = createContext<Here | null>(null)
export const HereProvider = HereContext.Provider

export function useHere(): Here {
  const here = useContext(HereContext)
  if (here === null) throw new Error('outside of the flow editor')
  return here
}

export function useEditor(): EditorState {
  return useValue(useHere().editor.state)
}

/** What is drawn at nodes and ways (menu.1) beside the program. */
export interface Marks {
  /** No test has passed them. */
  unseen: ReadonlySet<string>
  /** How often they were passed today; null: not shown. */
  counts: ReadonlyMap<string, number> | null
}

const countsEvery = 5000 // ms

export function useMarks(): Marks {
  const { stage, kinds } = useHere()
  const { flow, program } = useEditor()
  const state = useValue(stage.state)
  const { data } = useQuery({
    queryKey: ['flow-counts', flow.id],
    queryFn: () => flowCounts(flow.id),
    enabled: state.counting,
    refetchInterval: countsEvery,
    retry: false,
  })
  const counts = state.counting ? data?.counts : undefined
  return useMemo(
    () => ({
      unseen: unseenOf(state),
      counts: counts === undefined ? null : countsOf(program, kinds, counts),
    }),
    [state, counts, program, kinds],
  )
}

/** The editor's texts; null until they are loaded the first time. */
export function useFlowTexts(): FlowTranslate | null {
  const language = useLanguage()
  const loaded = useQuery({
    queryKey: ['flow-texts', language],
    queryFn: () => loadFlowTexts(language),
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (before) => before,
  })
  const { data } = loaded
  // A new function when the texts have come, so that what is remembered by it is made anew.
  return useMemo(() => (data === undefined ? null : speaks(`${data} ${language}`)), [data, language])
}

const speaks =
  (_: string): FlowTranslate =>
  (key, values) =>
    translate(key as TextKey, values)

/** As useFlowTexts, below a part that has waited for them. */
export function useF(): FlowTranslate {
  const t = useT()
  return useFlowTexts() ?? (t as FlowTranslate)
}

export interface Choice {
  value: string
  label: string
}

interface Row {
  key: string
  name?: string
  names?: Record<string, string>
  texts?: Record<string, string>
  audio?: Record<string, string>
}

/** The things of a kind by their keys, as flows name them. */
export function useRows(kind: SetupKind): Row[] {
  const list = useQuery({ queryKey: ['set-up', kind], queryFn: () => api.list<Row>(kind), staleTime: 30_000 })
  return list.data ?? []
}

export function useKeys(kind: SetupKind): Choice[] {
  const language = useLanguage()
  return useRows(kind)
    .map((r) => ({ value: r.key, label: r.name || named(r.names ?? {}, language) || r.key }))
    .toSorted((a, b) => a.label.localeCompare(b.label, language))
}
