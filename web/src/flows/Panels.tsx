import { ActionIcon, Button, Checkbox, Select, Textarea, TextInput, UnstyledButton } from '@mantine/core'
import { useState } from 'react'
import { flowWord } from '../i18n/flows.ts'
import { Icon } from '../ui/Icon.tsx'
import { Mark } from '../ui/Mark.tsx'
import { useEditor, useF, useHere } from './context.tsx'
import type { Difference } from './difference.ts'
import type { Problem } from './editor.ts'
import classes from './flows.module.css'
import { canName, setVariable, usesOf, type Variable } from './program.ts'
import { flowField, kindName, paramName, problemText, wayName } from './words.ts'

/** What holds for the whole flow: how it starts, its channels, its variables. */
export function FlowPanel() {
  const t = useF()
  const { editor } = useHere()
  const { program, problems } = useEditor()
  const channels = program.channels ?? ['voice']
  const own = problems.filter((p) => !p.node)
  return (
    <div className={classes.inspector} data-testid="flow-panel">
      <h2 className={classes.paneTitle}>{t('flow.theFlow')}</h2>
      {own.map((p) => (
        <p key={`${p.field} ${p.text}`} className={classes.wrong}>
          {p.field}: {problemText(t, p)}
        </p>
      ))}
      <Select
        label={t('flow.startStep')}
        data={Object.entries(program.nodes).map(([id, n]) => ({ value: id, label: `${id} · ${kindName(t, n.kind)}` }))}
        value={program.nodes[program.start] === undefined ? null : program.start}
        allowDeselect={false}
        searchable
        selectFirstOptionOnChange
        onChange={(id) => id !== null && editor.change({ ...program, start: id })}
      />
      <fieldset className={classes.items}>
        <legend className={classes.label}>{t('flow.channels')}</legend>
        {[...new Set(['voice', 'chat', 'none', ...channels])].map((c) => (
          <Checkbox
            key={c}
            label={flowWord(t, 'channel', c) ?? c}
            checked={channels.includes(c)}
            onChange={(e) => {
              const next = e.currentTarget.checked ? [...channels, c] : channels.filter((o) => o !== c)
              if (next.length > 0) editor.change({ ...program, channels: next })
            }}
          />
        ))}
      </fieldset>
      <Textarea
        label={t('flow.comment')}
        description={t('flow.commentHint')}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        autosize
        minRows={1}
        maxRows={6}
        value={program.comment ?? ''}
        onChange={(e) => {
          const { comment: _, ...rest } = program
          const text = e.currentTarget.value
          editor.change(text === '' ? (rest as typeof program) : { ...program, comment: text }, 'comment')
        }}
      />
      <h3 className={classes.groupTitle}>{t('flow.variables')}</h3>
      <p className={classes.quiet}>{t('flow.noVariables')}</p>
      {Object.entries(program.variables ?? {}).map(([name, v]) => (
        <OneVariable key={name} name={name} variable={v} />
      ))}
      <NewVariable />
    </div>
  )
}

function NewVariable() {
  const t = useF()
  const { editor } = useHere()
  const { program } = useEditor()
  const [name, setName] = useState('')
  const good = canName(program, name)
  return (
    <form
      className={classes.pairEnd}
      onSubmit={(e) => {
        e.preventDefault()
        if (!good) return
        editor.change(setVariable(program, name, { type: 'text' }))
        setName('')
      }}
    >
      <TextInput
        size="xs"
        label={t('flow.newVariable')}
        value={name}
        error={name !== '' && !good ? t('flow.variableHint') : undefined}
        onChange={(e) => setName(e.currentTarget.value)}
      />
      <Button size="xs" type="submit" variant="default" disabled={!good}>
        {t('flow.create')}
      </Button>
    </form>
  )
}

/** A start value as typed becomes one of the type; what does not fit stays text, and the check says so. */
function startValue(text: string, type: string): unknown {
  if (text === '') return undefined
  if (type === 'number' && text.trim() !== '' && Number.isFinite(Number(text))) return Number(text)
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  return text
}

function OneVariable({ name, variable }: { name: string; variable: Variable }) {
  const t = useF()
  const { editor, table } = useHere()
  const { program } = useEditor()
  const uses = usesOf(program, name)
  const put = (part: Partial<Variable>) => {
    const next = Object.fromEntries(
      Object.entries({ ...variable, ...part }).filter(([, v]) => v !== undefined && v !== false),
    ) as unknown as Variable
    if (part.default === false) next.default = false
    editor.change(setVariable(program, name, next), `variable.${name}`)
  }
  const start =
    variable.default === undefined
      ? ''
      : typeof variable.default === 'string'
        ? variable.default
        : JSON.stringify(variable.default)
  return (
    <fieldset className={classes.items} data-testid={`variable-${name}`}>
      <legend className={classes.label}>
        <code>{name}</code>
      </legend>
      <div className={classes.pair}>
        <Select
          size="xs"
          label={t('flow.type')}
          data={table.types.map((type) => ({ value: type, label: flowWord(t, 'types', type) ?? type }))}
          value={variable.type}
          allowDeselect={false}
          onChange={(type) => type !== null && put({ type, default: startValue(start, type) })}
        />
        <TextInput
          size="xs"
          label={t('flow.startsAs')}
          value={start}
          onChange={(e) => put({ default: startValue(e.currentTarget.value, variable.type) })}
        />
      </div>
      {(['secret', 'input', 'output'] as const).map((flag) => (
        <Checkbox
          key={flag}
          size="xs"
          label={t(`flow.${flag}`)}
          checked={variable[flag] === true}
          onChange={(e) => put({ [flag]: e.currentTarget.checked })}
        />
      ))}
      <div className={classes.buttons}>
        {uses.length > 0 && (
          <span className={classes.quiet}>
            {t('flow.usedIn')}:{' '}
            {uses.map((id) => (
              <UnstyledButton key={id} className={classes.link} onClick={() => editor.select([id])}>
                {id}
              </UnstyledButton>
            ))}
          </span>
        )}
        <ActionIcon
          variant="subtle"
          disabled={uses.length > 0}
          aria-label={`${t('flow.removeItem')}: ${name}`}
          title={uses.length > 0 ? t('flow.stillUsed') : undefined}
          onClick={() => editor.change(setVariable(program, name, undefined))}
        >
          <Icon name="trash" size={14} />
        </ActionIcon>
      </div>
    </fieldset>
  )
}

/** All that is wrong; each leads to its node and field. */
export function ProblemsPanel({ onOpen }: { onOpen(p: Problem): void }) {
  const t = useF()
  const { kinds } = useHere()
  const { problems, checked, program } = useEditor()
  return (
    <div className={classes.inspector} data-testid="problems-panel">
      <h2 className={classes.paneTitle}>{t('flow.problems')}</h2>
      {!checked && <p className={classes.quiet}>{t('flow.checking')}</p>}
      {checked && problems.length === 0 && (
        <Mark tone="good" icon="check">
          {t('flow.noProblems')}
        </Mark>
      )}
      <ul className={classes.problemList}>
        {problems.map((p) => {
          const node = program.nodes[p.node ?? '']
          const kind = node === undefined ? undefined : kinds.get(node.kind)
          const way = p.field === 'next' ? 'next' : p.field?.startsWith('edges.') ? p.field.slice(6) : ''
          const where =
            way !== ''
              ? wayName(t, kind, way)
              : node !== undefined && p.field
                ? paramName(t, node.kind, p.field)
                : p.field
          return (
            <li key={`${p.node} ${p.field} ${p.text}`}>
              <UnstyledButton className={classes.problem} onClick={() => onOpen(p)}>
                <b>{p.node || t('flow.theFlow')}</b>
                {where ? ` · ${where}` : ''}
                <span className={classes.problemText} data-warning={p.warning === true}>
                  {problemText(t, p)}
                </span>
                {p.warning === true && (
                  <Mark tone="warning" icon="warn">
                    {t('flow.warning')}
                  </Mark>
                )}
              </UnstyledButton>
            </li>
          )
        })}
      </ul>
    </div>
  )
}

/** A value as people read it: tests by their names, all else as it is written. */
function said(field: string, v: unknown): string {
  if (typeof v === 'string') return v
  if (field === 'tests' && Array.isArray(v)) return v.map((s: { name?: unknown }) => String(s?.name ?? '')).join(', ')
  return JSON.stringify(v)
}

/** In what two programs differ, by step and field. */
export function Differences({ all, labels }: { all: readonly Difference[]; labels?: { was: string; is: string } }) {
  const t = useF()
  const { kinds } = useHere()
  const { program } = useEditor()
  if (all.length === 0) return <p className={classes.quiet}>{t('flow.noDifference')}</p>
  const words = labels ?? { was: t('flow.was'), is: t('flow.is') }
  return (
    <>
      <p className={classes.quiet}>{t('flow.changeCount', { count: all.length })}</p>
      <ul className={classes.differences}>
        {all.map((d) => {
          const name = program.nodes[d.node]?.kind ?? (d.is as { kind?: string } | undefined)?.kind ?? ''
          const way = d.field === 'next' ? 'next' : d.field.startsWith('edges.') ? d.field.slice(6) : ''
          const field =
            way !== ''
              ? wayName(t, kinds.get(name), way)
              : d.field === ''
                ? ''
                : d.node === ''
                  ? flowField(t, d.field)
                  : paramName(t, name, d.field)
          const whole = d.field === '' && d.node !== ''
          return (
            <li key={`${d.node} ${d.field}`}>
              <b>{d.node === '' ? t('flow.theFlow') : d.node}</b>
              {field === '' ? '' : ` · ${field}`}
              {whole ? (
                <span> · {d.was === undefined ? t('flow.new') : t('flow.gone')}</span>
              ) : (
                <>
                  {d.was !== undefined && (
                    <div>
                      <span className={classes.quiet}>{words.was}</span>{' '}
                      <del>{said(d.node === '' ? d.field : '', d.was)}</del>
                    </div>
                  )}
                  {d.is !== undefined && (
                    <div>
                      <span className={classes.quiet}>{words.is}</span>{' '}
                      <ins>{said(d.node === '' ? d.field : '', d.is)}</ins>
                    </div>
                  )}
                </>
              )}
            </li>
          )
        })}
      </ul>
    </>
  )
}
