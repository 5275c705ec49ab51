// What the HTTP routes speak of, as our code sees it. Instants are UTC milliseconds, 0 for none.

export type Role = 'agent' | 'supervisor' | 'quality' | 'administrator'
export type Language = 'en' | 'ru' | 'th'

export interface Session {
  user: string
  login: string
  name: string
  role: Role
  language: string
  permissions: string[] | null
  demo?: boolean
}

export interface DemoPerson {
  login: string
  name: string
  role: Role
}

export interface Demo {
  demo: boolean
  people: DemoPerson[] | null
  dial?: string
}

export interface Page<T> {
  items: T[] | null
  next?: string
  total?: number
}

export interface Interaction {
  id: string
  project: string
  projectName: string
  channel: string
  origin: string
  phase: string
  customerAddress: string
  centerAddress: string
  entry: string
  entryName: string
  customer: string
  customerName: string
  language: string
  queue: string
  queueName: string
  agent: string
  agentName: string
  arrived: number
  queued: number
  answered: number
  left: number
  ended: number
  talkMs: number
  holdMs: number
  wrapUpMs: number
  outcome: string
  cause: string
  causeDetail: string
  disposition: string
  dispositionName: string
  note: string
  recording: string
}

export interface JournalEvent {
  seq: number
  at: number
  kind: string
  body: Record<string, unknown> | null
}

export interface Peaks {
  left: number[] | null
  right: number[] | null
  durationMs: number
}

export interface Customer {
  id: string
  name: string
  note: string
  numbers: string[] | null
}

export interface Metric {
  key: string
  name: string
  unit: string // count, ms, share
  definition: string
  formula: string
}

export interface ReportRow {
  key: string
  name: string
  values: Record<string, number | null>
  filter?: Record<string, string>
}

export interface Report {
  from: number
  to: number
  by: string
  rows: ReportRow[] | null
  total: ReportRow
}

export interface Day {
  calls: number
  talkMs: number
  wrapUpMs: number
  missed: number
}

export interface User {
  id: string
  login: string
  name: string
  role: Role
  language: string
  phone: string
  phoneUri: string
  autoAnswer: boolean
  disabled: boolean
  password?: string
}

export interface Queue {
  id: string
  key: string
  name: string
  project: string
  targetMs: number
  targetPercent: number
  shortAbandonMs: number
  offerMs: number
  wrapUpMs: number
  dispositionRequired: boolean
  recording: boolean
  waitingFlow: string
  agents: string[] | null
}

export interface Entry {
  id: string
  key: string
  name: string
  number: string
  project: string
  flow: string
  hours: string
  language: string
}

export interface Trunk {
  id: string
  key: string
  name: string
  addresses: string[] | null
  nat: boolean
  codecs: string[] | null
  maxCalls: number
}

export interface Disposition {
  id: string
  key: string
  project: string
  parent: string
  names: Record<string, string>
  success: boolean
  position: number
}

export interface BreakReason {
  id: string
  key: string
  names: Record<string, string>
  limitMs: number
  position: number
}

export interface Named {
  id: string
  key: string
  name: string
}
