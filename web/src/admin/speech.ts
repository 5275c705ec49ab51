import type { SpeechState } from '../wire/model.ts'

type Any = SpeechState['problems'][number]
type Hearing = 'nobody_hears' | 'unknown_recognizer' | 'recognizer_other_language'
type Of<K> = Omit<Any, 'problem'> & { problem: K }

const hearing = (p: Any): p is Any & { problem: Hearing } =>
  p.problem === 'nobody_hears' || p.problem === 'unknown_recognizer' || p.problem === 'recognizer_other_language'

/** What is wrong with how a project's texts are spoken. */
export const ofVoices = (s: SpeechState | undefined, project: string) =>
  (s?.problems ?? []).filter((p) => p.projectId === project && !hearing(p)) as Of<Exclude<Any['problem'], Hearing>>[]

/** What is wrong with how a project's customers are heard. */
export const ofRecognizers = (s: SpeechState | undefined, project: string) =>
  (s?.problems ?? []).filter((p) => p.projectId === project && hearing(p)) as Of<Hearing>[]
