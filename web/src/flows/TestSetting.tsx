import { ActionIcon, Button, Checkbox, NumberInput, Select, TextInput } from '@mantine/core'
import { languages } from '../i18n/language.ts'
import { Icon } from '../ui/Icon.tsx'
import { useEditor, useF, useHere, useKeys } from './context.tsx'
import classes from './flows.module.css'
import own from './rehearsal.module.css'
import {
  type Answer,
  answered,
  answersOf,
  askersOf,
  inputOf,
  inputsOf,
  isMissing,
  pairsOf,
  pairsText,
  personOf,
  queueOf,
  queuesOf,
  setAnswers,
  setInput,
  setMissing,
  setPerson,
  setQueue,
  setWanted,
  typedValue,
  wantedOf,
  written,
} from './setting.ts'
import { Maybe, Typed } from './TestParts.tsx'
import { linesOf, put, type Script } from './tests.ts'

interface Props {
  script: Script
  change(next: Script): void
}

const amount = (v: string | number): number | undefined => (v === '' ? undefined : Math.max(0, Number(v)))

/** What stands around the customer of a test; parts the flow has no use for are not shown. */
export function TestSetting(props: Props) {
  return (
    <>
      <PersonPart {...props} />
      <InputsPart {...props} />
      <QueuesPart {...props} />
      <AnswersPart {...props} />
    </>
  )
}

function PersonPart({ script, change }: Props) {
  const t = useF()
  const { table } = useHere()
  const person = personOf(script)
  return (
    <fieldset className={classes.items}>
      <legend className={classes.label}>{t('flow.who')}</legend>
      <Checkbox
        size="xs"
        label={t('flow.knownCustomer')}
        checked={person !== undefined}
        onChange={(e) => change(setPerson(script, e.currentTarget.checked ? { known: true } : undefined))}
        data-testid="test-customer"
      />
      {person !== undefined && (
        <div className={own.halves}>
          <TextInput
            size="xs"
            label={t('flow.name')}
            value={person.name ?? ''}
            onChange={(e) => change(setPerson(script, { ...person, name: e.currentTarget.value }))}
          />
          <TextInput
            size="xs"
            label={t('flow.param.segment')}
            value={person.segment ?? ''}
            onChange={(e) => change(setPerson(script, { ...person, segment: e.currentTarget.value.trim() }))}
          />
          <Maybe
            label={t('flow.param.language')}
            none={t('flow.notSet')}
            value={person.language}
            data={table.languages.map((code) => ({
              value: code,
              label: languages.find((l) => l.code === code)?.name ?? code,
            }))}
            onChange={(language) => change(setPerson(script, put(person, { language })))}
          />
          <Typed
            label={t('flow.numbers')}
            hint={t('flow.onePerLine')}
            value={(person.numbers ?? []).join('\n')}
            onLeave={(text) => change(setPerson(script, put(person, { numbers: linesOf(text).map((n) => n.trim()) })))}
          />
          <Typed
            label={t('flow.param.fields')}
            hint={t('flow.pairsHint')}
            value={pairsText(person.fields)}
            onLeave={(text) => change(setPerson(script, put(person, { fields: pairsOf(text) })))}
          />
        </div>
      )}
    </fieldset>
  )
}

function InputsPart({ script, change }: Props) {
  const t = useF()
  const { program } = useEditor()
  const names = inputsOf(program)
  if (names.length === 0) return null
  return (
    <fieldset className={classes.items}>
      <legend className={classes.label}>{t('flow.inputs')}</legend>
      <div className={own.halves}>
        {names.map((name) => {
          const type = program.variables?.[name]?.type ?? 'text'
          const value = written(inputOf(script, name))
          return type === 'boolean' ? (
            <Select
              key={name}
              size="xs"
              label={name}
              data={[
                { value: '', label: t('flow.notSet') },
                { value: 'true', label: t('flow.yes') },
                { value: 'false', label: t('flow.no') },
              ]}
              value={value}
              allowDeselect={false}
              onChange={(v) => change(setInput(script, name, typedValue(type, v ?? '')))}
            />
          ) : (
            <Typed
              key={name}
              label={name}
              value={value}
              onLeave={(text) => change(setInput(script, name, typedValue(type, text)))}
              testId={`test-input-${name}`}
            />
          )
        })}
      </div>
    </fieldset>
  )
}

function QueuesPart({ script, change }: Props) {
  const t = useF()
  const { program } = useEditor()
  const names = useKeys('queues')
  const keys = queuesOf(program, script)
  if (keys.length === 0) return null
  return (
    <fieldset className={classes.items}>
      <legend className={classes.label}>{t('flow.queuesThen')}</legend>
      {keys.map((key) => {
        const now = queueOf(script, key)
        const gone = isMissing(script, key)
        const name = names.find((q) => q.value === key)?.label ?? key
        return (
          <div key={key} className={classes.stack}>
            <Checkbox
              size="xs"
              label={t('flow.queueGone', { name })}
              checked={gone}
              onChange={(e) => change(setMissing(script, key, e.currentTarget.checked))}
            />
            {!gone && (
              <div className={own.halves}>
                {(['waiting', 'longest', 'agents', 'available', 'wait'] as const).map((field) => (
                  <NumberInput
                    key={field}
                    size="xs"
                    label={t(`flow.queueState.${field}`)}
                    aria-label={`${name}: ${t(`flow.queueState.${field}`)}`}
                    min={0}
                    value={now[field] ?? ''}
                    onChange={(v) => change(setQueue(script, key, { [field]: amount(v) }))}
                  />
                ))}
              </div>
            )}
          </div>
        )
      })}
    </fieldset>
  )
}

function AnswersPart({ script, change }: Props) {
  const t = useF()
  const { program } = useEditor()
  const steps = askersOf(program, script)
  if (steps.length === 0) return null
  return (
    <fieldset className={classes.items}>
      <legend className={classes.label}>{t('flow.answers')}</legend>
      <p className={classes.quiet}>{t('flow.answersHint')}</p>
      {steps.map((id) => {
        const all = answersOf(script, id)
        const kind = program.nodes[id]?.kind ?? (all[0]?.rows === undefined ? 'http' : 'sql')
        return (
          <div key={id} className={classes.stack}>
            <b>{id}</b>
            {all.map((a, i) => (
              <OneAnswer
                // biome-ignore lint/suspicious/noArrayIndexKey: answers have no name
                key={i}
                name={`${id} ${i + 1}`}
                kind={kind}
                answer={a}
                onChange={(next) => change(setAnswers(script, id, all.with(i, next)))}
                onRemove={() =>
                  change(
                    setAnswers(
                      script,
                      id,
                      all.filter((_, k) => k !== i),
                    ),
                  )
                }
              />
            ))}
            <Button
              size="xs"
              variant="default"
              leftSection={<Icon name="plus" size={14} />}
              aria-label={`${t('flow.addAnswer')}: ${id}`}
              onClick={() => change(setAnswers(script, id, [...all, {}]))}
              data-testid={`add-answer-${id}`}
            >
              {t('flow.addAnswer')}
            </Button>
          </div>
        )
      })}
    </fieldset>
  )
}

function OneAnswer(props: { name: string; kind: string; answer: Answer; onChange(a: Answer): void; onRemove(): void }) {
  const { name, kind, answer, onChange, onRemove } = props
  const t = useF()
  const text = written(kind === 'sql' ? answer.rows : answer.body)
  return (
    <div className={classes.item}>
      <div className={own.halves}>
        <Select
          size="xs"
          label={t('flow.answer.it')}
          aria-label={`${name}: ${t('flow.answer.it')}`}
          data={[
            { value: 'answers', label: t('flow.answer.answers') },
            { value: 'fails', label: t('flow.answer.fails') },
          ]}
          value={answer.fails === true ? 'fails' : 'answers'}
          allowDeselect={false}
          onChange={(v) => onChange(put(answer, { fails: v === 'fails' ? true : undefined }))}
        />
        <NumberInput
          size="xs"
          label={t('flow.after')}
          min={0}
          max={3600}
          value={answer.after ?? ''}
          onChange={(v) => onChange(put(answer, { after: amount(v) }))}
        />
        {answer.fails !== true && kind !== 'sql' && (
          <NumberInput
            size="xs"
            label={t('flow.answer.status')}
            placeholder="200"
            min={100}
            max={599}
            value={answer.status ?? ''}
            onChange={(v) => onChange(put(answer, { status: amount(v) }))}
          />
        )}
        {answer.fails !== true && (
          <Typed
            label={t(kind === 'sql' ? 'flow.answer.rows' : 'flow.answer.body')}
            value={text}
            onLeave={(v) => onChange(answered(answer, kind, v))}
            testId={`answer-${name.replace(' ', '-')}`}
          />
        )}
      </div>
      <ActionIcon variant="subtle" aria-label={`${t('flow.removeItem')}: ${name}`} onClick={onRemove}>
        <Icon name="cross" size={14} />
      </ActionIcon>
    </div>
  )
}

/** What variables hold at the end. */
export function WantedVariables({ script, change }: Props) {
  const t = useF()
  const { program } = useEditor()
  const wanted = wantedOf(script)
  const visible = Object.entries(program.variables ?? {}).filter(([, v]) => v.secret !== true)
  const names = [...new Set([...visible.map(([name]) => name), ...Object.keys(wanted)])]
  if (names.length === 0) return null
  return (
    <fieldset className={classes.items}>
      <legend className={classes.label}>{t('flow.wanted')}</legend>
      <div className={own.halves}>
        {names.map((name) => (
          <TextInput
            key={name}
            size="xs"
            label={name}
            placeholder={t('flow.any')}
            value={wanted[name] ?? ''}
            onChange={(e) => change(setWanted(script, name, e.currentTarget.value))}
            data-testid={`wanted-${name}`}
          />
        ))}
      </div>
    </fieldset>
  )
}
