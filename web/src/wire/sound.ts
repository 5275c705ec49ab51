import { address, hear, request, sendFile } from './http.ts'
import type {
  Gateway,
  Hours,
  HoursFields,
  HoursState,
  Prompt,
  PromptUses,
  PublicHolidays,
  SpeechState,
} from './model.ts'

const id = encodeURIComponent

/** Routes of prompts and opening hours beside those every kind of set-up has. */
export const soundApi = {
  /** Makes a WAV file the prompt's sound in a language. */
  record: (prompt: string, language: string, file: Blob) =>
    sendFile<Prompt>('PUT', `/prompts/${id(prompt)}/audio/${id(language)}`, file),
  promptAddress: (prompt: string, language: string) => address(`/prompts/${id(prompt)}/audio/${id(language)}`),
  shippedAddress: (key: string, language: string) => address(`/shipped-prompts/${id(key)}/audio/${id(language)}`),
  /** The text as it is spoken for a project; empty: by the server's first engine. */
  preview: (text: string, language: string, project: string) =>
    hear('/prompts/preview', project === '' ? { text, language } : { text, language, project_id: project }),
  speech: () => request<SpeechState>('GET', '/speech'),
  gateways: async () => (await request<{ items: Gateway[] }>('GET', '/gateways')).items,
  uses: (prompt: string) => request<PromptUses>('GET', `/prompts/${id(prompt)}/uses`),
  shipped: async () => (await request<{ prompts: string[] }>('GET', '/flow-kinds')).prompts,

  hoursAt: (hours: HoursFields, at: string) => request<HoursState>('POST', '/hours/at', {}, { hours, at }),
  publicHolidays: (country: string, year: number) =>
    request<PublicHolidays>('GET', '/public-holidays', { country, year }),
  oneHours: (which: string) => request<Hours>('GET', `/hours/${id(which)}`),
}
