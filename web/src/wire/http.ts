import { camelKey, fromWire, toWire } from './case.ts'

/** One field the server refused, by its name in our forms; empty: the whole. */
export interface FieldFault {
  field: string
  /** required, malformed, too_long, out_of_range, unknown, taken, not_allowed. */
  rule: string
  /** In English. */
  message: string
  /** A code of the message, and what stands in it. */
  reason?: string
  params?: readonly Said[]
}

/** A sentence of the server: in English, and as a code with what stands in it. */
export interface Said {
  code?: string
  text: string
  params?: readonly Said[]
}

/** Something that needs what was to be removed or renamed. */
export interface Use {
  /** entry, queue, project, trigger, disposition, flow. */
  kind: string
  id: string
  key: string
  name: string
  /** Of a flow; empty: it is none. */
  node: string
  field: string
}

/** A refusal by the server, or no answer at all (status 0). */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly fields: FieldFault[]
  /** Seconds until it may be tried again; 0: not said. */
  readonly retryAfter: number
  /** Who needs the thing; empty: that is not why. */
  readonly uses: readonly Use[]
  /** What is wrong in the server's words; undefined: the code says it. */
  readonly said: Said | undefined

  constructor(
    status: number,
    code: string,
    message: string,
    fields: FieldFault[],
    retryAfter: number,
    uses: readonly Use[] = [],
    said?: Said,
  ) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.fields = fields
    this.retryAfter = retryAfter
    this.uses = uses
    this.said = said
  }
}

interface Problem {
  title?: string
  detail?: string
  code?: string
  reason?: string
  params?: Said[]
  fields?: { path?: string; rule?: string; message?: string; reason?: string; params?: Said[] }[] | null
  uses?: Use[]
}

export const base = '/api/v1'

export type Query = Record<string, string | number | boolean | undefined>

export function address(path: string, query: Query = {}): string {
  const q = new URLSearchParams()
  for (const [k, v] of Object.entries(query)) {
    if (v !== undefined && v !== '') q.set(k, String(v))
  }
  const text = q.toString()
  return base + path + (text === '' ? '' : `?${text}`)
}

/** "body.target_ms" is the field targetMs, "body.members[2]" the field members. */
export function fieldName(location: string): string {
  return location
    .replace(/^(body|query|path)\.?/, '')
    .split('.')
    .map((part) => camelKey(part.replace(/\[\d+\]$/, '')))
    .join('.')
}

const codes: Record<number, string> = {
  0: 'unavailable',
  400: 'invalid',
  401: 'signed_out',
  403: 'denied',
  404: 'not_found',
  409: 'conflict',
  413: 'invalid',
  422: 'invalid',
  429: 'busy',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
}

async function refusal(answer: Response): Promise<ApiError> {
  let problem: Problem = {}
  try {
    problem = (await answer.json()) as Problem
  } catch {
    // A proxy's page or nothing: the status has to say it.
  }
  const fields = (problem.fields ?? []).map((f) => ({
    field: fieldName(f.path ?? ''),
    rule: f.rule ?? 'malformed',
    message: f.message ?? '',
    ...(f.reason === undefined ? {} : { reason: f.reason, params: f.params ?? [] }),
  }))
  const retry = Number(answer.headers.get('Retry-After') ?? '0')
  return new ApiError(
    answer.status,
    answer.status === 401 ? 'signed_out' : (problem.code ?? codes[answer.status] ?? 'internal'),
    problem.detail ?? problem.title ?? answer.statusText,
    fields,
    Number.isFinite(retry) ? retry : 0,
    problem.uses ?? [],
    problem.reason === undefined
      ? undefined
      : { code: problem.reason, text: problem.detail ?? '', params: problem.params ?? [] },
  )
}

async function ask(path: string, query: Query | undefined, init: RequestInit): Promise<Response> {
  let answer: Response
  try {
    answer = await fetch(address(path, query), { credentials: 'same-origin', ...init })
  } catch {
    throw new ApiError(0, 'unavailable', 'The server does not answer.', [], 0)
  }
  if (!answer.ok) throw await refusal(answer)
  return answer
}

/** Sends a file as it is. */
export async function sendFile<T>(method: string, path: string, file: Blob): Promise<T> {
  const answer = await ask(path, undefined, { method, headers: { 'Content-Type': file.type }, body: file })
  return fromWire<T>(await answer.json())
}

/** Asks for something that is heard. */
export async function hear(path: string, body: unknown): Promise<Blob> {
  const headers = { 'Content-Type': 'application/json' }
  return (await ask(path, undefined, { method: 'POST', headers, body: JSON.stringify(toWire(body)) })).blob()
}

export async function request<T>(method: string, path: string, query?: Query, body?: unknown): Promise<T> {
  const answer = await ask(path, query, {
    method,
    headers: body === undefined ? { Accept: 'application/json' } : { 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(toWire(body)) }),
  })
  if (answer.status === 204) return undefined as T
  const text = await answer.text()
  return text === '' ? (undefined as T) : fromWire<T>(JSON.parse(text))
}
