import { Button, Checkbox, Select } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useApp, useFormat, useT, useValue, useWorld } from '../app/hooks.tsx'
import { duration } from '../i18n/format.ts'
import { wordFor } from '../i18n/language.ts'
import { alertText, alertValue } from '../parts/alert.ts'
import { Mark } from '../ui/Mark.tsx'
import { Page } from '../ui/Page.tsx'
import { type Column, Table } from '../ui/Table.tsx'
import { api } from '../wire/api.ts'
import { ApiError } from '../wire/http.ts'
import type { Alert } from '../wire/model.ts'
import classes from './alerts.module.css'

const kinds = ['long_wait', 'abandoned', 'long_break', 'nobody_available', 'nobody_signed_in', 'service_fails'] as const

/** What was amiss, who was on it, and when it was over. */
export function AlertHistory() {
  const t = useT()
  const app = useApp()
  const format = useFormat()
  const navigate = useNavigate()
  const { compact } = useValue(app.prefs)
  const { alerts } = useValue(useWorld().desk.live)
  const filter = useSearch({ strict: false }) as { what?: string; lasting?: string; unseen?: string }
  // What lasts is told by the socket: the list is asked for anew when that changes.
  const version = alerts.map((a) => `${a.alert}${a.seen}`).join()
  const list = useInfiniteQuery({
    queryKey: ['alerts', filter, version],
    queryFn: ({ pageParam }) => api.alerts({ ...filter, cursor: pageParam, limit: 50 }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next || undefined,
    placeholderData: (before) => before,
  })
  const change = (next: Record<string, string>) =>
    void navigate({ to: '/alerts', search: { ...filter, ...next } as Record<string, string>, replace: true })
  const timed = (a: Alert) => a.what === 'long_wait' || a.what === 'long_break' || a.what === 'abandoned'
  const about = (a: Alert) => {
    const text = alertText(t, a)
    if (a.aboutKind === 'service') return text
    const search = a.aboutKind === 'queue' ? { queue: a.aboutId } : { agent: a.aboutId }
    return (
      <Link to="/interactions" search={search}>
        {text}
      </Link>
    )
  }
  const columns: Column<Alert>[] = [
    { key: 'about', title: t('alertRules.about'), names: true, bare: true, cell: about },
    { key: 'rule', title: t('alertRules.rule'), cell: (a) => a.rule },
    { key: 'raised', title: t('alertRules.raised'), cell: (a) => format.dateTime(a.raisedMs) },
    {
      key: 'over',
      title: t('alertRules.over'),
      cell: (a) =>
        a.clearedMs === 0 ? (
          <Mark tone="bad" icon="warn">
            {t('alertRules.lasts')}
          </Mark>
        ) : (
          [
            `${format.time(a.clearedMs)} (${duration(a.clearedMs - a.raisedMs)})`,
            a.why === 'changed' || a.why === 'gone' ? t(`alertRules.whyOver.${a.why}`) : '',
            timed(a) && a.worst > a.value ? t('alertRules.worst', { worst: alertValue(a.what, a.worst) }) : '',
          ]
            .filter((x) => x !== '')
            .join(' · ')
        ),
    },
    {
      key: 'on',
      title: t('alertRules.on'),
      cell: (a) => (a.seenMs === 0 ? t('alertRules.nobody') : `${a.seenName}, ${format.time(a.seenMs)}`),
    },
  ]
  const rows = list.data?.pages.flatMap((p) => p.items) ?? []
  return (
    <Page title={t('alerts.title')}>
      <div className={classes.filters}>
        <Select
          label={t('alertRules.what')}
          placeholder={t('common.all')}
          clearable
          data={kinds.map((k) => ({ value: k, label: t(`alertRules.kinds.${k}`) }))}
          value={filter.what ?? null}
          onChange={(what) => change({ what: what ?? '' })}
          data-testid="alerts-what"
        />
        <Checkbox
          label={t('alertRules.onlyLasting')}
          checked={filter.lasting === 'true'}
          onChange={(e) => change({ lasting: e.currentTarget.checked ? 'true' : '' })}
          data-testid="alerts-lasting"
        />
        <Checkbox
          label={t('alertRules.onlyUnseen')}
          checked={filter.unseen === 'true'}
          onChange={(e) => change({ unseen: e.currentTarget.checked ? 'true' : '' })}
          data-testid="alerts-unseen"
        />
      </div>
      {list.isError ? (
        <p role="alert">{wordFor(t, 'errors', list.error instanceof ApiError ? list.error.code : 'internal')}</p>
      ) : list.isLoading ? (
        <p>{t('common.loading')}</p>
      ) : (
        <Table
          label={t('alerts.title')}
          testId="alert-history"
          columns={columns}
          rows={rows}
          rowKey={(a) => a.id}
          compact={compact}
          cards
          empty={t('alertRules.empty')}
        />
      )}
      {list.hasNextPage && (
        <Button
          className={classes.more ?? ''}
          variant="default"
          loading={list.isFetchingNextPage}
          onClick={() => void list.fetchNextPage()}
          data-testid="alerts-more"
        >
          {t('alertRules.more')}
        </Button>
      )}
    </Page>
  )
}
