import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useFormat, useLanguage, useT } from '../app/hooks.tsx'
import { wordFor } from '../i18n/language.ts'
import { noticeText } from '../state/notices.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { Icon, type IconName } from '../ui/Icon.tsx'
import { Mark, type Tone } from '../ui/Mark.tsx'
import { Table } from '../ui/Table.tsx'
import { api } from '../wire/api.ts'
import { ApiError } from '../wire/http.ts'
import type { Notice, NoticeReader } from '../wire/model.ts'
import classes from './callbacks.module.css'

const looks: Record<NoticeReader['state'], { tone: Tone; icon: IconName }> = {
  not_read: { tone: 'bad', icon: 'cross' },
  earlier: { tone: 'warning', icon: 'undo' },
  read: { tone: 'warning', icon: 'eye' },
  confirmed: { tone: 'good', icon: 'check' },
}

/** Who has read and confirmed a notice, and who has not: these first. */
export function NoticeReaders({ notice, onClose }: { notice: Notice; onClose(): void }) {
  const t = useT()
  const format = useFormat()
  const language = useLanguage()
  const query = useQuery({
    queryKey: ['notices', 'readers', notice.id],
    queryFn: () => api.noticeReaders(notice.id),
    refetchInterval: 5000,
  })
  const title = t('written.readersOf', { title: noticeText(notice.texts, language).title })
  const at = (ms: number) => (ms === 0 ? '–' : format.dateTime(ms))
  return (
    <Dialog
      opened
      onClose={onClose}
      title={title}
      closeLabel={t('common.close')}
      size="xl"
      testId="notice-readers-list"
    >
      {query.isError ? (
        <p role="alert">{wordFor(t, 'errors', query.error instanceof ApiError ? query.error.code : 'internal')}</p>
      ) : (
        <Table
          label={title}
          testId="notice-readers-table"
          rows={query.data?.items ?? []}
          rowKey={(r) => r.userId}
          cards
          empty={t(query.isLoading ? 'common.loading' : 'written.nobody')}
          columns={[
            {
              key: 'name',
              title: t('written.person'),
              names: true,
              cell: (r) => (
                <>
                  {r.name}
                  {!r.reached && <small className={classes.small}>{t('written.gone')}</small>}
                </>
              ),
            },
            {
              key: 'state',
              title: t('written.state'),
              cell: (r) => (
                <Mark tone={r.done ? 'good' : looks[r.state].tone} icon={r.done ? 'check' : looks[r.state].icon}>
                  {t(`written.states.${r.state}`)}
                </Mark>
              ),
            },
            { key: 'read', title: t('written.readAt'), cell: (r) => at(r.readMs) },
            { key: 'confirmed', title: t('written.confirmedAt'), cell: (r) => at(r.confirmedMs) },
          ]}
        />
      )}
      <p>
        <Button
          component="a"
          href={api.noticeReadersFile(notice.id)}
          variant="default"
          leftSection={<Icon name="download" size={16} />}
          data-testid="notice-readers-csv"
        >
          {t('written.export')}
        </Button>
      </p>
    </Dialog>
  )
}
