import type { components } from './api.gen.ts'
import type { Camel } from './case.ts'
import { hear, sendFile } from './http.ts'

type Wire = components['schemas']
/** A prompt of a flow's file beside what is here under its key. */
export type FilePrompt = Camel<Wire['FilePrompt']>
export type FlowFile = Camel<Wire['FlowFile']>
export type PromptsTaken = Camel<Wire['PromptsTaken']>

/** Flows as files that carry their prompts. */
export const flowFiles = {
  /** The program with the prompts it names and their recordings. */
  pack: (program: object) => hear('/flows/file', { program }),
  look: (file: Blob) => sendFile<FlowFile>('POST', '/flows/file/look', file),
  /** Puts the file's prompts in; those that are here and not named stay as they are. */
  take: (file: Blob, replace: readonly string[]) =>
    sendFile<PromptsTaken>('POST', `/flows/file/prompts?replace=${encodeURIComponent(replace.join(','))}`, file),
}
