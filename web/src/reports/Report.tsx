import { ActionIcon, Button, Popover, SegmentedControl, Select } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useMemo, useState } from 'react'
import { useApp, useFormat, useLanguage, useMe, useT, useValue } from '../app/hooks.tsx'
import { duration } from '../i18n/format.ts'
import { wordFor } from '../i18n/language.ts'
import { channels } from '../parts/channels.ts'
import { DateRange } from '../parts/DateRange.tsx'
import { named } from '../parts/names.ts'
import { type Preset, presetRange } from '../parts/period.ts'
import { Icon } from '../ui/Icon.tsx'
import { Page, Section } from '../ui/Page.tsx'
import { type Column, Table } from '../ui/Table.tsx'
import { api } from '../wire/api.ts'
import { ApiError } from '../wire/http.ts'
import type { Metric, SummaryCell, SummaryRow } from '../wire/model.ts'
import classes from './reports.module.css'

const Chart = lazy(async () => ({ default: (await import('./Chart.tsx')).Chart }))

const presets: Preset[] = ['today', 'yesterday', 'week', 'month']
const bys = [
  { value: 'queue', label: 'report.byQueue' },
  { value: 'agent', label: 'report.byAgent' },
  { value: 'hour', label: 'report.byHour' },
  { value: 'day', label: 'report.byDay' },
  { value: 'question', label: 'report.byQuestion' },
] as const

function Definition({ metric, name }: { metric: Metric; name: string }) {
  const t = useT()
  const language = useLanguage()
  return (
    <Popover width={340} position="bottom" withArrow shadow="md">
      <Popover.Target>
        <ActionIcon
          size="sm"
          variant="subtle"
          color="gray"
          aria-label={t('report.definition', { metric: name })}
          data-testid={`definition-${metric.key}`}
        >
          <Icon name="info" size={15} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown className={classes.pop ?? ''}>
        <b>{name}</b>
        <p>{named(metric.formula, language)}</p>
      </Popover.Dropdown>
    </Popover>
  )
}

/** The report: what was offered, answered and lost, by queue, agent, hour or day. */
export function Report() {
  const t = useT()
  const app = useApp()
  const me = useMe()
  const format = useFormat()
  const language = useLanguage()
  const navigate = useNavigate()
  const { compact } = useValue(app.prefs)
  const search = useSearch({ strict: false }) as Record<string, string>
  const zone = me.tenant.timeZone
  const [opened] = useState(() => Date.now()) // so that "today" is one range while the page is open
  const preset = presets.find((p) => p === (search.range ?? (search.from === undefined ? 'today' : '')))
  const range = useMemo(
    () =>
      preset === undefined
        ? { from: Number(search.from ?? 0), to: Number(search.to ?? 0) }
        : presetRange(preset, opened, zone),
    [preset, search.from, search.to, opened, zone],
  )
  const by = bys.find((b) => b.value === search.by)?.value ?? 'queue'
  const put = (change: Record<string, string>) => {
    const next = Object.fromEntries(Object.entries({ ...search, ...change }).filter(([, v]) => v !== ''))
    void navigate({ to: '/report', search: next })
  }
  const { queue, agent, question } = search
  const channel = channels.find((c) => c === search.channel)
  const query = { from: range.from, to: range.to, by, queue, agent, channel, question, language }
  const report = useQuery({
    queryKey: ['report', query],
    queryFn: () => api.report(query),
    placeholderData: keepPreviousData,
    enabled: range.to > range.from,
  })
  const metrics = useQuery({ queryKey: ['metrics'], queryFn: api.metrics, staleTime: Number.POSITIVE_INFINITY })
  const directory = useQuery({ queryKey: ['set-up', 'directory'], queryFn: api.directory })
  const { queues = [], agents = [] } = directory.data ?? {}
  const byKey = useMemo(() => new Map((metrics.data?.items ?? []).map((m) => [m.key, m])), [metrics.data])
  const nameOf = (key: string) => named(byKey.get(key)?.names ?? {}, language) || key
  const show = (key: string, value: number): string => {
    const unit = byKey.get(key)?.unit
    return unit === 'ms' ? duration(value) : unit === 'share' ? format.share(value) : format.number(value)
  }
  const rows = report.data?.rows ?? []
  const rowsOf = question === undefined ? by : 'question' // which figures there are
  const shownMetrics = (report.data?.metrics ?? []).filter((key) => byKey.get(key)?.by.includes(rowsOf) !== false)
  const rowName = (row: SummaryRow) => {
    if (by === 'day') return format.date(row.fromMs)
    if (by === 'hour') return format.dateTime(row.fromMs).replace(/:00(?!:)$/, '')
    return row.name
  }
  const cellOf = (row: SummaryRow | undefined, key: string) => row?.cells.find((c) => c.metric === key)
  const figure = (cell: SummaryCell | undefined, row: string) => {
    if (cell === undefined || cell.value === null) return '–'
    const text = show(cell.metric, cell.value)
    if (Object.keys(cell.filter).length === 0) return text
    return (
      <Link
        to="/interactions"
        search={cell.filter}
        aria-label={t('report.open', { metric: nameOf(cell.metric), row, value: text })}
      >
        {text}
      </Link>
    )
  }
  const columns: Column<SummaryRow>[] = [
    {
      key: 'name',
      title: t(bys.find((b) => b.value === by)?.label ?? 'report.byQueue'),
      names: true,
      cell: (row) =>
        by === 'question' ? (
          <Link to="/report" search={{ ...search, by: 'agent', question: row.key }}>
            {rowName(row)}
          </Link>
        ) : (
          <span style={{ whiteSpace: by === 'queue' || by === 'agent' ? 'normal' : 'nowrap' }}>{rowName(row)}</span>
        ),
      total: t('report.total', { count: rows.length }),
    },
    ...shownMetrics.map((key): Column<SummaryRow> => {
      const metric = byKey.get(key)
      const name = nameOf(key)
      return {
        key,
        figure: true,
        title: (
          <span className={classes.head}>
            {name}
            {metric !== undefined && <Definition metric={metric} name={name} />}
          </span>
        ),
        cell: (row) => figure(cellOf(row, key), rowName(row)),
        total: figure(cellOf(report.data?.total, key), t('report.total', { count: rows.length })),
      }
    }),
  ]
  const charted = shownMetrics.includes(search.metric ?? '') ? (search.metric ?? '') : (shownMetrics[0] ?? '')
  return (
    <Page
      title={t('report.title')}
      aside={
        <span style={{ display: 'flex', gap: 8 }}>
          <Link to="/report/what-if" className={classes.beside} data-testid="what-if">
            {t('report.whatIf')}
          </Link>
          {(['csv', 'xlsx'] as const).map((kind) => (
            <Button
              key={kind}
              component="a"
              href={api.reportFile(kind, query)}
              download
              variant="default"
              aria-label={t('report.download', { kind: t(`report.${kind}`) })}
              data-testid={`download-${kind}`}
            >
              {t(`report.${kind}`)}
            </Button>
          ))}
        </span>
      }
    >
      <search className={classes.filters} aria-label={t('interactions.filters')}>
        <SegmentedControl
          aria-label={t('interactions.period')}
          data={[
            ...presets.map((p) => ({ value: p as string, label: t(`report.${p}`) })),
            ...(preset === undefined ? [{ value: 'own', label: t('report.own') }] : []),
          ]}
          value={preset ?? 'own'}
          onChange={(p) => put({ range: p === 'own' ? '' : p, from: '', to: '' })}
          data-testid="range"
        />
        <DateRange
          from={range.from}
          to={range.to}
          zone={zone}
          onChange={(from, to) => put({ range: '', from: String(from), to: String(to) })}
        />
        <div>
          <span>{t('report.by')}</span>
          <SegmentedControl
            aria-label={t('report.by')}
            data={bys.map((b) => ({ value: b.value as string, label: t(b.label) }))}
            value={by}
            onChange={(value) => put({ by: value })}
            data-testid="by"
          />
        </div>
        <Select
          label={t('interactions.queue')}
          placeholder={t('common.all')}
          clearable
          w={150}
          data={queues.map((q) => ({ value: q.id, label: q.name }))}
          value={queue ?? null}
          onChange={(v) => put({ queue: v ?? '' })}
        />
        <Select
          label={t('interactions.agent')}
          placeholder={t('common.all')}
          clearable
          searchable
          w={150}
          data={agents.map((u) => ({ value: u.id, label: u.name }))}
          value={agent ?? null}
          onChange={(v) => put({ agent: v ?? '' })}
        />
        <Select
          label={t('interactions.channel')}
          placeholder={t('common.all')}
          clearable
          w={150}
          data={channels.map((c) => ({ value: c, label: t(`interactions.channels.${c}`) }))}
          value={channel ?? null}
          onChange={(v) => put({ channel: v ?? '' })}
          data-testid="report-channel"
        />
      </search>
      {question !== undefined && (
        <p>
          {t('report.answersTo', { question })}{' '}
          <Button size="compact-sm" variant="subtle" onClick={() => put({ question: '' })} data-testid="all-figures">
            {t('report.allFigures')}
          </Button>
        </p>
      )}
      {report.isError && (
        <p role="alert">{wordFor(t, 'errors', report.error instanceof ApiError ? report.error.code : 'internal')}</p>
      )}
      {rows.length > 0 && charted !== '' && (
        <Section
          title={nameOf(charted)}
          testId="report-chart"
          aside={
            <Select
              aria-label={t('report.chartOf')}
              data={shownMetrics.map((key) => ({ value: key, label: nameOf(key) }))}
              value={charted}
              allowDeselect={false}
              onChange={(v) => put({ metric: v ?? '' })}
              data-testid="chart-metric"
            />
          }
        >
          <Suspense fallback={<p className={classes.chart}>{t('report.loadingChart')}</p>}>
            <Chart
              kind={by === 'hour' || by === 'day' ? 'line' : 'bar'}
              label={t('report.chartLabel', {
                metric: nameOf(charted),
                by: t(bys.find((b) => b.value === by)?.label ?? 'report.byQueue'),
              })}
              names={rows.map(rowName)}
              values={rows.map((r) => cellOf(r, charted)?.value ?? null)}
              show={(v) => show(charted, v)}
            />
          </Suspense>
        </Section>
      )}
      {report.data !== undefined && (
        <Table
          label={t('report.title')}
          testId="report"
          columns={columns}
          rows={rows}
          rowKey={(r) => r.key}
          compact={compact}
          empty={t('report.empty')}
        />
      )}
      {report.data !== undefined && <p className={classes.quiet}>{t('report.zone', { zone: report.data.timeZone })}</p>}
      <details data-testid="definitions">
        <summary>{t('report.definitions')}</summary>
        <dl className={classes.definitions}>
          {(metrics.data?.items ?? []).map((m) => (
            <div key={m.key}>
              <dt>{named(m.names, language)}</dt>
              <dd>{named(m.formula, language)}</dd>
            </div>
          ))}
        </dl>
      </details>
    </Page>
  )
}
