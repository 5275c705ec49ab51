import { Select } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import { useApp, useFormat, useT, useValue } from '../app/hooks.tsx'
import { duration } from '../i18n/format.ts'
import { Section } from '../ui/Page.tsx'
import { type Column, Table } from '../ui/Table.tsx'
import type { WhatIfOccupancy, WhatIfOutcome, WhatIfResult } from '../wire/model.ts'
import classes from './reports.module.css'

const Chart = lazy(async () => ({ default: (await import('./Chart.tsx')).Chart }))

const metrics = ['level', 'lost', 'p50', 'p90', 'busy'] as const
type Shown = (typeof metrics)[number]
const lists = { level: 'serviceLevel', lost: 'abandonedShare', p50: 'p50WaitS', p90: 'p90WaitS' } as const
type Figure = number | null

/** What a simulation came to: a sentence, a chart of before and after, and the same figures as tables. */
export function WhatIfOutcomes({ result, changes }: { result: WhatIfResult; changes: string }) {
  const t = useT()
  const app = useApp()
  const format = useFormat()
  const { compact } = useValue(app.prefs)
  const { focus } = result
  const [metric, setMetric] = useState<Shown>('level')
  const [chosen, setChosen] = useState('')
  const [group, setGroup] = useState('')
  const names = result.agents.map((a) => a.name)
  const keys = result.queues.map((q) => q.key)
  const focused = chosen !== '' && keys.includes(chosen) ? chosen : keys.includes(focus.queue) ? focus.queue : '*'
  const queue = result.queues.find((q) => q.key === focused)
  const agents = result.agents.find((a) => a.name === group) ?? result.agents[0]
  const nameOf = (q: WhatIfOutcome | undefined) => (q === undefined || q.key === '*' ? t('whatIf.together') : q.name)
  const share = (v: Figure | undefined) => (v === null || v === undefined ? '–' : format.share(v))
  const wait = (v: Figure | undefined) => (v === null || v === undefined ? '–' : duration(v * 1000))
  const show = metric === 'p50' || metric === 'p90' ? wait : share
  const before: Figure[] = metric === 'busy' ? (agents?.beforeHours ?? []) : (queue?.before.hours[lists[metric]] ?? [])
  const after: Figure[] = metric === 'busy' ? (agents?.afterHours ?? []) : (queue?.after.hours[lists[metric]] ?? [])
  const hours = [...Array(24).keys()].filter((h) => (before[h] ?? null) !== null || (after[h] ?? null) !== null)
  const first = hours[0] ?? 0
  const last = hours.at(-1) ?? 0
  const range = [...Array(24).keys()].slice(first, last + 1)
  const hourName = (h: number) => `${String(h).padStart(2, '0')}:00`
  const all = result.queues.find((q) => q.key === '*')
  const of = result.queues.find((q) => q.key === focus.queue)
  const said = { changes, before: share(focus.before), after: share(focus.after) }
  const total = (q: WhatIfOutcome) => q.before.total
  const columns: Column<WhatIfOutcome>[] = [
    { key: 'queue', title: t('whatIf.queue'), names: true, cell: nameOf },
    { key: 'lr', title: t('whatIf.columns.levelReally'), figure: true, cell: (q) => share(q.happened.serviceLevel) },
    { key: 'lb', title: t('whatIf.columns.levelBefore'), figure: true, cell: (q) => share(total(q).serviceLevel) },
    { key: 'la', title: t('whatIf.columns.levelAfter'), figure: true, cell: (q) => share(q.after.total.serviceLevel) },
    { key: 'ab', title: t('whatIf.columns.lostBefore'), figure: true, cell: (q) => share(total(q).abandonedShare) },
    {
      key: 'aa',
      title: t('whatIf.columns.lostAfter'),
      figure: true,
      cell: (q) => share(q.after.total.abandonedShare),
    },
    { key: 'wb', title: t('whatIf.columns.waitBefore'), figure: true, cell: (q) => wait(total(q).p90WaitS) },
    { key: 'wa', title: t('whatIf.columns.waitAfter'), figure: true, cell: (q) => wait(q.after.total.p90WaitS) },
  ]
  const busy: Column<WhatIfOccupancy>[] = [
    { key: 'name', title: t('whatIf.group'), names: true, cell: (a) => a.name },
    { key: 'before', title: t('whatIf.before'), figure: true, cell: (a) => share(a.before) },
    { key: 'after', title: t('whatIf.after'), figure: true, cell: (a) => share(a.after) },
  ]
  const byHour: Column<number>[] = [
    { key: 'hour', title: t('whatIf.hour'), names: true, cell: hourName },
    { key: 'before', title: t('whatIf.before'), figure: true, cell: (h) => show(before[h]) },
    { key: 'after', title: t('whatIf.after'), figure: true, cell: (h) => show(after[h]) },
  ]
  const title = t(`whatIf.metrics.${metric}`)
  return (
    <div data-testid="what-if-result">
      <Section title={t('whatIf.result')}>
        <p className={classes.outcome} role="status" data-testid="what-if-outcome">
          {focus.after === null && focus.before === null
            ? t('whatIf.nobody', said)
            : of !== undefined && of.targetS > 0
              ? t('whatIf.within', { ...said, target: of.targetS })
              : t('whatIf.inTime', said)}
        </p>
        <p>
          {t('whatIf.wait', {
            mean: format.number(result.meanWait.mean),
            half: format.number(result.meanWait.half),
          })}{' '}
          {t('whatIf.model', {
            really: share(all?.happened.serviceLevel),
            before: share(all?.before.total.serviceLevel),
          })}
        </p>
      </Section>
      <Section
        title={metric === 'busy' ? title : `${title}, ${nameOf(queue)}`}
        aside={
          <span className={classes.actions}>
            <Select
              aria-label={t('whatIf.metric')}
              data={metrics.map((m) => ({ value: m, label: t(`whatIf.metrics.${m}`) }))}
              value={metric}
              allowDeselect={false}
              onChange={(v) => setMetric(metrics.find((m) => m === v) ?? 'level')}
              data-testid="what-if-metric"
            />
            {metric === 'busy' ? (
              <Select
                aria-label={t('whatIf.group')}
                data={names}
                value={agents?.name ?? null}
                allowDeselect={false}
                onChange={(v) => setGroup(v ?? '')}
              />
            ) : (
              <Select
                aria-label={t('whatIf.queue')}
                data={result.queues.map((q) => ({ value: q.key, label: nameOf(q) }))}
                value={focused}
                allowDeselect={false}
                onChange={(v) => setChosen(v ?? '*')}
                data-testid="what-if-queue"
              />
            )}
          </span>
        }
      >
        <Suspense fallback={<div className={classes.chart} />}>
          <Chart
            kind="line"
            label={t('whatIf.chartLabel', { metric: title })}
            names={range.map(hourName)}
            values={range.map((h) => after[h] ?? null)}
            show={show}
            before={{
              name: t('whatIf.before'),
              nameOfValues: t('whatIf.after'),
              values: range.map((h) => before[h] ?? null),
            }}
          />
        </Suspense>
      </Section>
      <Section title={t('whatIf.byQueue')}>
        <Table
          label={t('whatIf.byQueue')}
          testId="what-if-queues"
          columns={columns}
          rows={result.queues}
          rowKey={(q) => q.key}
          compact={compact}
          cards
          empty="–"
        />
      </Section>
      <Section title={t('whatIf.metrics.busy')}>
        <Table
          label={t('whatIf.metrics.busy')}
          testId="what-if-agents"
          columns={busy}
          rows={result.agents}
          rowKey={(a) => a.name}
          compact={compact}
          empty="–"
        />
      </Section>
      <Section title={t('whatIf.byHour')}>
        <Table
          label={`${t('whatIf.byHour')}: ${title}`}
          testId="what-if-hours"
          columns={byHour}
          rows={range}
          rowKey={String}
          compact={compact}
          empty="–"
        />
      </Section>
      <p className={classes.quiet}>
        {t('whatIf.patience', { gaveUp: result.patience.gaveUp, customers: result.patience.customers })}
      </p>
    </div>
  )
}
