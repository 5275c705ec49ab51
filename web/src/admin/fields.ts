import type { TextKey } from '../i18n/texts.ts'
import type { SetupKind } from '../wire/api.ts'

/** How one field of a form is written. */
export interface Field {
  name: string
  label: TextKey
  hint?: TextKey
  kind:
    | 'text'
    | 'password'
    | 'number'
    | 'seconds'
    | 'minutes'
    | 'check'
    | 'choice'
    | 'several'
    | 'lines'
    | 'voices'
    | 'recognizers'
    | 'levels'
    | 'needs'
    | 'overflow'
  /** Where choices come from. */
  from?:
    | SetupKind
    | 'roles'
    | 'languages'
    | 'phones'
    | 'codecs'
    | 'encryptions'
    | 'phoneEncryptions'
    | 'blockedAnswers'
    | 'groups'
    | 'trunkKinds'
    | 'formats'
    | 'promptKeys'
    | 'queueKeys'
    | 'flowKeys'
    | 'recordingFormats'
    | 'onePer'
    | 'emailGateways'
    | 'smsGateways'
    | 'closingActs'
    | 'strategies'
    | 'alertKinds'
    | 'alertServices'
  /** Of a choice: what leaving it empty means. */
  empty?: TextKey
  required?: boolean
  /** Shown only while another field has this value, or has another one. */
  when?: { field: string; is: string } | { field: string; not: string }
}

export type Values = Record<string, unknown>

export const editable = [
  'users',
  'queues',
  'entries',
  'trunks',
  'dispositions',
  'break-reasons',
  'skills',
  'projects',
  'plugins',
  'alert-rules',
] as const
/** These have screens of their own. */
export const own = ['hours', 'prompts', 'triggers'] as const
export const readOnly = ['flows', 'api-tokens'] as const
export type Editable = (typeof editable)[number]

const key: Field = { name: 'key', label: 'admin.key', hint: 'admin.keyHint', kind: 'text', required: true }
const name: Field = { name: 'name', label: 'common.name', kind: 'text', required: true }
const project: Field = { name: 'projectId', label: 'admin.project', kind: 'choice', from: 'projects', required: true }
const position: Field = { name: 'position', label: 'admin.position', kind: 'number' }
const names: Field[] = [
  { name: 'names.en', label: 'admin.nameEn', kind: 'text' },
  { name: 'names.ru', label: 'admin.nameRu', kind: 'text' },
  { name: 'names.th', label: 'admin.nameTh', kind: 'text' },
]

/** What becomes of customers at closing time, of who waits or who comes after. */
const closing = (who: 'inLine' | 'after', label: TextKey): Field[] => [
  { name: `closing.${who}.do`, label, kind: 'choice', from: 'closingActs', empty: 'admin.served' },
  {
    name: `closing.${who}.queue`,
    label: 'admin.closingQueue',
    kind: 'choice',
    from: 'queueKeys',
    required: true,
    when: { field: `closing.${who}.do`, is: 'queue' },
  },
  {
    name: `closing.${who}.flow`,
    label: 'admin.closingFlow',
    kind: 'choice',
    from: 'flowKeys',
    required: true,
    when: { field: `closing.${who}.do`, is: 'flow' },
  },
  {
    name: `closing.${who}.number`,
    label: 'admin.closingNumber',
    kind: 'text',
    required: true,
    when: { field: `closing.${who}.do`, is: 'outside' },
  },
]

/** A limit of time is in seconds for waits and in minutes for breaks. */
const alertRule: Field[] = [
  name,
  key,
  { name: 'terms.what', label: 'alertRules.what', kind: 'choice', from: 'alertKinds', required: true },
  {
    name: 'terms.limitMs',
    label: 'alertRules.waitLimit',
    kind: 'seconds',
    required: true,
    when: { field: 'terms.what', is: 'long_wait' },
  },
  {
    name: 'terms.limitMs',
    label: 'alertRules.breakLimit',
    hint: 'alertRules.breakLimitHint',
    kind: 'minutes',
    when: { field: 'terms.what', is: 'long_break' },
  },
  {
    name: 'terms.percent',
    label: 'alertRules.percent',
    hint: 'alertRules.percentHint',
    kind: 'number',
    required: true,
    when: { field: 'terms.what', is: 'abandoned' },
  },
  {
    name: 'terms.least',
    label: 'alertRules.least',
    kind: 'number',
    required: true,
    when: { field: 'terms.what', is: 'abandoned' },
  },
  {
    name: 'terms.service',
    label: 'alertRules.service',
    kind: 'choice',
    from: 'alertServices',
    empty: 'alertRules.anyService',
    when: { field: 'terms.what', is: 'service_fails' },
  },
  {
    name: 'projectId',
    label: 'alertRules.project',
    kind: 'choice',
    from: 'projects',
    empty: 'alertRules.allProjects',
    when: { field: 'terms.what', not: 'service_fails' },
  },
  {
    name: 'queueId',
    label: 'alertRules.queue',
    kind: 'choice',
    from: 'queues',
    empty: 'alertRules.allQueues',
    when: { field: 'terms.what', not: 'service_fails' },
  },
  { name: 'terms.holdMs', label: 'alertRules.hold', kind: 'seconds' },
  { name: 'terms.calmMs', label: 'alertRules.calm', kind: 'seconds' },
  { name: 'terms.emails', label: 'alertRules.emails', hint: 'alertRules.emailsHint', kind: 'lines' },
  { name: 'terms.repeatMs', label: 'alertRules.repeat', hint: 'alertRules.repeatHint', kind: 'minutes' },
  { name: 'terms.hook', label: 'alertRules.hook', hint: 'alertRules.hookHint', kind: 'text' },
  { name: 'disabled', label: 'alertRules.off', kind: 'check' },
]

export const fields: Record<Editable, Field[]> = {
  users: [
    name,
    { name: 'login', label: 'admin.login', kind: 'text', required: true },
    { name: 'password', label: 'admin.password', hint: 'admin.passwordKeep', kind: 'password' },
    { name: 'role', label: 'admin.role', kind: 'choice', from: 'roles', required: true },
    { name: 'language', label: 'admin.language', kind: 'choice', from: 'languages', empty: 'admin.languageDefault' },
    { name: 'phone', label: 'admin.phone', kind: 'choice', from: 'phones', required: true },
    {
      name: 'phoneUri',
      label: 'admin.phoneUri',
      hint: 'admin.phoneUriHint',
      kind: 'text',
      when: { field: 'phone', is: 'sip' },
    },
    {
      name: 'phoneNumber',
      label: 'admin.phoneNumber',
      hint: 'admin.phoneNumberHint',
      kind: 'text',
      when: { field: 'phone', is: 'outside' },
    },
    {
      name: 'confirmAnswer',
      label: 'admin.confirmAnswer',
      hint: 'admin.confirmAnswerHint',
      kind: 'check',
      when: { field: 'phone', is: 'sip' },
    },
    {
      name: 'mediaEncryption',
      label: 'admin.encryption',
      hint: 'admin.phoneEncryptionHint',
      kind: 'choice',
      from: 'phoneEncryptions',
      empty: 'admin.phoneEncryptionAuto',
      when: { field: 'phone', is: 'sip' },
    },
    { name: 'autoAnswer', label: 'admin.autoAnswer', kind: 'check' },
    { name: 'secondLine', label: 'admin.secondLine', kind: 'check' },
    { name: 'choosesPhone', label: 'admin.choosesPhone', kind: 'check' },
    { name: 'disabled', label: 'admin.disabled', kind: 'check' },
    { name: 'skills', label: 'routing.skills', kind: 'levels' },
  ],
  queues: [
    name,
    key,
    project,
    { name: 'agents', label: 'admin.agents', hint: 'admin.agentsHint', kind: 'several', from: 'users' },
    { name: 'targetMs', label: 'admin.target', kind: 'seconds', required: true },
    { name: 'targetPercent', label: 'admin.targetPercent', kind: 'number', required: true },
    { name: 'shortAbandonMs', label: 'admin.shortAbandon', hint: 'admin.shortAbandonHint', kind: 'seconds' },
    { name: 'offerMs', label: 'admin.offer', kind: 'seconds', required: true },
    { name: 'wrapUpMs', label: 'admin.wrapUp', hint: 'admin.wrapUpHint', kind: 'seconds' },
    { name: 'desk.extensions', label: 'admin.extensions', hint: 'admin.extensionsHint', kind: 'number' },
    { name: 'desk.extensionMs', label: 'admin.extension', hint: 'admin.extensionHint', kind: 'seconds' },
    {
      name: 'routing.strategy',
      label: 'routing.strategy',
      hint: 'routing.strategyHint',
      kind: 'choice',
      from: 'strategies',
      empty: 'routing.leastFlexible',
    },
    { name: 'routing.weight', label: 'routing.weight', hint: 'routing.weightHint', kind: 'number' },
    { name: 'routing.needs', label: 'routing.needs', kind: 'needs' },
    {
      name: 'routing.languageLevel',
      label: 'routing.languageLevel',
      hint: 'routing.languageLevelHint',
      kind: 'number',
    },
    {
      name: 'routing.languageRelaxMs',
      label: 'routing.languageRelax',
      hint: 'routing.languageRelaxHint',
      kind: 'seconds',
    },
    { name: 'routing.lastAgentMs', label: 'routing.lastAgent', hint: 'routing.lastAgentHint', kind: 'seconds' },
    {
      name: 'routing.lastAgentDays',
      label: 'routing.lastAgentDays',
      hint: 'routing.lastAgentDaysHint',
      kind: 'number',
    },
    { name: 'routing.perHour', label: 'routing.perHour', hint: 'routing.capHint', kind: 'number' },
    { name: 'routing.perDay', label: 'routing.perDay', hint: 'routing.capHint', kind: 'number' },
    { name: 'overflow', label: 'routing.overflow.title', kind: 'overflow' },
    { name: 'waitingFlowId', label: 'admin.waitingFlow', kind: 'choice', from: 'flows', empty: 'admin.waitingMusic' },
    {
      name: 'hoursId',
      label: 'admin.servedAt',
      hint: 'admin.servedAtHint',
      kind: 'choice',
      from: 'hours',
      empty: 'admin.always',
    },
    ...closing('inLine', 'admin.closingInLine'),
    ...closing('after', 'admin.closingAfter'),
    { name: 'closing.breakMs', label: 'admin.closingBreak', hint: 'admin.closingBreakHint', kind: 'minutes' },
    {
      name: 'afterFlowId',
      label: 'admin.afterFlow',
      hint: 'admin.afterFlowHint',
      kind: 'choice',
      from: 'flows',
      empty: 'admin.afterNone',
    },
    { name: 'afterShare', label: 'admin.afterShare', hint: 'admin.afterShareHint', kind: 'number' },
    { name: 'afterDays', label: 'admin.afterDays', hint: 'admin.afterDaysHint', kind: 'number' },
    { name: 'dispositionRequired', label: 'admin.dispositionRequired', kind: 'check' },
    { name: 'recording', label: 'admin.recording', kind: 'check' },
    { name: 'recordOnDemand', label: 'admin.recordOnDemand', hint: 'admin.recordOnDemandHint', kind: 'check' },
  ],
  entries: [
    name,
    key,
    { name: 'number', label: 'admin.number', hint: 'admin.numberHint', kind: 'text', required: true },
    project,
    { name: 'flowId', label: 'admin.flow', kind: 'choice', from: 'flows', required: true },
    { name: 'hoursId', label: 'admin.hours', kind: 'choice', from: 'hours', empty: 'admin.always' },
    { name: 'language', label: 'admin.language', kind: 'choice', from: 'languages', empty: 'admin.languageDefault' },
    { name: 'blocked', label: 'admin.blocked', hint: 'admin.entryBlockedHint', kind: 'lines' },
    {
      name: 'blockedAnswer',
      label: 'admin.blockedAnswer',
      kind: 'choice',
      from: 'blockedAnswers',
      empty: 'admin.answerDeclined',
    },
  ],
  trunks: [
    name,
    key,
    { name: 'kind', label: 'admin.trunkKind', kind: 'choice', from: 'trunkKinds', required: true },
    { name: 'addresses', label: 'admin.addresses', hint: 'admin.addressesHint', kind: 'lines' },
    { name: 'host', label: 'admin.host', hint: 'admin.hostHint', kind: 'text' },
    { name: 'proxy', label: 'admin.proxy', hint: 'admin.proxyHint', kind: 'text' },
    { name: 'user', label: 'admin.carrierUser', kind: 'text' },
    { name: 'password', label: 'admin.password', hint: 'admin.carrierPasswordHint', kind: 'password' },
    { name: 'authUser', label: 'admin.authUser', hint: 'admin.authUserHint', kind: 'text' },
    { name: 'domain', label: 'admin.domain', hint: 'admin.domainHint', kind: 'text' },
    {
      name: 'registrars',
      label: 'admin.registrars',
      hint: 'admin.registrarsHint',
      kind: 'lines',
      when: { field: 'kind', is: 'registration' },
    },
    {
      name: 'expiresS',
      label: 'admin.expires',
      hint: 'admin.expiresHint',
      kind: 'number',
      when: { field: 'kind', is: 'registration' },
    },
    { name: 'certificate', label: 'admin.certificate', kind: 'text', when: { field: 'kind', is: 'certificate' } },
    { name: 'order', label: 'admin.trunkOrder', hint: 'admin.trunkOrderHint', kind: 'number' },
    { name: 'optionsS', label: 'admin.options', hint: 'admin.optionsHint', kind: 'number' },
    { name: 'nat', label: 'admin.nat', hint: 'admin.natHint', kind: 'check' },
    { name: 'codecs', label: 'admin.codecs', kind: 'several', from: 'codecs', required: true },
    { name: 'maxCalls', label: 'admin.maxCalls', hint: 'admin.maxCallsHint', kind: 'number' },
    {
      name: 'mediaEncryption',
      label: 'admin.encryption',
      hint: 'admin.encryptionHint',
      kind: 'choice',
      from: 'encryptions',
      empty: 'admin.encryptionNone',
    },
    {
      name: 'mediaEncryptionOptional',
      label: 'admin.encryptionOptional',
      hint: 'admin.encryptionOptionalHint',
      kind: 'check',
    },
    {
      name: 'sdesWithoutTls',
      label: 'admin.sdesWithoutTls',
      hint: 'admin.sdesWithoutTlsHint',
      kind: 'check',
      when: { field: 'mediaEncryption', is: 'sdes' },
    },
    { name: 'callsPerSecond', label: 'admin.callsPerSecond', hint: 'admin.maxCallsHint', kind: 'number' },
    { name: 'caller', label: 'admin.caller', hint: 'admin.callerHint', kind: 'text' },
    { name: 'country', label: 'admin.country', hint: 'admin.countryHint', kind: 'text' },
    { name: 'format', label: 'admin.format', kind: 'choice', from: 'formats', empty: 'admin.formatE164' },
    { name: 'prefix', label: 'admin.prefix', hint: 'admin.prefixHint', kind: 'text' },
    { name: 'callers', label: 'admin.callers', hint: 'admin.callersHint', kind: 'lines' },
    { name: 'passCaller', label: 'admin.passCaller', hint: 'admin.passCallerHint', kind: 'check' },
    { name: 'rates', label: 'admin.rates', hint: 'admin.ratesHint', kind: 'lines' },
    { name: 'blocked', label: 'admin.blocked', hint: 'admin.blockedHint', kind: 'lines' },
    { name: 'countries', label: 'admin.countries', hint: 'admin.countriesHint', kind: 'lines' },
    { name: 'noWithheld', label: 'admin.noWithheld', kind: 'check' },
  ],
  dispositions: [
    ...names,
    key,
    project,
    { name: 'parentId', label: 'admin.parent', kind: 'choice', from: 'groups', empty: 'admin.firstLevel' },
    position,
    { name: 'success', label: 'admin.success', kind: 'check' },
    { name: 'minTalkMs', label: 'admin.minTalk', hint: 'admin.talkHint', kind: 'seconds' },
    { name: 'maxTalkMs', label: 'admin.maxTalk', hint: 'admin.talkHint', kind: 'seconds' },
    { name: 'noteRequired', label: 'admin.noteRequired', kind: 'check' },
  ],
  'break-reasons': [
    ...names,
    key,
    { name: 'limitMs', label: 'admin.limit', hint: 'admin.limitHint', kind: 'minutes' },
    position,
  ],
  skills: [...names, { ...key, hint: 'routing.keyHint' }],
  projects: [
    name,
    key,
    { name: 'country', label: 'admin.country', hint: 'admin.projectCountryHint', kind: 'text' },
    { name: 'trunks', label: 'admin.projectTrunks', hint: 'admin.projectTrunksHint', kind: 'several', from: 'trunks' },
    { name: 'recordingDays', label: 'admin.recordingDays', hint: 'admin.recordingDaysHint', kind: 'number' },
    {
      name: 'recordingFormat',
      label: 'admin.recordingFormat',
      hint: 'admin.recordingFormatHint',
      kind: 'choice',
      from: 'recordingFormats',
      required: true,
    },
    { name: 'hangUpAfterMs', label: 'admin.hangUpAfter', hint: 'admin.hangUpAfterHint', kind: 'seconds' },
    { name: 'hangUpReason', label: 'admin.hangUpReason', hint: 'admin.hangUpReasonHint', kind: 'check' },
    {
      name: 'announceMonitoring',
      label: 'admin.announceMonitoring',
      hint: 'admin.announceMonitoringHint',
      kind: 'check',
    },
    {
      name: 'holdMusic',
      label: 'admin.holdMusic',
      hint: 'admin.holdMusicHint',
      kind: 'choice',
      from: 'promptKeys',
      empty: 'admin.waitingMusic',
    },
    {
      name: 'abuse.boundary',
      label: 'admin.boundary',
      hint: 'admin.boundaryHint',
      kind: 'choice',
      from: 'promptKeys',
      empty: 'admin.boundaryUsual',
    },
    { name: 'abuse.mayEnd', label: 'admin.abuseMayEnd', hint: 'admin.abuseMayEndHint', kind: 'check' },
    {
      name: 'abuse.farewell',
      label: 'admin.farewell',
      hint: 'admin.farewellHint',
      kind: 'choice',
      from: 'promptKeys',
      empty: 'admin.boundaryUsual',
    },
    { name: 'abuse.recoveryMs', label: 'admin.recovery', hint: 'admin.recoveryHint', kind: 'minutes' },
    { name: 'callbacks.atOnce', label: 'admin.callbacksAtOnce', hint: 'admin.callbacksAtOnceHint', kind: 'number' },
    {
      name: 'callbacks.perMinute',
      label: 'admin.callbacksPerMinute',
      hint: 'admin.callbacksPerMinuteHint',
      kind: 'number',
    },
    {
      name: 'callbacks.graceMinutes',
      label: 'admin.callbacksGrace',
      hint: 'admin.callbacksGraceHint',
      kind: 'number',
    },
    {
      name: 'callbacks.remindMinutes',
      label: 'admin.callbacksRemind',
      hint: 'admin.callbacksRemindHint',
      kind: 'number',
    },
    {
      name: 'callbacks.onePer',
      label: 'admin.onePer',
      hint: 'admin.onePerHint',
      kind: 'choice',
      from: 'onePer',
      required: true,
    },
    {
      name: 'messaging.emailGateway',
      label: 'admin.emailGateway',
      hint: 'admin.emailGatewayHint',
      kind: 'choice',
      from: 'emailGateways',
      empty: 'admin.firstGateway',
    },
    { name: 'messaging.emailFrom', label: 'admin.emailFrom', hint: 'admin.emailFromHint', kind: 'text' },
    {
      name: 'messaging.smsGateway',
      label: 'admin.smsGateway',
      hint: 'admin.smsGatewayHint',
      kind: 'choice',
      from: 'smsGateways',
      empty: 'admin.firstGateway',
    },
    { name: 'messaging.smsFrom', label: 'admin.smsFrom', hint: 'admin.smsFromHint', kind: 'text' },
    { name: 'voices', label: 'admin.voices', kind: 'voices' },
    { name: 'recognizers', label: 'admin.recognizers', kind: 'recognizers' },
  ],
  plugins: [
    name,
    key,
    { name: 'url', label: 'plugins.url', hint: 'plugins.urlHint', kind: 'text', required: true },
    { name: 'secret', label: 'plugins.secret', hint: 'plugins.secretHint', kind: 'password' },
    { name: 'timeoutMs', label: 'plugins.timeout', hint: 'plugins.timeoutHint', kind: 'seconds' },
  ],
  'alert-rules': alertRule,
}

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

/** Whether a form shows a field. */
export function isShown(field: Field, values: Values): boolean {
  const { when } = field
  if (when === undefined) return true
  const now = read(values, when.field)
  return 'is' in when ? now === when.is : now !== when.not
}

/** Reads "names.en" out of what a form holds. */
export function read(values: Values, path: string): unknown {
  return path.split('.').reduce<unknown>((v, part) => (v as Values | undefined)?.[part], values)
}

/** The same values with one changed. */
export function write(values: Values, path: string, value: unknown): Values {
  const [head = '', ...rest] = path.split('.')
  if (rest.length === 0) return { ...values, [head]: value }
  return { ...values, [head]: write((values[head] as Values | undefined) ?? {}, rest.join('.'), value) }
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

/** Cyrillic and Latin names become keys such as tech-support. */
export function keyFrom(text: string): string {
  const letters: Record<string, string> = {
    а: 'a',
    б: 'b',
    в: 'v',
    г: 'g',
    д: 'd',
    е: 'e',
    ё: 'e',
    ж: 'zh',
    з: 'z',
    и: 'i',
    й: 'i',
    к: 'k',
    л: 'l',
    м: 'm',
    н: 'n',
    о: 'o',
    п: 'p',
    р: 'r',
    с: 's',
    т: 't',
    у: 'u',
    ф: 'f',
    х: 'h',
    ц: 'c',
    ч: 'ch',
    ш: 'sh',
    щ: 'sch',
    ъ: '',
    ы: 'y',
    ь: '',
    э: 'e',
    ю: 'yu',
    я: 'ya',
  }
  return [...text.toLowerCase()]
    .map((c) => letters[c] ?? c)
    .join('')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40)
}
