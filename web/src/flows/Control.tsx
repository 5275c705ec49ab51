import { ActionIcon, Checkbox, NumberInput, Select } from '@mantine/core'
import { useEffect, useMemo, useState } from 'react'
import { useApp, useLanguage } from '../app/hooks.tsx'
import { languages, wordFor } from '../i18n/language.ts'
import { named } from '../parts/names.ts'
import { Icon } from '../ui/Icon.tsx'
import { api } from '../wire/api.ts'
import { type Choice, useF, useHere, useKeys, useRows } from './context.tsx'
import { ExpressionField, JsonField } from './ExpressionControls.tsx'
import classes from './flows.module.css'
import { AssignField, LabelsField, TemplatesField, VariableField, WaysField } from './ListControls.tsx'
import { type FlowNode, keypad, offerOf, type Param } from './program.ts'
import { type FieldProps, shown, TemplateField, TextField } from './TextControls.tsx'

interface Props extends FieldProps {
  param: Param
  node: FlowNode
  value: unknown
  onChange(value: unknown): void
}

const orAbsent = (v: unknown) => (v === '' ? undefined : v)

/** One of a list; what it is now stays there even if the list does not know it. */
function OneOf({
  param,
  value,
  choices,
  onChange,
  ...field
}: FieldProps & {
  param: Param
  value: unknown
  choices: (Choice | { group: string; items: Choice[] })[]
  onChange(v: unknown): void
}) {
  const t = useF()
  const flat = choices.flatMap((c) => ('items' in c ? c.items : [c]))
  const now = value === undefined || value === null ? '' : String(value)
  const unknown = now !== '' && !flat.some((c) => c.value === now) ? [{ value: now, label: now }] : []
  const meaning = param.default === undefined ? t('flow.notSet') : t('flow.defaultIs', { value: String(param.default) })
  const none = param.required === true ? [] : [{ value: '', label: meaning }]
  return (
    <Select
      {...shown(field)}
      data={[...none, ...unknown, ...choices]}
      value={now === '' && param.required === true ? null : now}
      onChange={(v) => onChange(orAbsent(v ?? ''))}
      searchable
      selectFirstOptionOnChange
      allowDeselect={false}
      placeholder={meaning}
      data-testid={`param-${param.name}`}
    />
  )
}

function PromptField({ param, value, onChange, ...field }: Omit<Props, 'node'>) {
  const t = useF()
  const { table } = useHere()
  const own = useRows('prompts')
  const choices = useMemo(() => {
    const mine = own.map((p) => {
      const spoken = [...new Set([...Object.keys(p.audio ?? {}), ...Object.keys(p.texts ?? {})])]
      return { value: p.key, label: spoken.length === 0 ? p.key : `${p.key} (${spoken.join(', ')})` }
    })
    const keys = new Set(mine.map((m) => m.value))
    const shipped = table.prompts.filter((k) => !keys.has(k) && !/^position_\d+$/.test(k))
    return [
      { group: t('flow.own'), items: mine },
      { group: t('flow.shipped'), items: shipped.map((k) => ({ value: k, label: k })) },
    ].filter((g) => g.items.length > 0)
  }, [own, table, t])
  const chosen = value ?? param.default
  return (
    <div className={classes.wayField}>
      <div>
        <OneOf {...field} param={param} value={value} choices={choices} onChange={onChange} />
      </div>
      {typeof chosen === 'string' && chosen !== '' && <Listen prompt={chosen} />}
    </div>
  )
}

/** Plays the prompt in the language of who listens, until it ends or the button is pressed again. */
function Listen({ prompt }: { prompt: string }) {
  const t = useF()
  const language = useLanguage()
  const app = useApp()
  const [sound, setSound] = useState<HTMLAudioElement | null>(null)
  useEffect(() => () => sound?.pause(), [sound])
  const play = () => {
    if (sound !== null) {
      setSound(null)
      return
    }
    const next = new Audio(api.promptSound(prompt, language))
    next.onended = () => setSound(null)
    next.play().catch((problem: Error) => {
      if (problem.name === 'AbortError') return // stopped before it began
      setSound(null)
      app.toast(wordFor(t, 'errors', 'not_found'), { tone: 'bad' })
    })
    setSound(next)
  }
  return (
    <ActionIcon
      variant="default"
      size={36}
      aria-label={`${t('flow.listen')}: ${prompt}`}
      aria-pressed={sound !== null}
      onClick={play}
    >
      <Icon name={sound === null ? 'play' : 'pause'} size={16} />
    </ActionIcon>
  )
}

function KeyField({ kind, ...props }: Omit<Props, 'node'> & { kind: 'queues' | 'hours' | 'flows' }) {
  return <OneOf {...props} choices={useKeys(kind)} />
}

/** A plug-in, or one of the things it offers. */
function PluginField(props: Props) {
  const { kinds } = useHere()
  const language = useLanguage()
  const offers = kinds.get(props.node.kind)?.offers ?? []
  const choices =
    props.param.type === 'plugin'
      ? [...new Map(offers.map((o) => [o.plugin, { value: o.plugin, label: o.name }])).values()]
      : offers
          .filter((o) => o.plugin === props.node.plugin)
          .map((o) => ({ value: o.kind, label: named(o.label, language) || o.kind }))
  return <OneOf {...props} choices={choices} />
}

/** The parameters of what a plug-in offers, each with its own name; of one that is not known, as texts by name. */
function GivenField(props: Props) {
  const { node, value, onChange, ...field } = props
  const { kinds } = useHere()
  const language = useLanguage()
  const offer = offerOf(kinds.get(node.kind), node)
  if (offer === undefined) return <TemplatesField {...field} value={value} onChange={onChange} />
  const all = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  const put = (name: string, text: unknown) => {
    const { [name]: _, ...rest } = all
    const next = text === undefined || text === '' ? rest : { ...rest, [name]: text }
    onChange(Object.keys(next).length === 0 ? undefined : next)
  }
  const parameters = offer.parameters ?? []
  const strange = Object.keys(all).filter((name) => !parameters.some((p) => p.name === name))
  if (parameters.length === 0 && strange.length === 0) return null
  return (
    <fieldset className={classes.items} data-testid="param-with">
      <legend className={classes.label}>{field.label}</legend>
      {field.error !== undefined && <p className={classes.wrong}>{field.error}</p>}
      {parameters.map((p) => {
        const label = named(p.label ?? {}, language) || p.name
        const text = typeof all[p.name] === 'string' ? (all[p.name] as string) : ''
        const param: Param = { ...p, type: 'choice', doc: '', required: p.required === true }
        return p.type === 'choice' || p.type === 'boolean' ? (
          <OneOf
            key={p.name}
            param={param}
            label={label}
            required={p.required === true}
            value={text}
            choices={(p.type === 'boolean' ? ['true', 'false'] : (p.options ?? [])).map((o) => ({
              value: o,
              label: o,
            }))}
            onChange={(v) => put(p.name, v)}
          />
        ) : (
          <TemplateField
            key={p.name}
            label={label}
            required={p.required === true}
            value={text}
            onChange={(v) => put(p.name, v)}
          />
        )
      })}
      {strange.map((name) => (
        <TemplateField key={name} label={name} value={String(all[name])} onChange={(v) => put(name, v)} />
      ))}
    </fieldset>
  )
}

/** The control of a parameter, chosen by its type in the server's table. */
export function Control(props: Props) {
  const { param, node, value, onChange, ...field } = props
  const t = useF()
  const { table } = useHere()
  const text = typeof value === 'string' ? value : ''
  const say = (v: string) => onChange(v === '' ? undefined : v)
  switch (param.type) {
    case 'prompt':
      return <PromptField {...props} />
    case 'queue':
      return <KeyField kind="queues" {...props} />
    case 'hours':
      return <KeyField kind="hours" {...props} />
    case 'flow':
      return <KeyField kind="flows" {...props} />
    case 'plugin':
    case 'offer':
      return <PluginField {...props} />
    case 'language': {
      const choices = table.languages.map((code) => ({
        value: code,
        label: languages.find((l) => l.code === code)?.name ?? code,
      }))
      return <OneOf {...props} choices={choices} />
    }
    case 'choice':
      return <OneOf {...props} choices={(param.options ?? []).map((o) => ({ value: o, label: o }))} />
    case 'text':
      return <TextField {...field} value={value} onChange={onChange} />
    case 'template':
      return <TemplateField {...field} value={text} onChange={say} />
    case 'seconds':
    case 'integer':
      return (
        <NumberInput
          {...shown(field)}
          value={typeof value === 'number' ? value : ''}
          allowDecimal={param.type === 'seconds'}
          clampBehavior="none"
          {...(param.min === undefined ? {} : { min: param.min })}
          {...(param.max === undefined ? {} : { max: param.max })}
          {...(param.default === undefined ? {} : { placeholder: String(param.default) })}
          onChange={(v) => onChange(v === '' ? undefined : Number(v))}
        />
      )
    case 'boolean':
      return (
        <Checkbox
          label={field.label}
          description={field.description}
          error={field.error}
          checked={(value ?? param.default) === true}
          onChange={(e) =>
            onChange(e.currentTarget.checked === (param.default ?? false) ? undefined : e.currentTarget.checked)
          }
        />
      )
    case 'expression':
      return <ExpressionField {...field} value={text} yields={param.yields ?? ''} onChange={say} />
    case 'variable':
      return (
        <VariableField
          {...field}
          value={text}
          yields={param.yields ?? ''}
          hidden={param.hidden === true}
          onChange={say}
        />
      )
    case 'assign':
      return <AssignField {...field} value={value} onChange={onChange} />
    case 'templates':
      if (node.kind === 'plugin') return <GivenField {...props} />
      return <TemplatesField {...field} value={value} onChange={onChange} />
    case 'cases':
    case 'shares':
      return <WaysField {...field} value={value} shares={param.type === 'shares'} onChange={onChange} />
    case 'labels': {
      const keys = keypad.filter((k) => node.edges?.[k] !== undefined)
      return <LabelsField {...field} value={value} keys={keys} onChange={onChange} />
    }
    default:
      return <JsonField {...field} label={field.label || t('flow.value')} value={value} onChange={onChange} />
  }
}
