import { Button, Switch } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useApp, useFormat, useLanguage, useT, useValue } from '../app/hooks.tsx'
import { type Translate, wordFor } from '../i18n/language.ts'
import { refusalText } from '../i18n/said.ts'
import { useBreakReasons } from '../parts/breakReason.ts'
import { Icon } from '../ui/Icon.tsx'
import { Mark } from '../ui/Mark.tsx'
import { Table } from '../ui/Table.tsx'
import { api } from '../wire/api.ts'
import type { Flow, Queue, Trigger, TriggerRun } from '../wire/model.ts'
import classes from './admin.module.css'
import { codeOf } from './OwnForm.tsx'
import { RunState, useLastRuns } from './TriggerRuns.tsx'
import { body, type Rule, spans } from './trigger.ts'

/** When a trigger starts its flow, in words. */
export function whenText(
  t: Translate,
  { kind, rule }: Trigger,
  queueName: (key: string) => string,
  reasonName: (key: string) => string,
): string {
  const { queue = '', more = 0, forMs = 0, timeZone: zone = '' } = rule
  if (kind === 'hook') return t('triggers.called')
  if (kind === 'schedule') {
    const chosen = spans(rule.days ?? []).map(([a, b]) =>
      a === b ? t(`hours.short.${a}`) : `${t(`hours.short.${a}`)}–${t(`hours.short.${b}`)}`,
    )
    const days = chosen.length === 0 ? t('triggers.everyDay') : chosen.join(', ')
    const when = t('triggers.at', { days, times: (rule.times ?? []).join(', ') })
    return zone === '' ? when : t('triggers.inZone', { when, zone })
  }
  if (rule.on === 'queue_waiting') {
    const values = { queue: queueName(queue), more: String(more) }
    return forMs === 0
      ? t('triggers.waiting', values)
      : t('triggers.waitingFor', { ...values, seconds: String(forMs / 1000) })
  }
  if (rule.on === 'status_changed' || rule.on === 'low_score') {
    const what = rule.on === 'low_score' ? scoreText(t, rule) : statusText(t, rule, reasonName)
    return queue === '' ? what : t('triggers.ofQueue', { what, queue: queueName(queue) })
  }
  return queue === '' ? t('triggers.ended') : t('triggers.endedIn', { queue: queueName(queue) })
}

function statusText(t: Translate, { status = '', reason = '' }: Rule, reasonName: (key: string) => string): string {
  if (status === '') return t('triggers.statusChanges')
  const word = wordFor(t, 'words.status', status)
  return t('triggers.becomes', { status: reason === '' ? word : `${word} · ${reasonName(reason) || reason}` })
}

function scoreText(t: Translate, { question = '', atMost, last = 0 }: Rule): string {
  if (question === '') return t('triggers.badScore')
  if (atMost === undefined) return t('triggers.badScoreFor', { question })
  const values = { question, score: String(atMost), number: String(last) }
  return t(last === 0 ? 'triggers.scoreFor' : 'triggers.meanFor', values)
}

/** What starts flows without a customer: when, which flow, and what became of it last. */
export function TriggerList() {
  const t = useT()
  const app = useApp()
  const language = useLanguage()
  const navigate = useNavigate()
  const { compact } = useValue(app.prefs)
  const list = useQuery({ queryKey: ['set-up', 'triggers'], queryFn: () => api.list<Trigger>('triggers') })
  const flows = useQuery({ queryKey: ['set-up', 'flows'], queryFn: () => api.list<Flow>('flows') })
  const queues = useQuery({ queryKey: ['set-up', 'queues'], queryFn: () => api.list<Queue>('queues') })
  const { reasonOf } = useBreakReasons()
  const runs = useLastRuns()
  const queueName = (key: string) => queues.data?.find((q) => q.key === key)?.name ?? key
  const flowName = (id: string) => flows.data?.find((f) => f.id === id)?.name ?? '–'
  const open = (id: string) => void navigate({ to: '/set-up/$kind/$id', params: { kind: 'triggers', id } })
  const rows = (list.data ?? []).toSorted((a, b) => a.name.localeCompare(b.name, language) || a.id.localeCompare(b.id))
  return (
    <>
      <div className={classes.bar}>
        <span>{list.data !== undefined && t('admin.count', { count: rows.length })}</span>
        <Button ml="auto" leftSection={<Icon name="plus" size={16} />} onClick={() => open('new')} data-testid="add">
          {t('triggers.add')}
        </Button>
      </div>
      <p className={classes.note}>{t('triggers.intro')}</p>
      {list.isError ? (
        <p role="alert">{wordFor(t, 'errors', codeOf(list.error))}</p>
      ) : list.isLoading ? (
        <p>{t('common.loading')}</p>
      ) : (
        <Table
          label={t('admin.kinds.triggers')}
          testId="list-triggers"
          cards
          columns={[
            {
              key: 'name',
              title: t('common.name'),
              names: true,
              cell: (r: Trigger) => (
                <Link to="/set-up/$kind/$id" params={{ kind: 'triggers', id: r.id }}>
                  {r.name}
                </Link>
              ),
            },
            { key: 'on', title: t('triggers.on'), cell: (r) => <OnOff trigger={r} /> },
            { key: 'kind', title: t('triggers.kind'), cell: (r) => t(`triggers.kinds.${r.kind}`) },
            {
              key: 'when',
              title: t('triggers.when'),
              cell: (r) => (
                <div>
                  {whenText(t, r, queueName, reasonOf)}
                  {r.kind === 'hook' && !r.hasAddress && (
                    <div>
                      <Mark tone="warning" icon="warn">
                        {t('triggers.noAddress')}
                      </Mark>
                    </div>
                  )}
                </div>
              ),
            },
            { key: 'flow', title: t('admin.flow'), cell: (r) => flowName(r.flowId) },
            {
              key: 'last',
              title: t('triggers.lastRun'),
              cell: (r) => <LastRun run={runs.data?.find((one) => one.triggerId === r.id)} />,
            },
          ]}
          rows={rows}
          rowKey={(r) => r.id}
          compact={compact}
          onOpen={(r) => open(r.id)}
          empty={t('triggers.empty')}
        />
      )}
    </>
  )
}

/** Switches at once. */
function OnOff({ trigger }: { trigger: Trigger }) {
  const t = useT()
  const app = useApp()
  const queries = useQueryClient()
  const [busy, setBusy] = useState(false)
  const { id, name } = trigger
  const put = async (on: boolean) => {
    setBusy(true)
    try {
      await api.put('triggers', id, { ...body(trigger), disabled: !on })
      app.toast(t(on ? 'triggers.switchedOn' : 'triggers.switchedOff', { name }))
    } catch (e) {
      app.toast(refusalText(t, e), { tone: 'bad' })
    } finally {
      await queries.invalidateQueries({ queryKey: ['set-up'] })
      setBusy(false)
    }
  }
  return (
    <Switch
      aria-label={`${t('triggers.on')}: ${name}`}
      checked={trigger.disabled !== true}
      disabled={busy}
      onChange={(e) => void put(e.currentTarget.checked)}
      data-testid="trigger-on"
    />
  )
}

function LastRun({ run }: { run: TriggerRun | undefined }) {
  const t = useT()
  const format = useFormat()
  if (run === undefined) return <span className={classes.still}>{t('triggers.never')}</span>
  return (
    <div>
      <RunState run={run} />
      <div className={classes.still}>{format.dateTime(run.atMs)}</div>
    </div>
  )
}
