import { Button, TextInput } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useApp, useFormat, useT, useValue } from '../app/hooks.tsx'
import { wordFor } from '../i18n/language.ts'
import { refusalText, saidText } from '../i18n/said.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { Icon, type IconName } from '../ui/Icon.tsx'
import { Mark, type Tone } from '../ui/Mark.tsx'
import { Section } from '../ui/Page.tsx'
import { Table } from '../ui/Table.tsx'
import { api } from '../wire/api.ts'
import type { Flow, Trigger, TriggerRun } from '../wire/model.ts'
import classes from './admin.module.css'
import { codeOf } from './OwnForm.tsx'
import { type FlowInput, inputsOf, inputValues, isOpen } from './trigger.ts'

/** The newest runs; asked for often while one is under way. */
export function useRuns(id: string, limit: number) {
  return useQuery({
    queryKey: ['trigger-runs', id, limit],
    queryFn: () => api.triggerRuns(id, limit),
    refetchInterval: (query) => (query.state.data?.some(isOpen) === true ? 1000 : 10_000),
  })
}

/** The newest run of each trigger, asked for at once. */
export function useLastRuns() {
  return useQuery({
    queryKey: ['trigger-runs', 'last'],
    queryFn: api.triggerLastRuns,
    refetchInterval: (query) => (query.state.data?.some(isOpen) === true ? 1000 : 10_000),
  })
}

const looks: Record<TriggerRun['state'], [Tone, IconName]> = {
  due: ['quiet', 'clock'],
  running: ['active', 'play'],
  done: ['good', 'check'],
  failed: ['bad', 'cross'],
  interrupted: ['warning', 'warn'],
  skipped: ['warning', 'minus'],
}

export function RunState({ run }: { run: TriggerRun }) {
  const t = useT()
  const [tone, icon] = looks[run.state]
  return (
    <Mark tone={tone} icon={icon}>
      {t(`triggers.states.${run.state}`)}
    </Mark>
  )
}

/** What a trigger has started, what became of it, and the button that starts it now. */
export function TriggerRuns({ trigger, dirty }: { trigger: Trigger; dirty: boolean }) {
  const t = useT()
  const app = useApp()
  const queries = useQueryClient()
  const { compact } = useValue(app.prefs)
  const runs = useRuns(trigger.id, 100)
  const flows = useQuery({ queryKey: ['set-up', 'flows'], queryFn: () => api.list<Flow>('flows') })
  const [asking, setAsking] = useState(false)
  const [busy, setBusy] = useState(false)
  const flowName = (id: string) => flows.data?.find((f) => f.id === id)?.name ?? '–'
  const inputs = inputsOf(flows.data?.find((f) => f.id === trigger.flowId))
  const run = async (values: Record<string, unknown>) => {
    setBusy(true)
    try {
      await api.runTrigger(trigger.id, values)
      app.toast(t('triggers.begun'))
    } catch (e) {
      app.toast(refusalText(t, e), { tone: 'bad' })
    } finally {
      setAsking(false)
      setBusy(false)
      await queries.invalidateQueries({ queryKey: ['trigger-runs', trigger.id] })
    }
  }
  const button = (
    <Button
      variant="default"
      leftSection={<Icon name="play" size={14} />}
      loading={busy}
      disabled={flows.data === undefined}
      onClick={() => (inputs.length > 0 ? setAsking(true) : void run({}))}
      data-testid="run-now"
    >
      {t('triggers.runNow')}
    </Button>
  )
  return (
    <div className={classes.below}>
      <Section title={t('triggers.runs')} aside={button} testId="trigger-runs">
        {dirty && <p className={classes.note}>{t('triggers.runSaved')}</p>}
        {runs.isError ? (
          <p role="alert">{wordFor(t, 'errors', codeOf(runs.error))}</p>
        ) : (
          <RunTable runs={runs.data ?? []} loading={runs.isLoading} compact={compact} flowName={flowName} />
        )}
        {asking && <Ask name={trigger.name} inputs={inputs} busy={busy} onRun={run} onClose={() => setAsking(false)} />}
      </Section>
    </div>
  )
}

interface RunTableProps {
  runs: TriggerRun[]
  loading: boolean
  compact: boolean
  flowName(id: string): string
}

export function RunTable({ runs, loading, compact, flowName }: RunTableProps) {
  const t = useT()
  const format = useFormat()
  if (loading) return <p>{t('common.loading')}</p>
  return (
    <Table
      label={t('triggers.runs')}
      testId="list-runs"
      cards
      columns={[
        {
          key: 'at',
          title: t('triggers.began'),
          cell: (r: TriggerRun) => <span className={classes.still}>{format.dateTime(r.atMs)}</span>,
        },
        { key: 'state', title: t('triggers.state'), cell: (r) => <RunState run={r} /> },
        {
          key: 'took',
          title: t('triggers.took'),
          figure: true,
          cell: (r) => (r.startedMs === 0 || r.endedMs === 0 ? '–' : format.duration(r.endedMs - r.startedMs)),
        },
        { key: 'by', title: t('triggers.by'), cell: (r) => (r.by === '' ? t('triggers.itself') : r.by) },
        {
          key: 'error',
          title: t('triggers.error'),
          cell: (r) =>
            r.why === undefined ? '–' : <span className={classes.detail}>{saidText(t, r.why) ?? r.why.text}</span>,
        },
        {
          key: 'flow',
          title: t('admin.flow'),
          cell: (r) =>
            r.version === 0 ? '–' : t('triggers.version', { flow: flowName(r.flowId), version: String(r.version) }),
        },
        { key: 'inputs', title: t('triggers.given'), cell: (r) => <Given inputs={r.inputs} /> },
        { key: 'steps', title: t('triggers.steps'), cell: (r) => <Steps steps={r.steps} /> },
      ]}
      rows={runs}
      rowKey={(r) => r.moment}
      compact={compact}
      empty={t('triggers.runsNone')}
    />
  )
}

/** What the flow was given, by name. */
function Given({ inputs }: { inputs: Record<string, unknown> }) {
  const t = useT()
  const all = Object.entries(inputs)
  if (all.length === 0) return '–'
  return (
    <details>
      <summary className={classes.still}>{t('triggers.givenCount', { count: all.length })}</summary>
      <ul className={classes.steps}>
        {all.map(([name, value]) => (
          <li key={name}>
            {name}: {typeof value === 'string' ? value : JSON.stringify(value)}
          </li>
        ))}
      </ul>
    </details>
  )
}

function Steps({ steps }: { steps: readonly string[] }) {
  const t = useT()
  if (steps.length === 0) return '–'
  return (
    <details>
      <summary className={classes.still}>{t('triggers.stepsCount', { count: steps.length })}</summary>
      <ol className={classes.steps}>
        {steps.map((s, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: steps have no other name
          <li key={i}>{s}</li>
        ))}
      </ol>
    </details>
  )
}

interface AskProps {
  name: string
  inputs: readonly FlowInput[]
  busy: boolean
  onRun(values: Record<string, unknown>): Promise<void>
  onClose(): void
}

/** Asks for the flow's inputs. */
function Ask({ name, inputs, busy, onRun, onClose }: AskProps) {
  const t = useT()
  const [typed, setTyped] = useState<Record<string, string>>({})
  const [bad, setBad] = useState('')
  const start = (event: FormEvent) => {
    event.preventDefault()
    const found = inputValues(inputs, typed)
    if ('bad' in found) setBad(found.bad)
    else void onRun(found.values)
  }
  const typeName = (type: string) => wordFor(t, 'triggers.types', type)
  return (
    <Dialog
      opened
      onClose={onClose}
      title={t('triggers.runTitle', { name })}
      closeLabel={t('common.close')}
      testId="run-trigger"
    >
      <form onSubmit={start} className={classes.stacked} noValidate>
        <p className={classes.note}>{t('triggers.inputs')}</p>
        {inputs.map(({ name: n, type, start: begins }, i) => (
          <TextInput
            key={n}
            label={n}
            description={typeName(type)}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            placeholder={begins === undefined ? '' : typeof begins === 'string' ? begins : JSON.stringify(begins)}
            value={typed[n] ?? ''}
            error={bad === n && t('triggers.badInput', { type: typeName(type) })}
            onChange={(e) => {
              setBad('')
              setTyped({ ...typed, [n]: e.currentTarget.value })
            }}
            {...(i === 0 ? { 'data-autofocus': true } : {})}
            data-testid={`input-${n}`}
          />
        ))}
        <Button type="submit" loading={busy} data-testid="run">
          {t('triggers.run')}
        </Button>
      </form>
    </Dialog>
  )
}
