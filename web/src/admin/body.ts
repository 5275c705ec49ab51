import type { Editable, Values } from './field.ts'

/** What a new one begins with. */
export const fresh: Record<Editable, Values> = {
  users: {
    login: '',
    name: '',
    password: '',
    role: 'agent',
    language: '',
    phone: 'browser',
    phoneUri: '',
    phoneNumber: '',
    confirmAnswer: false,
    choosesPhone: false,
    autoAnswer: false,
    secondLine: false,
    mediaEncryption: '',
    disabled: false,
    skills: [],
  },
  queues: {
    key: '',
    name: '',
    projectId: '',
    targetMs: 20_000,
    targetPercent: 80,
    shortAbandonMs: 5_000,
    offerMs: 20_000,
    wrapUpMs: 60_000,
    dispositionRequired: true,
    recording: true,
    recordOnDemand: false,
    waitingFlowId: '',
    hoursId: '',
    closing: {},
    callback: undefined, // as it is
    afterFlowId: '',
    afterShare: 100,
    afterDays: 0,
    routing: {},
    overflow: [],
    desk: { extensions: 3, extensionMs: 0 },
    agents: [],
  },
  entries: {
    key: '',
    name: '',
    number: '',
    projectId: '',
    flowId: '',
    hoursId: '',
    language: '',
    blocked: [],
    blockedAnswer: '',
  },
  trunks: {
    key: '',
    name: '',
    kind: 'address',
    addresses: [],
    nat: false,
    codecs: ['PCMU', 'PCMA'],
    maxCalls: 0,
    mediaEncryption: '',
    mediaEncryptionOptional: false,
    sdesWithoutTls: false,
    host: '',
    proxy: '',
    registrars: [],
    user: '',
    authUser: '',
    domain: '',
    password: '',
    expiresS: 0,
    certificate: '',
    order: 0,
    format: '',
    prefix: '',
    country: '',
    caller: '',
    callers: [],
    passCaller: false,
    callsPerSecond: 0,
    rates: [],
    optionsS: 30,
    blocked: [],
    countries: [],
    noWithheld: false,
  },
  dispositions: {
    key: '',
    projectId: '',
    parentId: '',
    names: {},
    success: false,
    minTalkMs: 0,
    maxTalkMs: 0,
    noteRequired: false,
    position: 0,
  },
  'break-reasons': { key: '', names: {}, limitMs: 0, position: 0 },
  skills: { key: '', names: {} },
  projects: {
    key: '',
    name: '',
    country: '',
    trunks: [],
    recordingDays: 0,
    recordingFormat: 'opus',
    hangUpAfterMs: 0,
    hangUpReason: false,
    announceMonitoring: false,
    holdMusic: '',
    safetyFlow: '',
    defaultQueue: '',
    abuse: { boundary: '', mayEnd: false, farewell: '', recoveryMs: 0 },
    callbacks: { atOnce: 0, perMinute: 0, onePer: 'queue' },
    messaging: { emailGateway: '', emailFrom: '', smsGateway: '', smsFrom: '' },
    voices: [],
    recognizers: [],
  },
  plugins: {
    key: '',
    name: '',
    url: '',
    secret: '',
    timeoutMs: 0,
    kinds: undefined, // as they are
  },
  'alert-rules': {
    key: '',
    name: '',
    disabled: false,
    projectId: '',
    queueId: '',
    terms: { what: 'long_wait', limitMs: 120_000, percent: 20, least: 10, holdMs: 0, calmMs: 30_000, repeatMs: 0 },
  },
}

/** Only what the route takes: no id, nothing the server adds. */
export function body(kind: Editable, values: Values): Values {
  const allowed = Object.keys(fresh[kind])
  const out = Object.fromEntries(allowed.map((k) => [k, values[k] ?? fresh[kind][k]]))
  if (out.password === '') delete out.password // it stays as it is
  if (out.secret === '') delete out.secret
  if (kind === 'alert-rules') return alertRuleBody(out)
  if (kind === 'queues') {
    out.closing = closingBody((out.closing ?? {}) as Values)
    out.overflow = overflowBody((out.overflow ?? []) as Values[])
    out.routing = routingBody((out.routing ?? {}) as Values)
    // Of nobody there is no share.
    Object.assign(out, out.afterFlowId === '' ? { afterShare: 0, afterDays: 0 } : { afterShare: out.afterShare || 100 })
  }
  return out
}

/** What belongs to an act: where it leads. */
export function actOwn(act: Values): Values {
  const own = { queue: 'queue', flow: 'flow', outside: 'number' }[String(act.do)]
  return own === undefined ? {} : { [own]: act[own] ?? '' }
}

/** A rule has only what belongs to its trigger and its act. */
function overflowBody(rules: Values[]): Values[] {
  return rules.map((r) => ({
    when: r.when,
    do: r.do,
    ...(r.when === 'size' ? { size: r.size ?? 0 } : { afterMs: r.afterMs ?? 0 }),
    ...(r.when === 'nobody' ? { breaks: r.breaks ?? [] } : {}),
    ...actOwn(r),
  }))
}

/** What belongs to another kind of alert is not sent along. */
function alertRuleBody(values: Values): Values {
  const terms = { ...((values.terms ?? {}) as Values) }
  if (terms.what !== 'long_wait' && terms.what !== 'long_break') delete terms.limitMs
  if (terms.what !== 'abandoned') Object.assign(terms, { percent: undefined, least: undefined })
  const of = terms.what === 'service_fails' ? { projectId: '', queueId: '' } : {}
  if (terms.what !== 'service_fails') delete terms.service
  if (Array.isArray(terms.emails)) terms.emails = terms.emails.filter((e) => e !== '')
  return { ...values, ...of, terms }
}

/** Who is served has no act, and an act has only what belongs to it. */
function closingBody(values: Values): Values {
  const out: Values = { breakMs: values.breakMs ?? 0 }
  for (const who of ['inLine', 'after']) {
    const act = (values[who] ?? {}) as Values
    if (typeof act.do !== 'string' || act.do === '') continue
    out[who] = { do: act.do, ...actOwn(act) }
  }
  return out
}

/** Of a language that does not matter nothing is relaxed, and who waits for nobody asks for no days. */
function routingBody(values: Values): Values {
  const out = { ...values }
  if (out.languageRelaxMs !== undefined && !out.languageLevel) out.languageRelaxMs = 0
  if (out.lastAgentMs || out.lastAgentDays !== undefined)
    out.lastAgentDays = out.lastAgentMs ? out.lastAgentDays || 30 : 0
  return out
}
