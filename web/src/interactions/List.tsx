import { Button, CloseButton, Select, TextInput } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { useApp, useFormat, useLanguage, useMe, useT, useValue } from '../app/hooks.tsx'
import { duration, phoneNumber } from '../i18n/format.ts'
import { wordFor } from '../i18n/language.ts'
import { channels } from '../parts/channels.ts'
import { DateRange } from '../parts/DateRange.tsx'
import { OutcomeMark, RecordingMark } from '../parts/Looks.tsx'
import { named } from '../parts/names.ts'
import { Icon } from '../ui/Icon.tsx'
import { Page } from '../ui/Page.tsx'
import { type Column, Table } from '../ui/Table.tsx'
import { api } from '../wire/api.ts'
import { ApiError } from '../wire/http.ts'
import type { Interaction } from '../wire/model.ts'
import { type FilterKey, type Filters, filterKeys, readFilters, toQuery, withFilter } from './filters.ts'
import classes from './interactions.module.css'

const outcomes = [
  'answered',
  'abandoned',
  'short_abandon',
  'requeued',
  'overflowed',
  'lost',
  'not_queued',
  'callback',
  'not_reached',
  'open',
] as const

/** All interactions, found again: every filter stands in the address. */
export function List() {
  const t = useT()
  const app = useApp()
  const me = useMe()
  const format = useFormat()
  const language = useLanguage()
  const navigate = useNavigate()
  const { compact } = useValue(app.prefs)
  const filters = readFilters(useSearch({ strict: false }))
  const [text, setText] = useState(filters.text ?? '')
  useEffect(() => setText(filters.text ?? ''), [filters.text])
  const put = (change: Filters) =>
    void navigate({ to: '/interactions', search: withFilter(filters, change) as Record<string, string> })
  const page = useQuery({
    queryKey: ['interactions', filters],
    queryFn: () => api.interactions(toQuery(filters)),
    placeholderData: keepPreviousData,
    refetchInterval: filters.cursor === undefined ? 10_000 : false,
  })
  const seesAll = me.permissions.includes('see_interactions')
  const directory = useQuery({ queryKey: ['set-up', 'directory'], queryFn: api.directory, enabled: seesAll })
  const { queues = [], agents = [], entries = [], projects = [] } = directory.data ?? {}
  const dispositions = useQuery({ queryKey: ['dispositions'], queryFn: api.dispositions, staleTime: 60_000 })
  const rows = page.data?.items ?? []
  const nameOf = (key: FilterKey, value: string): string => {
    const inRows = (id: (i: Interaction) => string, name: (i: Interaction) => string) => {
      const row = rows.find((i) => id(i) === value)
      return row === undefined ? '' : name(row)
    }
    switch (key) {
      case 'queue':
        return (
          queues.find((q) => q.id === value)?.name ||
          inRows(
            (i) => i.queueId,
            (i) => i.queueName,
          ) ||
          value
        )
      case 'agent':
        return (
          agents.find((u) => u.id === value)?.name ||
          inRows(
            (i) => i.agentId,
            (i) => i.agentName,
          ) ||
          value
        )
      case 'missed_by': {
        if (value === 'any') return t('interactions.missedByAny')
        return t('interactions.missedBy', { name: agents.find((u) => u.id === value)?.name ?? value })
      }
      case 'disposition':
        return named(dispositions.data?.find((d) => d.id === value)?.names ?? {}, language) || value
      case 'entry':
        return (
          entries.find((e) => e.id === value)?.name ||
          inRows(
            (i) => i.entryId,
            (i) => i.entryName,
          ) ||
          value
        )
      case 'project':
        return (
          projects.find((p) => p.id === value)?.name ||
          inRows(
            (i) => i.projectId,
            (i) => i.projectName,
          ) ||
          value
        )
      case 'customer':
        return (
          inRows(
            (i) => i.customerId,
            (i) => i.customerName,
          ) || value
        )
      case 'from':
        return `${t('common.from')} ${format.dateTime(Number(value))}`
      case 'to':
        return `${t('common.to')} ${format.dateTime(Number(value))}`
      case 'at':
        if (value === 'served') return t('interactions.servedAt')
        if (value === 'asked') return t('interactions.askedAt')
        return value === 'queued' ? t('interactions.queuedAt') : ''
      case 'in_time':
        return value === 'true' ? t('interactions.inTime') : ''
      case 'channel':
        return wordFor(t, 'interactions.channels', value)
      case 'callback':
        return wordFor(t, 'interactions.callback', value)
      case 'review':
        if (value === 'abuse') return t('interactions.reviewAbuse')
        return value === 'hang_up' ? t('interactions.reviewHangUp') : ''
      case 'question':
        return t('report.answersTo', { question: value })
      case 'text':
        return `“${value}”`
      default:
        return wordFor(t, `words.${key}`, value)
    }
  }
  const chips = filterKeys
    .map((key) => ({ key, name: filters[key] === undefined ? '' : nameOf(key, filters[key]) }))
    .filter((c) => c.name !== '')
  const columns: Column<Interaction>[] = [
    {
      key: 'arrived',
      title: t('interactions.arrived'),
      cell: (i) => (
        <Link
          to="/interactions/$id"
          params={{ id: i.id }}
          aria-label={t('interactions.open', { what: format.dateTime(i.arrivedMs) })}
        >
          {format.dateTime(i.arrivedMs)}
        </Link>
      ),
    },
    {
      key: 'customer',
      title: t('interactions.customer'),
      names: true,
      cell: (i) => i.customerName || (i.customerAddress === '' ? t('common.withheld') : phoneNumber(i.customerAddress)),
    },
    { key: 'queue', title: t('interactions.queue'), cell: (i) => i.queueName || '–' },
    { key: 'agent', title: t('interactions.agent'), cell: (i) => i.agentName || '–' },
    { key: 'outcome', title: t('interactions.outcome'), cell: (i) => <OutcomeMark outcome={i.outcome} /> },
    {
      key: 'wait',
      title: t('interactions.wait'),
      figure: true,
      cell: (i) => (i.queuedMs === 0 ? '–' : duration(i.waitMs)),
    },
    {
      key: 'talk',
      title: t('interactions.talk'),
      figure: true,
      cell: (i) => (i.answeredMs === 0 ? '–' : duration(i.talkMs)),
    },
    { key: 'disposition', title: t('interactions.disposition'), cell: (i) => named(i.disposition, language) || '–' },
    { key: 'recording', title: t('interactions.recording'), cell: (i) => <RecordingMark state={i.recording} /> },
    ...(filters.review === 'hang_up'
      ? [
          {
            key: 'hang_up_reason',
            title: t('interactions.hangUpReason'),
            cell: (i: Interaction) =>
              i.abuseMs > 0 ? t('interactions.notCounted') : i.hangUpReason || t('interactions.noReason'),
          },
        ]
      : []),
  ]
  const total = page.data?.total ?? 0
  return (
    <Page
      title={t('interactions.title')}
      aside={
        <b role="status" data-testid="interactions-count">
          {page.data !== undefined &&
            t(page.data.totalMore ? 'interactions.countMore' : 'interactions.count', { count: total })}
        </b>
      }
    >
      <search className={classes.filters} aria-label={t('interactions.filters')}>
        <TextInput
          label={t('interactions.search')}
          leftSection={<Icon name="search" size={16} />}
          value={text}
          onChange={(e) => setText(e.currentTarget.value)}
          onKeyDown={(e) => {
            if (e.key === 'Enter') put({ text: text.trim() })
          }}
          onBlur={() => {
            if (text.trim() !== (filters.text ?? '')) put({ text: text.trim() })
          }}
          data-testid="search"
        />
        <DateRange
          from={Number(filters.from ?? 0)}
          to={Number(filters.to ?? 0)}
          zone={me.tenant.timeZone}
          onChange={(from, to) => put({ from: from === 0 ? '' : String(from), to: to === 0 ? '' : String(to) })}
        />
        {seesAll && (
          <Select
            label={t('interactions.queue')}
            placeholder={t('common.all')}
            clearable
            data={queues.map((q) => ({ value: q.id, label: q.name }))}
            value={filters.queue ?? null}
            onChange={(v) => put({ queue: v ?? '' })}
            data-testid="filter-queue"
          />
        )}
        {seesAll && (
          <Select
            label={t('interactions.agent')}
            placeholder={t('common.all')}
            clearable
            searchable
            data={agents.map((u) => ({ value: u.id, label: u.name }))}
            value={filters.agent ?? null}
            onChange={(v) => put({ agent: v ?? '' })}
            data-testid="filter-agent"
          />
        )}
        <Select
          label={t('interactions.outcome')}
          placeholder={t('common.all')}
          clearable
          data={outcomes.map((o) => ({ value: o, label: t(`words.outcome.${o}`) }))}
          value={filters.outcome ?? null}
          onChange={(v) => put({ outcome: v ?? '' })}
          data-testid="filter-outcome"
        />
        <Select
          label={t('interactions.channel')}
          placeholder={t('common.all')}
          clearable
          data={channels.map((c) => ({ value: c, label: t(`interactions.channels.${c}`) }))}
          value={filters.channel ?? null}
          onChange={(v) => put({ channel: v ?? '' })}
          data-testid="filter-channel"
        />
      </search>
      <div className={classes.chips} data-testid="chips">
        {chips.map((c) => (
          <span key={c.key} className={classes.chip} data-filter={c.key}>
            {c.name}
            <CloseButton
              size="sm"
              c="inherit"
              variant="transparent"
              aria-label={t('interactions.removeFilter', { name: c.name })}
              onClick={() => put({ [c.key]: '' })}
            />
          </span>
        ))}
        {seesAll && filters.review === undefined && (
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<Icon name="flag" size={16} />}
            onClick={() => put({ review: 'hang_up' })}
            data-testid="review-hang-up"
          >
            {t('interactions.reviewHangUp')}
          </Button>
        )}
        {seesAll && filters.review === undefined && (
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<Icon name="flag" size={16} />}
            onClick={() => put({ review: 'abuse' })}
            data-testid="review-abuse"
          >
            {t('interactions.reviewAbuse')}
          </Button>
        )}
        {seesAll && filters.survey === undefined && (
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<Icon name="flag" size={16} />}
            onClick={() => put({ survey: 'low' })}
            data-testid="survey-low"
          >
            {t('words.survey.low')}
          </Button>
        )}
        {chips.length > 1 && (
          <Button size="compact-sm" variant="subtle" onClick={() => void navigate({ to: '/interactions', search: {} })}>
            {t('interactions.clear')}
          </Button>
        )}
      </div>
      {page.isError ? (
        <p role="alert">{wordFor(t, 'errors', page.error instanceof ApiError ? page.error.code : 'internal')}</p>
      ) : page.isLoading ? (
        <p>{t('common.loading')}</p>
      ) : (
        <Table
          label={t('interactions.title')}
          testId="interactions"
          columns={columns}
          rows={rows}
          rowKey={(i) => i.id}
          compact={compact}
          onOpen={(i) => void navigate({ to: '/interactions/$id', params: { id: i.id } })}
          empty={t(chips.length > 0 ? 'interactions.empty' : 'interactions.emptyAll')}
        />
      )}
      <div className={classes.foot}>
        {filters.cursor !== undefined && (
          <Button variant="default" onClick={() => put({})} data-testid="first-page">
            {t('interactions.first')}
          </Button>
        )}
        {page.data !== undefined && page.data.next !== '' && (
          <Button
            variant="default"
            onClick={() =>
              void navigate({
                to: '/interactions',
                search: { ...filters, cursor: page.data.next } as Record<string, string>,
              })
            }
            data-testid="next-page"
          >
            {t('interactions.more')}
          </Button>
        )}
      </div>
    </Page>
  )
}
