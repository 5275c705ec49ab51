import { address, type Query, request } from './http.ts'
import type {
  Alert,
  AuditLine,
  BreakReason,
  Callback,
  ChecklistItem,
  Customer,
  CustomerChange,
  Day,
  Demo,
  Directory,
  Disposition,
  Events,
  Flow,
  FlowKinds,
  FlowProblem,
  FlowVersion,
  InteractionDetail,
  Interactions,
  Ladder,
  Me,
  Metrics,
  MyPhone,
  Notice,
  NoticeReader,
  Page,
  Past,
  Peaks,
  PhoneAccount,
  PhoneSecret,
  Plugin,
  ShiftStart,
  ShiftTerms,
  Summary,
  TriggerAddress,
  TriggerRun,
  TrunkLine,
  TrunkTest,
} from './model.ts'

/** The place a supervisor sees who changes it, and why. */
export interface SeenPlace {
  queue: string
  priority: number
  note: string
}

interface AgentStatus {
  status: string
  reason: string
}

/** Kinds of things an administrator sets up, by their route. */
export type SetupKind =
  | 'users'
  | 'queues'
  | 'entries'
  | 'trunks'
  | 'dispositions'
  | 'break-reasons'
  | 'skills'
  | 'projects'
  | 'hours'
  | 'flows'
  | 'prompts'
  | 'triggers'
  | 'plugins'
  | 'alert-rules'
  | 'api-tokens'

const id = encodeURIComponent

/** All pages of a short list. */
async function everything<T>(path: string): Promise<T[]> {
  const all: T[] = []
  let cursor = ''
  do {
    const page = await request<Page<T>>('GET', path, { cursor, limit: 200 })
    all.push(...page.items)
    cursor = page.next
  } while (cursor !== '')
  return all
}

/** The HTTP routes, one function each. */
export const api = {
  session: () => request<Me>('GET', '/session'),
  signIn: (login: string, password: string) => request<Me>('POST', '/session', {}, { login, password }),
  signOut: () => request<void>('DELETE', '/session'),
  demo: () => request<Demo>('GET', '/demo'),
  signInDemo: (login: string) => request<Me>('POST', '/demo/session', {}, { login }),
  setUp: (body: { token: string; login: string; name: string; password: string; language: string }) =>
    request<Me>('POST', '/setup', {}, body),
  changeLanguage: (language: string) => request<Me>('PATCH', '/me', {}, { language }),
  changePassword: (current: string, password: string) =>
    request<void>('PUT', '/me/password', {}, { current, password }),
  day: () => request<Day>('GET', '/me/day'),
  past: () => request<Past>('GET', '/me/past'),

  myPhone: () => request<MyPhone>('GET', '/me/phone'),
  chooseMyPhone: (phone: string, number: string) => request<MyPhone>('PUT', '/me/phone', {}, { phone, number }),
  renewMyPhoneSecret: () => request<PhoneSecret>('POST', '/me/phone/secret'),
  userPhone: (user: string) => request<PhoneAccount>('GET', `/users/${id(user)}/phone`),
  renewPhoneSecret: (user: string) => request<PhoneSecret>('POST', `/users/${id(user)}/phone/secret`),
  revokePhoneSecret: (user: string) => request<void>('DELETE', `/users/${id(user)}/phone/secret`),

  interactions: (query: Query) => request<Interactions>('GET', '/interactions', query),
  interaction: (which: string) => request<InteractionDetail>('GET', `/interactions/${id(which)}`),
  events: (which: string) => request<Events>('GET', `/interactions/${id(which)}/events`),
  ladder: (which: string) => request<Ladder>('GET', `/interactions/${id(which)}/sip`),
  ladderAddress: (which: string) => address(`/interactions/${id(which)}/sip.txt`),
  peaks: (which: string, points: number) =>
    request<Peaks>('GET', `/interactions/${id(which)}/recording/peaks`, { points }),
  hold: (which: string, reason: string) =>
    request<InteractionDetail>('PUT', `/interactions/${id(which)}/hold`, {}, { reason }),
  liftHold: (which: string) => request<void>('DELETE', `/interactions/${id(which)}/hold`),
  promptSound: (key: string, language: string) => address(`/prompts/${id(key)}/sound`, { language }),
  recordingAddress: (which: string) => address(`/interactions/${id(which)}/recording`),

  callbacks: (query: Query) => request<Page<Callback>>('GET', '/callbacks', query),
  promiseCallback: (body: object) => request<Callback>('POST', '/callbacks', {}, body),
  cancelCallback: (which: string, why = '') =>
    request<void>('DELETE', `/callbacks/${id(which)}`, why === '' ? {} : { why }),
  /** 0: as soon as it is his turn. */
  moveCallback: (which: string, atMs: number) =>
    request<Callback>('PUT', `/callbacks/${id(which)}/time`, {}, { at_ms: atMs }),
  reopenCallback: (which: string) => request<Callback>('POST', `/callbacks/${id(which)}/reopen`, {}, {}),

  notices: (query: Query) => request<Page<Notice>>('GET', '/notices', query),
  writeNotice: (body: object) => request<Notice>('POST', '/notices', {}, body),
  changeNotice: (which: string, body: object) => request<Notice>('PUT', `/notices/${id(which)}`, {}, body),
  withdrawNotice: (which: string) => request<Notice>('POST', `/notices/${id(which)}/withdraw`, {}, {}),
  remindNotice: (which: string) => request<{ asked: number }>('POST', `/notices/${id(which)}/remind`, {}, {}),
  noticeReaders: (which: string) => request<Page<NoticeReader>>('GET', `/notices/${id(which)}/readers`),
  noticeReadersFile: (which: string) => address(`/notices/${id(which)}/readers.csv`),

  moveWaiting: (which: string, seen: SeenPlace, to: string) =>
    request<void>('POST', `/interactions/${id(which)}/move`, {}, { seen, to }),
  prioritiseWaiting: (which: string, seen: SeenPlace, to: number) =>
    request<void>('PUT', `/interactions/${id(which)}/priority`, {}, { seen, to }),
  pickWaiting: (which: string, seen: SeenPlace, agent: string) =>
    request<void>('POST', `/interactions/${id(which)}/pick`, {}, { seen, agent }),
  setAgentStatus: (which: string, seen: AgentStatus, to: AgentStatus) =>
    request<void>('PUT', `/agents/${id(which)}/status`, {}, { seen, to }),
  setAgentQueues: (which: string, seen: string[], to: string[]) =>
    request<void>('PUT', `/agents/${id(which)}/queues`, {}, { seen, to }),

  allowAgent: (which: string, note: string) => request<void>('POST', `/agents/${id(which)}/allow`, {}, { note }),
  spotCheck: (which: string, good: boolean, note: string) =>
    request<void>('POST', `/agents/${id(which)}/spot-checks`, {}, { good, note }),
  shiftStarts: (which: string) =>
    request<{ starts: ShiftStart[] }>('GET', `/agents/${id(which)}/shift-starts`).then((all) => all.starts),
  setShiftStarts: (which: string, starts: ShiftStart[]) =>
    request<void>('PUT', `/agents/${id(which)}/shift-starts`, {}, { starts }),
  shiftTerms: () => request<ShiftTerms>('GET', '/shift-terms'),
  setShiftTerms: (terms: ShiftTerms) => request<void>('PUT', '/shift-terms', {}, terms),
  checklist: () => request<{ items: ChecklistItem[] }>('GET', '/checklist').then((all) => all.items),
  setChecklist: (items: ChecklistItem[]) => request<void>('PUT', '/checklist', {}, { items }),
  tick: (item: string, done: boolean) => request<void>('PUT', `/me/checklist/${id(item)}`, {}, { done }),
  alerts: (query: Query) => request<Page<Alert>>('GET', '/alerts', query),
  seeAlert: (which: string) => request<Alert>('POST', `/alerts/${id(which)}/seen`, {}, {}),
  /** The key that signs what is sent to a web hook. */
  hookKey: (to: string) => request<{ key: string }>('POST', '/alert-rules/hook-key', {}, { address: to }),

  audit: (query: Query) => request<Page<AuditLine>>('GET', '/audit', query),
  auditFile: (query: Query) => address('/audit.csv', query),

  directory: () => request<Directory>('GET', '/directory'),

  customer: (which: string) => request<Customer>('GET', `/customers/${id(which)}`),
  changeCustomer: (which: string, change: CustomerChange) =>
    request<Customer>('PATCH', `/customers/${id(which)}`, {}, change),
  customerInteractions: (which: string) => request<Interactions>('GET', `/customers/${id(which)}/interactions`),

  report: (query: Query) => request<Summary>('GET', '/reports/summary', query),
  reportFile: (kind: 'csv' | 'xlsx', query: Query) => address(`/reports/summary.${kind}`, query),
  metrics: () => request<Metrics>('GET', '/reports/metrics'),

  dispositions: () => everything<Disposition>('/dispositions'),
  breakReasons: () => everything<BreakReason>('/break-reasons'),
  trunkLines: () => everything<TrunkLine>('/trunk-lines'),
  testTrunk: (which: string) => request<TrunkTest>('POST', `/trunks/${id(which)}/test`, {}, {}),

  flowKinds: () => request<FlowKinds>('GET', '/flow-kinds'),
  checkFlow: (program: object, flowId: string) =>
    request<{ problems: FlowProblem[] }>('POST', '/flows/check', {}, { program, flowId }),
  /** Null throws the draft away. */
  saveDraft: (flow: string, revision: number, program: object | null) =>
    request<Flow>('PUT', `/flows/${id(flow)}/draft`, {}, program === null ? { revision } : { revision, program }),
  publishFlow: (flow: string, body: { revision: number; version?: number; note: string }) =>
    request<Flow>('POST', `/flows/${id(flow)}/publish`, {}, body),
  flowVersions: (flow: string, below = 0) =>
    request<Page<FlowVersion>>('GET', `/flows/${id(flow)}/versions`, { below, limit: 50 }),
  flowVersion: (flow: string, version: number) => request<FlowVersion>('GET', `/flows/${id(flow)}/versions/${version}`),

  /** The newest first. */
  triggerRuns: (which: string, limit: number) =>
    request<Page<TriggerRun>>('GET', `/triggers/${id(which)}/runs`, { limit }).then((page) => page.items),
  /** Of each trigger that has one. */
  triggerLastRuns: () => request<Page<TriggerRun>>('GET', '/triggers/last-runs').then((page) => page.items),
  runTrigger: (which: string, inputs: Record<string, unknown>) =>
    request<TriggerRun>('POST', `/triggers/${id(which)}/run`, {}, { inputs }),
  readManifest: (which: string) => request<Plugin>('POST', `/plugins/${id(which)}/manifest`, {}, {}),
  newTriggerAddress: (which: string) => request<TriggerAddress>('POST', `/triggers/${id(which)}/address`, {}, {}),

  list: <T>(kind: SetupKind) => everything<T>(`/${kind}`),
  one: <T>(kind: SetupKind, which: string) => request<T>('GET', `/${kind}/${id(which)}`),
  add: <T>(kind: SetupKind, body: object) => request<T>('POST', `/${kind}`, {}, body),
  put: <T>(kind: SetupKind, which: string, body: object) => request<T>('PUT', `/${kind}/${id(which)}`, {}, body),
  remove: (kind: SetupKind, which: string) => request<void>('DELETE', `/${kind}/${id(which)}`),
}
