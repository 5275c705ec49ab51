import { address, type Query, request } from './http.ts'
import type {
  BreakReason,
  Customer,
  Day,
  Demo,
  Disposition,
  Interaction,
  JournalEvent,
  Metric,
  Page,
  Peaks,
  Report,
  Session,
} from './model.ts'

/** Kinds of things an administrator sets up, by their route. */
export type SetupKind =
  | 'users'
  | 'queues'
  | 'entries'
  | 'trunks'
  | 'dispositions'
  | 'break-reasons'
  | 'projects'
  | 'hours'
  | 'flows'
  | 'prompts'

const id = encodeURIComponent

/** The HTTP routes, one function each. */
export const api = {
  session: () => request<Session>('GET', '/session'),
  signIn: (login: string, password: string) => request<Session>('POST', '/session', {}, { login, password }),
  signOut: () => request<void>('DELETE', '/session'),
  demo: () => request<Demo>('GET', '/demo'),
  signInDemo: (login: string) => request<Session>('POST', '/demo/session', {}, { login }),
  setUp: (body: { token: string; login: string; name: string; password: string; language: string }) =>
    request<Session>('POST', '/setup', {}, body),
  changeLanguage: (language: string) => request<void>('PATCH', '/me', {}, { language }),
  day: () => request<Day>('GET', '/me/day'),

  interactions: (query: Query) => request<Page<Interaction>>('GET', '/interactions', query),
  interaction: (which: string) => request<Interaction>('GET', `/interactions/${id(which)}`),
  events: (which: string) => request<Page<JournalEvent>>('GET', `/interactions/${id(which)}/events`),
  peaks: (which: string) => request<Peaks>('GET', `/interactions/${id(which)}/recording/peaks`),
  recordingAddress: (which: string) => address(`/interactions/${id(which)}/recording`),

  customer: (which: string) => request<Customer>('GET', `/customers/${id(which)}`),
  changeCustomer: (which: string, change: { name?: string; note?: string }) =>
    request<Customer>('PATCH', `/customers/${id(which)}`, {}, change),
  customerInteractions: (which: string) => request<Page<Interaction>>('GET', `/customers/${id(which)}/interactions`),

  report: (query: Query) => request<Report>('GET', '/reports/summary', query),
  reportFile: (kind: 'csv' | 'xlsx', query: Query) => address(`/reports/summary.${kind}`, query),
  metrics: () => request<Page<Metric>>('GET', '/reports/metrics'),

  dispositions: () => request<Page<Disposition>>('GET', '/dispositions'),
  breakReasons: () => request<Page<BreakReason>>('GET', '/break-reasons'),

  list: <T>(kind: SetupKind) => request<Page<T>>('GET', `/${kind}`),
  one: <T>(kind: SetupKind, which: string) => request<T>('GET', `/${kind}/${id(which)}`),
  add: <T>(kind: SetupKind, body: object) => request<T>('POST', `/${kind}`, {}, body),
  put: <T>(kind: SetupKind, which: string, body: object) => request<T>('PUT', `/${kind}/${id(which)}`, {}, body),
  remove: (kind: SetupKind, which: string) => request<void>('DELETE', `/${kind}/${id(which)}`),
}
