import { Button, Select } from '@mantine/core'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { useApp, useFormat, useMe, useT, useValue } from '../app/hooks.tsx'
import { phoneNumber } from '../i18n/format.ts'
import { wordFor } from '../i18n/language.ts'
import { timeText } from '../parts/period.ts'
import type { IconName } from '../ui/Icon.tsx'
import { Mark, type Tone } from '../ui/Mark.tsx'
import { Page, Section } from '../ui/Page.tsx'
import { type Column, Table } from '../ui/Table.tsx'
import { api } from '../wire/api.ts'
import { ApiError } from '../wire/http.ts'
import type { Callback } from '../wire/model.ts'
import { CancelDialog, MoveDialog } from './CallbackDialogs.tsx'
import classes from './callbacks.module.css'

const looks: Record<Callback['state'], { tone: Tone; icon: IconName }> = {
  waiting: { tone: 'warning', icon: 'clock' },
  calling: { tone: 'active', icon: 'phone' },
  resting: { tone: 'quiet', icon: 'pause' },
  reached: { tone: 'good', icon: 'check' },
  given_up: { tone: 'bad', icon: 'cross' },
  cancelled: { tone: 'quiet', icon: 'cross' },
}

const who = (c: Callback) => c.customerName || phoneNumber(c.number)

/** Who is to be called back, and what became of the last ones. */
export function Callbacks() {
  const t = useT()
  const me = useMe()
  const navigate = useNavigate()
  const client = useQueryClient()
  const app = useApp()
  const { compact } = useValue(app.prefs)
  const { queue } = useSearch({ strict: false }) as { queue?: string }
  const [cancelling, setCancelling] = useState<Callback | null>(null)
  const [moving, setMoving] = useState<Callback | null>(null)
  const act = useActions()
  const may = me.permissions.includes('work_calls')
  const queues = useQuery({
    queryKey: ['callback-queues'],
    queryFn: () => api.list<{ id: string; name: string }>('queues'),
  })
  const list = (state: 'open' | 'over') => ({
    queryKey: ['callbacks', state, queue ?? ''],
    queryFn: () => api.callbacks({ state, ...(queue === undefined ? {} : { queue }) }),
    placeholderData: keepPreviousData,
    refetchInterval: 5000,
  })
  const open = useQuery(list('open'))
  const over = useQuery(list('over'))
  const close = () => {
    setCancelling(null)
    setMoving(null)
    void client.invalidateQueries({ queryKey: ['callbacks'] })
  }
  const columns = useColumns()
  const button = (label: string, name: string, testId: string, run: () => void) => (
    <Button size="compact-sm" variant="default" aria-label={name} onClick={run} data-testid={testId}>
      {label}
    </Button>
  )
  const change = (c: Callback): ReactNode => {
    const name = { who: who(c) }
    if (c.endedMs > 0) {
      if (c.state === 'reached') return null
      return button(t('callbacks.reopen'), t('callbacks.reopenOf', name), 'callback-reopen', () => act.reopen(c))
    }
    return (
      <div className={classes.actions}>
        {c.state !== 'calling' &&
          button(t('callbacks.move'), t('callbacks.moveOf', name), 'callback-move', () => setMoving(c))}
        {c.state === 'resting' &&
          button(t('callbacks.now'), t('callbacks.nowOf', name), 'callback-now', () => act.move(c, 0))}
        {button(t('callbacks.cancel'), t('callbacks.cancelOf', name), 'callback-cancel', () => setCancelling(c))}
      </div>
    )
  }
  const actions: Column<Callback>[] = may
    ? [{ key: 'actions', title: t('callbacks.actions'), bare: true, cell: change }]
    : []
  const table = (query: typeof open, title: string, of: Column<Callback>[], testId: string, empty: string) =>
    query.isError ? (
      <p role="alert">{wordFor(t, 'errors', query.error instanceof ApiError ? query.error.code : 'internal')}</p>
    ) : query.isLoading ? (
      <p>{t('common.loading')}</p>
    ) : (
      <Table
        label={title}
        testId={testId}
        columns={[...of, ...actions]}
        rows={
          testId === 'callbacks-open'
            ? (query.data?.items ?? []).toSorted((a, b) => a.sinceMs - b.sinceMs)
            : (query.data?.items ?? [])
        }
        rowKey={(c) => c.id}
        compact={compact}
        cards
        empty={empty}
      />
    )
  return (
    <Page title={t('callbacks.title')}>
      <p className={classes.intro}>{t('callbacks.intro')}</p>
      <Select
        className={classes.filter ?? ''}
        label={t('callbacks.filter')}
        placeholder={t('common.all')}
        clearable
        data={(queues.data ?? []).map((q) => ({ value: q.id, label: q.name }))}
        value={queue ?? null}
        onChange={(v) => void navigate({ to: '/callbacks', search: v === null ? {} : { queue: v } })}
        data-testid="callbacks-queue"
      />
      <Section title={t('callbacks.open')} testId="callbacks">
        {table(open, t('callbacks.open'), columns.open, 'callbacks-open', t('callbacks.emptyOpen'))}
      </Section>
      <Section title={t('callbacks.over')}>
        {table(over, t('callbacks.over'), columns.over, 'callbacks-over', t('callbacks.emptyOver'))}
      </Section>
      {cancelling !== null && (
        <CancelDialog who={who(cancelling)} onClose={close} onCancel={(why) => act.cancel(cancelling, why)} />
      )}
      {moving !== null && (
        <MoveDialog who={who(moving)} at={moving.nextMs} onClose={close} onMove={(at) => act.move(moving, at)} />
      )}
    </Page>
  )
}

function useColumns(): { open: Column<Callback>[]; over: Column<Callback>[] } {
  const t = useT()
  const format = useFormat()
  const zone = useMe().tenant.timeZone
  const named: Column<Callback> = {
    key: 'customer',
    title: t('callbacks.customer'),
    names: true,
    cell: (c) => (
      <>
        <Link to="/interactions/$id" params={{ id: c.interactionId }} title={t('callbacks.promised')}>
          {who(c)}
        </Link>
        {c.customerName !== '' && <small className={classes.small}>{phoneNumber(c.number)}</small>}
        {c.ownName !== '' && <small className={classes.small}>{t('callbacks.ownOf', { who: c.ownName })}</small>}
        {c.note !== '' && <small className={classes.small}>{c.note}</small>}
      </>
    ),
  }
  const queue: Column<Callback> = { key: 'queue', title: t('callbacks.queue'), cell: (c) => c.queueName || '–' }
  const why = (c: Callback) => (c.why === '' ? '' : wordFor(t, 'callbacks.why', c.why))
  const state: Column<Callback> = {
    key: 'state',
    title: t('callbacks.state'),
    cell: (c) => (
      <>
        <Mark tone={looks[c.state].tone} icon={looks[c.state].icon}>
          {t(`callbacks.states.${c.state}`)}
        </Mark>
        {why(c) !== '' && <small className={classes.small}>{why(c)}</small>}
        {c.reason !== '' && <small className={classes.small}>{c.reason}</small>}
      </>
    ),
  }
  const attempts: Column<Callback> = {
    key: 'attempts',
    title: t('callbacks.attempts'),
    figure: true,
    cell: (c) => (c.attempts === 0 ? '–' : format.number(c.attempts)),
  }
  const since: Column<Callback> = { key: 'since', title: t('callbacks.since'), cell: (c) => format.dateTime(c.sinceMs) }
  return {
    open: [
      named,
      queue,
      state,
      since,
      {
        key: 'next',
        title: t('callbacks.next'),
        cell: (c) => (
          <>
            {c.nextMs > 0 ? format.dateTime(c.nextMs) : t('callbacks.turn')}
            {c.nextMs > 0 && c.timeZone !== '' && timeText(c.nextMs, c.timeZone) !== timeText(c.nextMs, zone) && (
              <small className={classes.small}>
                {t('callbacks.there', { time: timeText(c.nextMs, c.timeZone).slice(11), zone: c.timeZone })}
              </small>
            )}
            {c.slotMs > 0 && (
              <small className={classes.small}>{t('callbacks.slot', { time: format.dateTime(c.slotMs) })}</small>
            )}
          </>
        ),
      },
      attempts,
    ],
    over: [
      named,
      queue,
      state,
      since,
      { key: 'ended', title: t('callbacks.ended'), cell: (c) => format.dateTime(c.endedMs) },
      attempts,
      {
        key: 'last',
        title: t('callbacks.last'),
        cell: (c) =>
          c.lastId === '' ? (
            '–'
          ) : (
            <Link to="/interactions/$id" params={{ id: c.lastId }}>
              {t('callbacks.last')}
            </Link>
          ),
      },
    ],
  }
}

/** What can be done to a callback; each says what it did, with a way back. */
function useActions() {
  const t = useT()
  const app = useApp()
  const format = useFormat()
  const client = useQueryClient()
  const run = useMutation({
    mutationFn: (what: () => Promise<unknown>) => what(),
    onSettled: () => client.invalidateQueries({ queryKey: ['callbacks'] }),
    onError: (error) =>
      app.toast(wordFor(t, 'errors', error instanceof ApiError ? error.code : 'internal'), { tone: 'bad' }),
  })
  const done = (text: string, back: () => Promise<unknown>) =>
    app.toast(text, { action: { label: t('callbacks.undo'), run: () => run.mutate(back) } })
  return {
    cancel: (c: Callback, why: string) =>
      run.mutate(async () => {
        await api.cancelCallback(c.id, why)
        done(t('callbacks.cancelled', { who: who(c) }), () => api.reopenCallback(c.id))
      }),
    move: (c: Callback, at: number) =>
      run.mutate(async () => {
        await api.moveCallback(c.id, at)
        const text =
          at === 0
            ? t('callbacks.movedNow', { who: who(c) })
            : t('callbacks.moved', { who: who(c), time: format.dateTime(at) })
        done(text, () => api.moveCallback(c.id, c.nextMs))
      }),
    reopen: (c: Callback) =>
      run.mutate(async () => {
        await api.reopenCallback(c.id)
        done(t('callbacks.reopened', { who: who(c) }), () => api.cancelCallback(c.id))
      }),
  }
}
