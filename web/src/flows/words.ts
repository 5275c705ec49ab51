import { type FlowTranslate, flowWord } from '../i18n/flows.ts'
import type { Translate } from '../i18n/language.ts'
import { codeText, faultText, refusalText } from '../i18n/said.ts'
import { named } from '../parts/names.ts'
import type { IconName } from '../ui/Icon.tsx'
import { ApiError, type FieldFault, type Said } from '../wire/http.ts'
import { type FlowNode, type Kind, type Offer, offerOf, type Param } from './program.ts'

// Names of kinds, parameters and ways: translated where we know them, else made of what the server says.

const spaced = (name: string) => {
  const s = name.replaceAll('_', ' ')
  return s.charAt(0).toUpperCase() + s.slice(1)
}
const sentence = (s: string) => (s === '' ? '' : s.charAt(0).toUpperCase() + s.slice(1) + (/[.!?]$/.test(s) ? '' : '.'))

export const kindName = (t: FlowTranslate, kind: string): string => flowWord(t, 'kind', kind) ?? spaced(kind)

export const kindDoc = (t: FlowTranslate, kind: Kind): string => flowWord(t, 'kindDoc', kind.name) ?? kind.doc

/** A name that means something else in one kind is written kind_param. */
export function paramName(t: FlowTranslate, kind: string, param: string): string {
  if (param === 'comment') return t('flow.comment')
  return flowWord(t, 'param', `${kind}_${param}`) ?? flowWord(t, 'param', param) ?? spaced(param)
}

/** What a field of the flow itself is called. */
export function flowField(t: FlowTranslate, field: string): string {
  switch (field) {
    case 'start':
      return t('flow.startStep')
    case 'comment':
    case 'channels':
    case 'variables':
    case 'tests':
      return t(`flow.${field}`)
    default:
      return spaced(field)
  }
}

export function paramDoc(t: FlowTranslate, kind: string, param: Param): string {
  return flowWord(t, 'paramDoc', `${kind}_${param.name}`) ?? flowWord(t, 'paramDoc', param.name) ?? sentence(param.doc)
}

export function wayName(
  t: FlowTranslate,
  kind: Kind | undefined,
  way: string,
  of?: { node: FlowNode; language: string },
): string {
  const branch = of === undefined ? undefined : offerOf(kind, of.node)?.branches?.find((b) => b.name === way)
  if (branch !== undefined && of !== undefined) return named(branch.label ?? {}, of.language) || way
  if (kind?.keys === true && /^[0-9*#]$/.test(way)) return t('flow.key', { key: way })
  return flowWord(t, 'edge', way) ?? way.replaceAll('_', ' ')
}

/** The palette's name of what a plug-in offers, which travels and is added like a kind. */
export const offerName = (o: Offer): string => `plugin:${o.plugin}/${o.kind}`

/** The kind and the parameters a node of the palette's begins with. */
export function offered(name: string): { kind: string; params: Record<string, unknown> } {
  const [, plugin, does] = /^plugin:([^/]+)\/(.+)$/.exec(name) ?? []
  if (plugin === undefined || does === undefined) return { kind: name, params: {} }
  return { kind: 'plugin', params: { plugin, does } }
}

/** The sentence in the user's language; as the server says it where we have no words for it. */
export function problemText(t: FlowTranslate, said: Said): string {
  const { code = '', text, params = [] } = said
  const [kind, name] = params.map((p) => p.text)
  if (code === '') return text
  if (code === 'param_doc' || code === 'edge_doc') {
    const group = code === 'param_doc' ? 'paramDoc' : 'edgeDoc'
    return flowWord(t, group, `${kind}_${name}`) ?? flowWord(t, group, `${name}`) ?? text
  }
  if (code === 'end_word') return flowWord(t, 'end', text) ?? text
  if (code === 'closed_word') return flowWord(t, 'closedAct', text) ?? text
  const inside = params.map((p) => problemText(t, p))
  return (
    codeText(t as Translate, 'flow.problem', code, inside) ?? codeText(t as Translate, 'refusal', code, inside) ?? text
  )
}

/** What is wrong with a field of a flow, in the user's language. */
export function fieldText(t: FlowTranslate, f: FieldFault): string {
  const { message: text, reason: code, params = [] } = f
  return code === undefined ? faultText(t as Translate, f) : problemText(t, { code, text, params })
}

/** Why the server refused something, with what is wrong with it. */
export function refusedText(t: FlowTranslate, problem: unknown): string {
  const fields = problem instanceof ApiError ? problem.fields : []
  if (fields.length === 0) return refusalText(t as Translate, problem)
  return fields.map((f) => (f.reason === undefined ? `${f.field}: ${fieldText(t, f)}` : fieldText(t, f))).join(' ')
}

/** What a kind dragged from the palette travels as. */
export const dragType = 'application/x-linekeeper-kind'

export type Group = 'talk' | 'queue' | 'decide' | 'data' | 'plugin'
export const groups: Group[] = ['talk', 'queue', 'decide', 'data', 'plugin']

const known: Record<string, [Group, IconName]> = {
  say: ['talk', 'whisper'],
  menu: ['talk', 'keys'],
  music: ['talk', 'wave'],
  collect: ['talk', 'keys'],
  ask: ['talk', 'ear'],
  collect_secret: ['talk', 'lock'],
  listen: ['decide', 'ear'],
  consent: ['talk', 'check'],
  survey: ['talk', 'chart'],
  record: ['talk', 'record'],
  voicemail: ['talk', 'record'],
  task: ['data', 'check'],
  language: ['talk', 'flag'],
  wait: ['talk', 'clock'],
  enqueue: ['queue', 'list'],
  position: ['queue', 'list'],
  callback: ['queue', 'phone'],
  transfer: ['queue', 'transfer'],
  hangup: ['queue', 'hangUp'],
  return: ['queue', 'left'],
  hours: ['decide', 'clock'],
  branch: ['decide', 'merge'],
  share: ['decide', 'chart'],
  verify: ['decide', 'check'],
  run: ['decide', 'play'],
  set: ['data', 'pen'],
  tag: ['data', 'flag'],
  http: ['data', 'swap'],
  find_customer: ['decide', 'user'],
  counter: ['data', 'chart'],
  agent: ['queue', 'user'],
  sql: ['data', 'swap'],
  set_customer: ['data', 'user'],
  plugin: ['plugin', 'swap'],
  send: ['talk', 'mail'],
  code: ['decide', 'lock'],
}

/** Where the palette shows it: what the table says decides for kinds that came later. */
export function groupOf(kind: Kind): Group {
  const own = known[kind.name]
  if (own !== undefined) return own[0]
  if ((kind.needs ?? []).length > 0) return 'talk'
  if (kind.params?.some((p) => p.type === 'queue') === true || (kind.next !== true && kind.edges === undefined))
    return 'queue'
  if (kind.ways === true || (kind.edges ?? []).filter((e) => e.optional !== true).length > 1) return 'decide'
  return 'data'
}

const iconsOf: Record<Group, IconName> = {
  talk: 'whisper',
  queue: 'list',
  decide: 'merge',
  data: 'gear',
  plugin: 'swap',
}

export function iconOf(kind: Kind | undefined, name: string): IconName {
  return known[name]?.[1] ?? (kind === undefined ? 'help' : iconsOf[groupOf(kind)])
}

/** In one line what a node says or does, from its first telling parameters. */
export function summary(kind: Kind | undefined, node: FlowNode, language: string): string {
  const parts: string[] = []
  for (const p of kind?.params ?? []) {
    const text = told(p, node[p.name], language)
    if (text !== '') parts.push(text)
    if (parts.length === 2) break
  }
  return parts.join(' · ')
}

function told(p: Param, value: unknown, language: string): string {
  if (value === undefined || value === null) return ''
  switch (p.type) {
    case 'boolean':
    case 'integer':
    case 'labels':
    case 'cases':
    case 'shares':
      return ''
    case 'seconds':
      return p.required === true ? `${value} s` : ''
    case 'assign':
      return Object.entries(value as Record<string, unknown>)
        .map(([name, e]) => `${name} = ${e}`)
        .join(', ')
    case 'text': {
      if (typeof value === 'string') return `“${value}”`
      const texts = value as Record<string, string>
      const text = texts[language] ?? texts.en ?? Object.values(texts)[0]
      return text === undefined ? '' : `“${text}”`
    }
    default:
      return typeof value === 'string' ? value : ''
  }
}
