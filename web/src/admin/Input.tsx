import { Checkbox, MultiSelect, NumberInput, PasswordInput, Select, Textarea, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useLanguage, useT } from '../app/hooks.tsx'
import { languages } from '../i18n/language.ts'
import { api, type SetupKind } from '../wire/api.ts'
import type { ProjectRecognizer, ProjectVoice, QueueOverflow, SkillLevel, SkillNeed } from '../wire/model.ts'
import { soundApi } from '../wire/sound.ts'
import type { Editable, Field, Values } from './field.ts'
import { title } from './KindList.tsx'
import { Needs } from './Needs.tsx'
import { Overflow } from './Overflow.tsx'
import { Recognizers } from './Recognizers.tsx'
import { SkillLevels } from './SkillLevels.tsx'
import { Voices } from './Voices.tsx'

type Row = Values & { id: string }

const local = new Set([
  'roles',
  'languages',
  'phones',
  'codecs',
  'encryptions',
  'phoneEncryptions',
  'trunkKinds',
  'formats',
  'blockedAnswers',
  'recordingFormats',
  'onePer',
  'emailGateways',
  'smsGateways',
  'closingActs',
  'strategies',
  'alertKinds',
  'alertServices',
])

const alertKinds = [
  'long_wait',
  'abandoned',
  'long_break',
  'nobody_available',
  'nobody_signed_in',
  'service_fails',
] as const
const alertServices = ['trunk', 'speech', 'recognizer', 'gateway', 'web_hook', 'store'] as const

/** Lists that are asked for by another name; of those that end in Keys a choice is a key. */
const lists: Record<string, SetupKind> = {
  groups: 'dispositions',
  promptKeys: 'prompts',
  queueKeys: 'queues',
  flowKeys: 'flows',
}

function useChoices(field: Field, self: string, project: string, now: string): { value: string; label: string }[] {
  const t = useT()
  const language = useLanguage()
  const { from } = field
  const remote = from === undefined || local.has(from) ? undefined : (lists[from] ?? (from as SetupKind))
  const list = useQuery({
    queryKey: ['set-up', remote],
    queryFn: () => (remote === undefined ? [] : api.list<Row>(remote)),
    enabled: remote !== undefined,
  })
  const gates = from === 'emailGateways' ? 'email' : from === 'smsGateways' ? 'sms' : undefined
  const gateways = useQuery({
    queryKey: ['set-up', 'gateways'],
    queryFn: soundApi.gateways,
    enabled: gates !== undefined,
  })
  switch (from) {
    case 'roles':
      return (['agent', 'supervisor', 'quality', 'administrator'] as const).map((r) => ({
        value: r,
        label: t(`words.role.${r}`),
      }))
    case 'languages':
      return languages.map((l) => ({ value: l.code, label: l.name }))
    case 'phones':
      return (['browser', 'sip', 'outside'] as const).map((p) => ({ value: p, label: t(`words.phone.${p}`) }))
    case 'trunkKinds':
      return [
        { value: 'address', label: t('admin.kindAddress') },
        { value: 'registration', label: t('admin.kindRegistration') },
        { value: 'certificate', label: t('admin.kindCertificate') },
      ]
    case 'formats':
      return [
        { value: 'digits', label: t('admin.formatDigits') },
        { value: 'national', label: t('admin.formatNational') },
      ]
    case 'blockedAnswers':
      return [
        { value: 'busy', label: t('admin.answerBusy') },
        { value: 'unavailable', label: t('admin.answerUnavailable') },
        { value: 'unwanted', label: t('admin.answerUnwanted') },
      ]
    case 'closingActs':
      return [
        { value: 'callback', label: t('admin.doCallback') },
        { value: 'queue', label: t('admin.doQueue') },
        { value: 'flow', label: t('admin.doFlow') },
        { value: 'voicemail', label: t('admin.doVoicemail') },
        { value: 'outside', label: t('admin.doOutside') },
        { value: 'hang_up', label: t('admin.doHangUp') },
      ]
    case 'strategies':
      return [
        { value: 'longest_idle', label: t('routing.longestIdle') },
        { value: 'least_handled', label: t('routing.leastHandled') },
        { value: 'round_robin', label: t('routing.roundRobin') },
        { value: 'by_level', label: t('routing.byLevel') },
        { value: 'random', label: t('routing.random') },
      ]
    case 'onePer':
      return [
        { value: 'queue', label: t('admin.onePerQueue') },
        { value: 'project', label: t('admin.onePerProject') },
        { value: 'any', label: t('admin.onePerAny') },
      ]
    case 'recordingFormats':
      return [
        { value: 'opus', label: 'Opus' },
        { value: 'wav', label: 'WAV' },
      ]
    case 'emailGateways':
    case 'smsGateways': {
      const names = (gateways.data ?? []).filter((g) => g.carries === gates).map((g) => g.name)
      return [...names, ...(now === '' || names.includes(now) ? [] : [now])].map((n) => ({ value: n, label: n }))
    }
    case 'alertKinds':
      return alertKinds.map((k) => ({ value: k, label: t(`alertRules.kinds.${k}`) }))
    case 'alertServices':
      return alertServices.map((s) => ({ value: s, label: t(`alertRules.services.${s}`) }))
    case 'codecs':
      return ['PCMU', 'PCMA', 'G722', 'opus'].map((c) => ({ value: c, label: c }))
    case 'phoneEncryptions':
    case 'encryptions':
      return [
        ...(from === 'phoneEncryptions' ? [{ value: 'off', label: t('admin.encryptionNone') }] : []),
        { value: 'sdes', label: t('admin.encryptionSdes') },
        { value: 'dtls', label: t('admin.encryptionDtls') },
      ]
    default: {
      const rows = list.data ?? []
      const fitting =
        from === 'groups'
          ? rows.filter((r) => r.parentId === '' && r.projectId === project && r.id !== self)
          : rows.filter((r) => from !== 'queueKeys' || r.id !== self)
      return fitting
        .map((r) => ({ value: from?.endsWith('Keys') === true ? String(r.key) : r.id, label: title(r, language) }))
        .toSorted((a, b) => a.label.localeCompare(b.label, language))
    }
  }
}

interface Props {
  field: Field
  value: unknown
  fault: string | undefined
  kind: Editable
  id: string
  project: string
  /** Of a queue: ids of who serves it. */
  agents: readonly string[]
  onChange(value: unknown): void
}

/** The control a field is written with. */
export function Input({ field, value, fault, id, project, agents, onChange }: Props) {
  const t = useT()
  const choices = useChoices(field, id, project, String(value ?? ''))
  const hint = field.kind === 'password' && id === 'new' ? 'admin.passwordNew' : field.hint
  const common = {
    label: t(field.label),
    error: fault,
    required: field.required === true,
    inputWrapperOrder: ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[],
    'data-testid': `field-${field.name}`,
    ...(hint === undefined ? {} : { description: t(hint) }),
  }
  const unit = field.kind === 'seconds' ? 1000 : field.kind === 'minutes' ? 60_000 : 1
  switch (field.kind) {
    case 'text':
      return (
        <TextInput
          {...common}
          value={String(value ?? '')}
          autoComplete="off"
          onChange={(e) => onChange(e.currentTarget.value)}
        />
      )
    case 'password':
      return (
        <PasswordInput
          {...common}
          value={String(value ?? '')}
          autoComplete="new-password"
          visibilityToggleButtonProps={{ 'aria-label': t('common.show') }}
          onChange={(e) => onChange(e.currentTarget.value)}
        />
      )
    case 'number':
    case 'seconds':
    case 'minutes':
      return (
        <NumberInput
          {...common}
          value={Number(value ?? 0) / unit}
          min={0}
          clampBehavior="none"
          onChange={(v) => onChange(Math.round(Number(v) * unit))}
        />
      )
    case 'check':
      return (
        <Checkbox
          label={common.label}
          description={common.description}
          error={fault}
          checked={value === true}
          onChange={(e) => onChange(e.currentTarget.checked)}
          data-testid={common['data-testid']}
        />
      )
    case 'choice': {
      const empty = field.empty === undefined ? [] : [{ value: '', label: t(field.empty) }]
      return (
        <Select
          {...common}
          data={[...empty, ...choices]}
          value={String(value ?? '')}
          allowDeselect={false}
          searchable={choices.length > 8}
          onChange={(v) => onChange(v ?? '')}
          placeholder={field.from === 'flows' && choices.length === 0 ? t('admin.noFlows') : t('desk.chooseGroup')}
        />
      )
    }
    case 'several':
      return (
        <MultiSelect
          {...common}
          data={choices}
          value={((value ?? []) as string[]).map(String)}
          searchable
          hidePickedOptions
          onChange={onChange}
        />
      )
    case 'voices':
      return <Voices value={(value ?? []) as ProjectVoice[]} fault={fault} id={id} onChange={onChange} />
    case 'recognizers':
      return <Recognizers value={(value ?? []) as ProjectRecognizer[]} fault={fault} id={id} onChange={onChange} />
    case 'levels':
      return <SkillLevels value={(value ?? []) as SkillLevel[]} fault={fault} onChange={onChange} />
    case 'needs':
      return <Needs value={(value ?? []) as SkillNeed[]} agents={agents} fault={fault} onChange={onChange} />
    case 'overflow':
      return <Overflow value={(value ?? []) as QueueOverflow[]} self={id} fault={fault} onChange={onChange} />
    case 'lines':
      return (
        <Textarea
          {...common}
          autosize
          minRows={2}
          value={((value ?? []) as string[]).join('\n')}
          onChange={(e) => onChange(e.currentTarget.value.split('\n').map((l) => l.trim()))}
          onBlur={() => onChange(((value ?? []) as string[]).filter((l) => l !== ''))}
        />
      )
  }
}
