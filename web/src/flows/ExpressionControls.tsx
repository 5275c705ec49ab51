import { ActionIcon, Button, NumberInput, SegmentedControl, Select, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useValue } from '../app/hooks.tsx'
import type { FlowKey } from '../i18n/flows.ts'
import { Icon } from '../ui/Icon.tsx'
import {
  type Operator,
  operatorsFor,
  parseCondition,
  parseValue,
  printCondition,
  printValue,
  type Row,
  typeOfName,
  type Value,
} from './condition.ts'
import { useEditor, useF, useHere, useKeys } from './context.tsx'
import classes from './flows.module.css'
import { type FieldProps, shown } from './TextControls.tsx'

const wordOf: Record<Operator, FlowKey> = {
  '==': 'flow.ops.eq',
  '!=': 'flow.ops.ne',
  '<': 'flow.ops.lt',
  '<=': 'flow.ops.le',
  '>': 'flow.ops.gt',
  '>=': 'flow.ops.ge',
  contains: 'flow.ops.contains',
  startsWith: 'flow.ops.startsWith',
  endsWith: 'flow.ops.endsWith',
  is: 'flow.ops.is',
  not: 'flow.ops.not',
}

/** All names an expression can begin with: variables, facts of the call, states of queues, calendars. */
function useNames(extra: readonly string[]): { group: string; items: string[] }[] {
  const t = useF()
  const { table } = useHere()
  const { program } = useEditor()
  const queues = useKeys('queues')
  const hours = useKeys('hours')
  const has = (name: string) => table.names.some((n) => n.name === name)
  const facts = table.names.filter((n) => n.name.includes('.')).map((n) => n.name)
  const groups = [
    { group: t('flow.variables'), items: Object.keys(program.variables ?? {}) },
    { group: 'call, customer', items: has('now') ? [...facts, 'now()'] : facts },
    {
      group: 'queue',
      items: has('queue')
        ? queues.flatMap((q) => ['waiting', 'longest', 'agents', 'available'].map((f) => `queue("${q.value}").${f}`))
        : [],
    },
    { group: 'open', items: has('open') ? hours.map((h) => `open("${h.value}")`) : [] },
  ]
  const known = new Set(groups.flatMap((g) => g.items))
  const others = [...new Set(extra.filter((e) => e !== '' && !known.has(e)))]
  return [...groups, { group: '…', items: others }].filter((g) => g.items.length > 0)
}

function NameSelect({ label, value, onChange }: { label: string; value: string; onChange(value: string): void }) {
  const names = useNames([value])
  return (
    <Select
      size="xs"
      aria-label={label}
      placeholder={label}
      data={names}
      value={value === '' ? null : value}
      onChange={(v) => v !== null && onChange(v)}
      searchable
      selectFirstOptionOnChange
      allowDeselect={false}
    />
  )
}

/** A value written out, or the name of one. */
function ValueField({
  label,
  value,
  type,
  onChange,
}: {
  label: string
  value: Value
  type: string
  onChange(v: Value): void
}) {
  const t = useF()
  const first = useNames([])[0]?.items[0] ?? 'call.number'
  const named = value.type === 'name'
  const wanted = type === 'number' || type === 'boolean' || type === 'text' ? type : value.type
  return (
    <div className={classes.pair}>
      <Select
        size="xs"
        aria-label={`${label}: ${t('flow.type')}`}
        data={[
          { value: 'value', label: t('flow.value') },
          { value: 'name', label: t('flow.variable') },
        ]}
        value={named ? 'name' : 'value'}
        allowDeselect={false}
        onChange={(mode) =>
          onChange(
            mode === 'name'
              ? { type: 'name', value: first }
              : {
                  type: wanted === 'name' ? 'text' : (wanted as Value['type']),
                  value: wanted === 'boolean' ? 'true' : '',
                },
          )
        }
      />
      {named ? (
        <NameSelect label={label} value={value.value} onChange={(v) => onChange({ type: 'name', value: v })} />
      ) : wanted === 'number' ? (
        <NumberInput
          size="xs"
          aria-label={label}
          value={value.value}
          onChange={(v) => onChange({ type: 'number', value: String(v) })}
        />
      ) : wanted === 'boolean' ? (
        <Select
          size="xs"
          aria-label={label}
          data={[
            { value: 'true', label: t('flow.yes') },
            { value: 'false', label: t('flow.no') },
          ]}
          value={value.value}
          allowDeselect={false}
          onChange={(v) => onChange({ type: 'boolean', value: v ?? 'true' })}
        />
      ) : (
        <TextInput
          size="xs"
          aria-label={label}
          placeholder={label}
          value={value.value}
          onChange={(e) => onChange({ type: 'text', value: e.currentTarget.value })}
        />
      )}
    </div>
  )
}

const fresh = (type: string): Value =>
  type === 'time'
    ? { type: 'name', value: 'now()' }
    : { type: type === 'number' ? 'number' : 'text', value: type === 'number' ? '0' : '' }

function Rows({ text, label, onChange }: { text: string; label: string; onChange(text: string): void }) {
  const t = useF()
  const { editor } = useHere()
  const variables = useValue(editor.state).program.variables ?? {}
  const condition = parseCondition(text) ?? { join: 'and' as const, rows: [] }
  const { rows, join } = condition
  const put = (next: Row[], how = join) => onChange(printCondition({ join: how, rows: next }))
  const change = (i: number, row: Row) => put(rows.with(i, row))
  const leftChosen = (row: Row, left: string): Row => {
    const type = typeOfName(left, variables)
    const operators = operatorsFor(type)
    const operator = operators.includes(row.operator) ? row.operator : (operators[0] ?? '==')
    return { left, operator, right: typeOfName(row.left, variables) === type ? row.right : fresh(type) }
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset brings its own looks
    <div className={classes.stack} role="group" aria-label={label}>
      {rows.length > 1 && (
        <SegmentedControl
          size="xs"
          aria-label={label}
          value={join}
          onChange={(v) => put(rows, v as 'and' | 'or')}
          data={[
            { value: 'and', label: t('flow.allTrue') },
            { value: 'or', label: t('flow.oneTrue') },
          ]}
        />
      )}
      {rows.map((row, i) => {
        const type = typeOfName(row.left, variables)
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows have no names of their own
          <div key={i} className={classes.row}>
            <NameSelect label={t('flow.left')} value={row.left} onChange={(left) => change(i, leftChosen(row, left))} />
            <Select
              size="xs"
              aria-label={t('flow.operator')}
              data={operatorsFor(type).map((o) => ({ value: o, label: t(wordOf[o]) }))}
              value={row.operator}
              allowDeselect={false}
              onChange={(o) => {
                const unary = o === 'is' || o === 'not'
                const was = row.operator === 'is' || row.operator === 'not'
                change(i, { ...row, operator: (o ?? '==') as Operator, right: was && !unary ? fresh(type) : row.right })
              }}
            />
            {row.operator !== 'is' && row.operator !== 'not' && (
              <ValueField
                label={t('flow.right')}
                value={row.right}
                type={type}
                onChange={(right) => change(i, { ...row, right })}
              />
            )}
            <ActionIcon
              variant="subtle"
              aria-label={t('flow.removeItem')}
              onClick={() => put(rows.filter((_, k) => k !== i))}
            >
              <Icon name="cross" size={14} />
            </ActionIcon>
          </div>
        )
      })}
      <AddRow onAdd={(left) => put([...rows, leftChosen({ left: '', operator: '==', right: fresh('text') }, left)])} />
    </div>
  )
}

/** A row begins with what it compares: without it the expression would not read back. */
function AddRow({ onAdd }: { onAdd(left: string): void }) {
  const t = useF()
  const names = useNames([])
  return (
    <Select
      size="xs"
      aria-label={t('flow.addRow')}
      placeholder={t('flow.addRow')}
      leftSection={<Icon name="plus" size={14} />}
      data={names}
      value={null}
      onChange={(v) => v !== null && onAdd(v)}
      searchable
      selectFirstOptionOnChange
    />
  )
}

/** An expression: rows or one value first, text for what they cannot say. */
export function ExpressionField({
  value,
  yields,
  onChange,
  ...field
}: FieldProps & { value: string; yields: string; onChange(value: string): void }) {
  const t = useF()
  const condition = yields === 'boolean'
  const simple = condition ? parseCondition(value) !== null : value === '' || parseValue(value) !== null
  const [asText, setAsText] = useState(!simple)
  const text = asText || !simple
  const one = parseValue(value) ?? (yields === 'number' ? fresh('number') : fresh('text'))
  return (
    <div className={classes.stack}>
      <div className={classes.labelRow}>
        <span className={classes.label}>
          {field.label}
          {field.required === true && ' *'}
        </span>
        <Button
          variant="subtle"
          size="compact-xs"
          disabled={text && !simple}
          title={text && !simple ? t('flow.cannotBuild') : undefined}
          onClick={() => setAsText(!text)}
        >
          {text ? t('flow.builder') : t('flow.asText')}
        </Button>
      </div>
      {text ? (
        <Textarea
          aria-label={field.label}
          autosize
          minRows={1}
          maxRows={6}
          spellCheck={false}
          classNames={{ input: classes.mono ?? '' }}
          placeholder={t('flow.expressionHint')}
          value={value}
          error={field.error !== undefined}
          onChange={(e) => onChange(e.currentTarget.value)}
        />
      ) : condition ? (
        <Rows text={value} label={field.label} onChange={onChange} />
      ) : (
        <ValueField label={field.label} value={one} type={yields} onChange={(v) => onChange(printValue(v))} />
      )}
      {field.description !== undefined && field.description !== '' && (
        <p className={classes.quiet}>{field.description}</p>
      )}
      {field.error !== undefined && <p className={classes.wrong}>{field.error}</p>}
    </div>
  )
}

/** JSON for parameters this client has no control for yet. */
export function JsonField({
  value,
  onChange,
  ...field
}: FieldProps & { value: unknown; onChange(value: unknown): void }) {
  const t = useF()
  const [text, setText] = useState(value === undefined ? '' : JSON.stringify(value, null, 2))
  const [bad, setBad] = useState(false)
  const put = (next: string) => {
    setText(next)
    try {
      onChange(next.trim() === '' ? undefined : JSON.parse(next))
      setBad(false)
    } catch {
      setBad(true)
    }
  }
  return (
    <Textarea
      {...shown({
        ...field,
        label: `${field.label} (${t('flow.json')})`,
        error: bad ? t('flow.badJson') : field.error,
      })}
      autosize
      minRows={2}
      maxRows={12}
      spellCheck={false}
      classNames={{ input: classes.mono ?? '' }}
      value={text}
      onChange={(e) => put(e.currentTarget.value)}
    />
  )
}
