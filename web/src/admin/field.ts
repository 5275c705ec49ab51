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
