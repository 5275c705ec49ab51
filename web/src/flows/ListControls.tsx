import { ActionIcon, Button, NumberInput, Select, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { Icon } from '../ui/Icon.tsx'
import { useEditor, useF, useHere } from './context.tsx'
import { ExpressionField } from './ExpressionControls.tsx'
import classes from './flows.module.css'
import { canName, freeName, setVariable } from './program.ts'
import { type FieldProps, shown, TemplateField, TextField } from './TextControls.tsx'

type Texts = Record<string, string>

const object = <T,>(v: unknown): Record<string, T> =>
  typeof v === 'object' && v !== null && !Array.isArray(v) ? (v as Record<string, T>) : {}

/** A list under its label: items with a cross, and how to add one. */
function Items({ field, children, add }: { field: FieldProps; children: ReactNode; add: ReactNode }) {
  return (
    <fieldset className={classes.items}>
      <legend className={classes.label}>
        {field.label}
        {field.required === true && ' *'}
      </legend>
      {field.description !== undefined && <p className={classes.quiet}>{field.description}</p>}
      {children}
      {add}
      {field.error !== undefined && <p className={classes.wrong}>{field.error}</p>}
    </fieldset>
  )
}

function Cross({ name, onClick }: { name: string; onClick(): void }) {
  const t = useF()
  return (
    <ActionIcon variant="subtle" aria-label={`${t('flow.removeItem')}: ${name}`} onClick={onClick}>
      <Icon name="cross" size={14} />
    </ActionIcon>
  )
}

/** The variable that is set; a new one can be made on the spot. */
export function VariableField({
  value,
  yields,
  hidden,
  taken = [],
  onChange,
  ...field
}: FieldProps & {
  value: string
  yields: string
  hidden: boolean
  taken?: readonly string[]
  onChange(value: string): void
}) {
  const t = useF()
  const { editor } = useHere()
  const { program } = useEditor()
  const [making, setMaking] = useState<string | null>(null)
  const variables = Object.entries(program.variables ?? {})
  const fits = variables
    .filter(([, v]) => (yields === '' || v.type === yields || v.type === 'data') && (!hidden || v.secret === true))
    .map(([name]) => name)
    .filter((name) => !taken.includes(name))
  const all = value === '' || fits.includes(value) ? fits : [value, ...fits]
  const make = (name: string) => {
    if (!canName(program, name)) return
    editor.change(
      setVariable(program, name, { type: yields === '' ? 'text' : yields, ...(hidden ? { secret: true } : {}) }),
      'variable',
    )
    setMaking(null)
    onChange(name)
  }
  if (making !== null) {
    return (
      <form
        className={classes.pairEnd}
        onSubmit={(e) => {
          e.preventDefault()
          make(making)
        }}
      >
        <TextInput
          size="xs"
          label={t('flow.variableName')}
          value={making}
          autoFocus
          error={making !== '' && !canName(program, making) ? t('flow.variableHint') : undefined}
          onChange={(e) => setMaking(e.currentTarget.value)}
        />
        <Button size="xs" type="submit" disabled={!canName(program, making)}>
          {t('flow.create')}
        </Button>
      </form>
    )
  }
  const fresh = '+'
  return (
    <Select
      {...shown(field)}
      size="xs"
      data={[
        { group: t('flow.variables'), items: all },
        { group: '+', items: [{ value: fresh, label: t('flow.newVariable') }] },
      ]}
      value={value === '' ? null : value}
      placeholder={t('flow.variable')}
      searchable
      selectFirstOptionOnChange
      clearable={field.required !== true}
      onChange={(v) => {
        if (v === fresh) setMaking(freeName(yields === 'number' ? 'number' : 'answer', (n) => !canName(program, n)))
        else onChange(v ?? '')
      }}
    />
  )
}

/** Variables and the expressions they are set to. */
export function AssignField({
  value,
  onChange,
  ...field
}: FieldProps & { value: unknown; onChange(value: unknown): void }) {
  const t = useF()
  const { editor } = useHere()
  const { program } = useEditor()
  const all = object<string>(value)
  const put = (next: Texts) => onChange(Object.keys(next).length === 0 ? undefined : next)
  return (
    <Items
      field={field}
      add={
        <VariableField
          label={t('flow.addItem')}
          value=""
          yields=""
          hidden={false}
          taken={Object.keys(all)}
          onChange={(name) => {
            const type = editor.state.get().program.variables?.[name]?.type
            if (name !== '') put({ ...all, [name]: type === 'number' ? '0' : type === 'boolean' ? 'true' : '""' })
          }}
        />
      }
    >
      {Object.entries(all).map(([name, text]) => (
        <div key={name} className={classes.item}>
          <ExpressionField
            label={`${name} =`}
            value={String(text)}
            yields={program.variables?.[name]?.type ?? ''}
            onChange={(v) => put({ ...all, [name]: v })}
          />
          <Cross
            name={name}
            onClick={() => {
              const { [name]: _, ...rest } = all
              put(rest)
            }}
          />
        </div>
      ))}
    </Items>
  )
}

/** Names and texts: what is given to another flow, headers, fields of a form. */
export function TemplatesField({
  value,
  onChange,
  ...field
}: FieldProps & { value: unknown; onChange(value: unknown): void }) {
  const t = useF()
  const [name, setName] = useState('')
  const all = object<string>(value)
  const put = (next: Texts) => onChange(Object.keys(next).length === 0 ? undefined : next)
  const add = () => {
    if (name.trim() !== '' && all[name.trim()] === undefined) put({ ...all, [name.trim()]: '' })
    setName('')
  }
  return (
    <Items
      field={field}
      add={
        <div className={classes.pairEnd}>
          <TextInput
            size="xs"
            label={t('flow.name')}
            value={name}
            onChange={(e) => setName(e.currentTarget.value)}
            onKeyDown={(e) => e.key === 'Enter' && add()}
          />
          <Button size="xs" variant="default" onClick={add}>
            {t('flow.addItem')}
          </Button>
        </div>
      }
    >
      {Object.entries(all).map(([key, text]) => (
        <div key={key} className={classes.item}>
          <TemplateField label={key} value={String(text)} onChange={(v) => put({ ...all, [key]: v })} />
          <Cross
            name={key}
            onClick={() => {
              const { [key]: _, ...rest } = all
              put(rest)
            }}
          />
        </div>
      ))}
    </Items>
  )
}

interface Case {
  way: string
  when?: string
  percent?: number
}

/** Ways out with when each is taken, or how often. */
export function WaysField({
  value,
  shares,
  onChange,
  ...field
}: FieldProps & { value: unknown; shares: boolean; onChange(value: unknown): void }) {
  const t = useF()
  const all = (Array.isArray(value) ? value : []) as Case[]
  const put = (next: Case[]) => onChange(next.length === 0 ? undefined : next)
  const used = all.reduce((sum, c) => sum + (Number(c.percent) || 0), 0)
  const add = () => {
    const way = freeName('way1', (name) => all.some((c) => c.way === name))
    put([...all, shares ? { way, percent: Math.max(1, Math.min(50, 100 - used)) } : { way, when: '' }])
  }
  return (
    <Items
      field={field}
      add={
        <Button size="xs" variant="default" leftSection={<Icon name="plus" size={14} />} onClick={add}>
          {t('flow.addItem')}
        </Button>
      }
    >
      {all.map((c, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the name is what is being typed
        <div key={i} className={classes.item}>
          <div className={classes.stack}>
            <TextInput
              size="xs"
              label={t('flow.way')}
              value={c.way}
              onChange={(e) => put(all.with(i, { ...c, way: e.currentTarget.value.replace(/[^A-Za-z0-9_-]/g, '-') }))}
            />
            {shares ? (
              <NumberInput
                size="xs"
                label={t('flow.percent')}
                min={0}
                max={100}
                value={c.percent ?? ''}
                onChange={(v) => put(all.with(i, { ...c, percent: Number(v) }))}
              />
            ) : (
              <ExpressionField
                label={t('flow.when')}
                value={c.when ?? ''}
                yields="boolean"
                onChange={(when) => put(all.with(i, { ...c, when }))}
              />
            )}
          </div>
          <Cross name={c.way} onClick={() => put(all.filter((_, k) => k !== i))} />
        </div>
      ))}
      {shares && <p className={classes.quiet}>{t('flow.rest', { percent: Math.round((100 - used) * 100) / 100 })}</p>}
    </Items>
  )
}

/** What the button of each key says. */
export function LabelsField({
  value,
  keys,
  onChange,
  ...field
}: FieldProps & { value: unknown; keys: readonly string[]; onChange(value: unknown): void }) {
  const t = useF()
  const [open, setOpen] = useState(value !== undefined)
  const all = object<unknown>(value)
  const put = (key: string, text: unknown) => {
    const { [key]: _, ...rest } = all
    const next = text === undefined ? rest : { ...rest, [key]: text }
    onChange(Object.keys(next).length === 0 ? undefined : next)
  }
  return (
    <Items
      field={field}
      add={
        !open && (
          <Button size="xs" variant="default" onClick={() => setOpen(true)}>
            {t('flow.addItem')}
          </Button>
        )
      }
    >
      {open &&
        [...new Set([...keys, ...Object.keys(all)])].map((key) => (
          <TextField key={key} label={t('flow.key', { key })} value={all[key]} onChange={(v) => put(key, v)} />
        ))}
    </Items>
  )
}
