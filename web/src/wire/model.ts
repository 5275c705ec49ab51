// What the HTTP routes speak of, as our code sees it. Instants are UTC milliseconds, 0 for none.
import type { components } from './api.gen.ts'
import type { Camel } from './case.ts'

type S = components['schemas']

export type Role = S['Person']['role']
export type Language = 'en' | 'ru' | 'th'

export type Me = Camel<S['Me']>
export type Demo = Camel<S['Demo']>
export type Person = Camel<S['Person']>
export type Interaction = Camel<S['Interaction']>
export type Interactions = Camel<S['Interactions']>
export type InteractionDetail = Camel<S['InteractionDetail']>
export type Recording = Camel<S['Recording']>
export type Transcript = Camel<S['Transcript']>
export type LeftMessage = Camel<S['LeftMessage']>
export type SentMessage = Camel<S['SentMessage']>
export type Gateway = Camel<S['Gateway']>
export type RecordingMark = Camel<S['Mark']>
export type TimelineEvent = Camel<S['TimelineEvent']>
export type Events = Camel<S['Events']>
export type Peaks = Camel<S['Peaks']>
export type Ladder = Camel<S['Ladder']>
export type LadderLeg = Camel<S['LadderLeg']>
export type LadderMessage = Camel<S['LadderMessage']>
export type Leg = Camel<S['Leg']>
export type Segment = Camel<S['Segment']>
export type SurveyAnswer = Camel<S['SurveyAnswer']>
export type Customer = Camel<S['Customer']>
export type CustomerChange = Camel<S['CustomerChange']>
export type Metric = Camel<S['Metric']>
export type Metrics = Camel<S['Metrics']>
export type Summary = Camel<S['Summary']>
export type SummaryRow = Camel<S['SummaryRow']>
export type SummaryCell = Camel<S['SummaryCell']>
export type WhatIfStart = Camel<S['WhatIfStart']>
export type WhatIfChange = Camel<S['WhatIfChange']>
export type WhatIfAsked = Camel<S['WhatIfAsked']>
export type WhatIf = Camel<S['WhatIf']>
export type WhatIfResult = Camel<S['WhatIfResult']>
export type WhatIfOutcome = Camel<S['WhatIfOutcome']>
export type WhatIfOccupancy = Camel<S['WhatIfOccupancy']>
export type Day = Camel<S['Day']>
export type Past = Camel<S['Past']>
export type PastDay = Camel<S['PastDay']>
export type AuditLine = Camel<S['AuditLine']>
export type Notice = Camel<S['Notice']>
export type NoticeReader = Camel<S['NoticeReader']>
export type ShiftTerms = Camel<S['ShiftTerms']>
export type ShiftStart = Camel<S['ShiftStart']>
export type ChecklistItem = Camel<S['ChecklistItem']>
export type Alert = Camel<S['Alert']>
export type Callback = Camel<S['Callback']>
export type PhoneAccount = Camel<S['PhoneAccount']>
export type PhoneSecret = Camel<S['PhoneSecret']>
export type MyPhone = Camel<S['MyPhone']>
export type User = Camel<S['User']>
export type Queue = Camel<S['Queue']>
export type Entry = Camel<S['Entry']>
export type Trunk = Camel<S['Trunk']>
export type SpeechState = Camel<S['SpeechState']>
export type ProjectVoice = Camel<S['ProjectVoice']>
export type ProjectRecognizer = Camel<S['ProjectRecognizer']>
export type TrunkLine = Camel<S['TrunkLine']>
export type TrunkTest = Camel<S['TrunkTest']>
export type Directory = Camel<S['Directory']>
export type Disposition = Camel<S['Disposition']>
export type Skill = Camel<S['Skill']>
export type SkillLevel = Camel<S['SkillLevel']>
export type SkillNeed = Camel<S['SkillNeed']>
export type QueueOverflow = Camel<S['QueueOverflow']>
export type Relaxation = Camel<S['Relaxation']>
export type BreakReason = Camel<S['BreakReason']>
export type Project = Camel<S['Project']>
export type Hours = Camel<S['Hours']>
export type Flow = Camel<S['Flow']>
export type FlowKinds = Camel<S['FlowKinds']>
export type FlowProblem = Camel<S['FlowProblem']>
export type FlowVersion = Camel<S['FlowVersion']>
export type ApiToken = Camel<S['APIToken']>
export type MadeApiToken = Camel<S['MadeAPIToken']>
export type Trigger = Camel<S['Trigger']>
export type Plugin = Camel<S['Plugin']>
export type TriggerFields = Camel<S['TriggerFields']>
export type TriggerRun = Camel<S['TriggerRun']>
export type TriggerAddress = Camel<S['TriggerAddress']>
export type Prompt = Camel<S['Prompt']>
export type PromptUses = Camel<S['PromptUses']>
export type HoursFields = Camel<S['HoursFields']>
export type HoursState = Camel<S['HoursState']>
export type PublicHolidays = Camel<S['PublicHolidays']>

/** A page of a list. */
export interface Page<T> {
  items: T[]
  next: string
}
