import { Button } from '@mantine/core'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { useApp, useFormat, useLanguage, useT, useValue } from '../app/hooks.tsx'
import { wordFor } from '../i18n/language.ts'
import { refusalText } from '../i18n/said.ts'
import { noticeText } from '../state/notices.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { Icon, type IconName } from '../ui/Icon.tsx'
import { Mark, type Tone } from '../ui/Mark.tsx'
import { Page, Section } from '../ui/Page.tsx'
import { type Column, Table } from '../ui/Table.tsx'
import { api } from '../wire/api.ts'
import { ApiError } from '../wire/http.ts'
import type { Directory, Notice } from '../wire/model.ts'
import classes from './callbacks.module.css'
import { NoticeForm } from './NoticeForm.tsx'
import { NoticeReaders } from './NoticeReaders.tsx'

const looks: Record<Notice['importance'], { tone: Tone; icon: IconName }> = {
  read: { tone: 'quiet', icon: 'info' },
  confirm: { tone: 'warning', icon: 'check' },
  block: { tone: 'bad', icon: 'lock' },
}

type Open = { what: 'write' } | { what: 'change' | 'readers' | 'withdraw'; notice: Notice }

/** What leaders write to agents, and how far it has been read. */
export function Notices() {
  const t = useT()
  const app = useApp()
  const client = useQueryClient()
  const language = useLanguage()
  const { compact } = useValue(app.prefs)
  const [open, setOpen] = useState<Open | null>(null)
  const list = (state: 'present' | 'over') => ({
    queryKey: ['notices', state],
    queryFn: () => api.notices({ state, limit: 200 }),
    placeholderData: keepPreviousData,
    refetchInterval: 5000,
  })
  const present = useQuery(list('present'))
  const over = useQuery(list('over'))
  const directory = useQuery({ queryKey: ['directory'], queryFn: () => api.directory() })
  const close = () => {
    setOpen(null)
    void client.invalidateQueries({ queryKey: ['notices'] })
  }
  const act = async (work: () => Promise<string>) => {
    try {
      app.toast(await work())
    } catch (problem) {
      app.toast(refusalText(t, problem), { tone: 'bad' })
    }
    close()
  }
  const title = (n: Notice) => noticeText(n.texts, language).title
  const button = (n: Notice, label: string, testId: string, run: () => void) => (
    <Button
      size="compact-sm"
      variant="default"
      aria-label={t('written.what', { what: label, title: title(n) })}
      onClick={run}
      data-testid={testId}
    >
      {label}
    </Button>
  )
  const actions = (n: Notice): ReactNode => (
    <div className={classes.actions}>
      {button(n, t('written.readers'), 'notice-readers', () => setOpen({ what: 'readers', notice: n }))}
      {n.holds &&
        n.done < n.reached &&
        button(n, t('written.remind'), 'notice-remind', () =>
          act(async () => t('written.reminded', { count: (await api.remindNotice(n.id)).asked })),
        )}
      {n.withdrawnMs === 0 &&
        button(n, t('written.change'), 'notice-change', () => setOpen({ what: 'change', notice: n }))}
      {n.withdrawnMs === 0 &&
        button(n, t('written.withdraw'), 'notice-withdraw', () => setOpen({ what: 'withdraw', notice: n }))}
    </div>
  )
  const columns = useColumns(directory.data)
  const last: Column<Notice> = { key: 'actions', title: t('callbacks.actions'), bare: true, cell: actions }
  const table = (query: typeof present, label: string, testId: string, empty: string) =>
    query.isError ? (
      <p role="alert">{wordFor(t, 'errors', query.error instanceof ApiError ? query.error.code : 'internal')}</p>
    ) : query.isLoading ? (
      <p>{t('common.loading')}</p>
    ) : (
      <Table
        label={label}
        testId={testId}
        columns={[...columns, last]}
        rows={query.data?.items ?? []}
        rowKey={(n) => n.id}
        compact={compact}
        cards
        empty={empty}
      />
    )
  return (
    <Page title={t('written.title')}>
      <p className={classes.intro}>{t('written.intro')}</p>
      <p>
        <Button
          leftSection={<Icon name="plus" size={16} />}
          onClick={() => setOpen({ what: 'write' })}
          data-testid="notice-write"
        >
          {t('written.write')}
        </Button>
      </p>
      <Section title={t('written.present')}>
        {table(present, t('written.present'), 'notices-present', t('written.emptyPresent'))}
      </Section>
      <Section title={t('written.over')}>
        {table(over, t('written.over'), 'notices-over', t('written.emptyOver'))}
      </Section>
      {(open?.what === 'write' || open?.what === 'change') && directory.data !== undefined && (
        <NoticeForm notice={open.what === 'change' ? open.notice : null} directory={directory.data} onClose={close} />
      )}
      {open?.what === 'readers' && <NoticeReaders notice={open.notice} onClose={close} />}
      {open?.what === 'withdraw' && (
        <Dialog
          opened
          onClose={close}
          title={t('written.withdrawAsk', { title: title(open.notice) })}
          closeLabel={t('common.close')}
          size="md"
          testId="notice-withdraw-ask"
        >
          <p>{t('written.withdrawText', { count: open.notice.reached - open.notice.done })}</p>
          <div className={classes.actions}>
            <Button
              color="red"
              data-autofocus
              onClick={() =>
                void act(async () => {
                  await api.withdrawNotice(open.notice.id)
                  return t('written.withdrawn', { title: title(open.notice) })
                })
              }
              data-testid="notice-withdraw-now"
            >
              {t('written.withdraw')}
            </Button>
            <Button variant="default" onClick={close}>
              {t('written.keep')}
            </Button>
          </div>
        </Dialog>
      )}
    </Page>
  )
}

function useColumns(directory: Directory | undefined): Column<Notice>[] {
  const t = useT()
  const format = useFormat()
  const language = useLanguage()
  const names = (of: { id: string; name: string }[] | undefined, ids: string[] | undefined) =>
    (ids ?? []).map((id) => of?.find((x) => x.id === id)?.name ?? '–')
  const whom = (n: Notice) =>
    [
      ...(n.everybody === true ? [t('written.everybody')] : []),
      ...names(directory?.queues, n.queues),
      ...names(directory?.projects, n.projects),
      ...names(directory?.agents, n.people),
    ].join(', ')
  return [
    {
      key: 'title',
      title: t('written.what1'),
      names: true,
      cell: (n) => (
        <>
          {noticeText(n.texts, language).title}
          <small className={classes.small}>{whom(n)}</small>
        </>
      ),
    },
    {
      key: 'importance',
      title: t('written.importance'),
      cell: (n) => (
        <Mark tone={looks[n.importance].tone} icon={looks[n.importance].icon}>
          {t(`notice.importances.${n.importance}`)}
        </Mark>
      ),
    },
    {
      key: 'when',
      title: t('written.when'),
      cell: (n) => (
        <>
          {format.dateTime(n.fromMs ?? 0)}
          <small className={classes.small}>
            {n.withdrawnMs > 0
              ? t('written.withdrawnAt', { time: format.dateTime(n.withdrawnMs) })
              : (n.untilMs ?? 0) > 0
                ? t('notice.until', { time: format.dateTime(n.untilMs ?? 0) })
                : t('written.noEnd')}
          </small>
        </>
      ),
    },
    {
      key: 'done',
      title: t('written.done'),
      cell: (n) => (
        <>
          <b>{t('written.of', { some: n.done, all: n.reached })}</b>
          {n.importance !== 'read' && (
            <small className={classes.small}>{t('written.readBy', { some: n.read, all: n.reached })}</small>
          )}
        </>
      ),
    },
  ]
}
