import { Button, Select } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useApp, useFormat, useMe, useT, useValue } from '../app/hooks.tsx'
import { wordFor } from '../i18n/language.ts'
import { DateRange } from '../parts/DateRange.tsx'
import { Page } from '../ui/Page.tsx'
import { type Column, Table } from '../ui/Table.tsx'
import { api } from '../wire/api.ts'
import { ApiError } from '../wire/http.ts'
import type { AuditLine } from '../wire/model.ts'
import classes from './audit.module.css'
import { changes } from './changes.ts'

const actions = 'create change delete sign_in sign_out revoke listen export supervise hold lift_hold expire'.split(' ')
const kinds =
  'user session phone api_token tenant project queue entry trunk flow hours prompt disposition break_reason agent_status customer interaction callback notice recording report audit center'.split(
    ' ',
  )
const keys = ['user', 'action', 'object_kind', 'object_id', 'from', 'to', 'cursor'] as const
type Filters = Partial<Record<(typeof keys)[number], string>>

/** Who did what when; every filter stands in the address. */
export function Audit() {
  const t = useT()
  const me = useMe()
  const format = useFormat()
  const navigate = useNavigate()
  const { compact } = useValue(useApp().prefs)
  const search = useSearch({ strict: false }) as Record<string, string>
  const filters: Filters = Object.fromEntries(keys.filter((k) => search[k]).map((k) => [k, search[k] ?? '']))
  const put = (change: Filters) => {
    const next = { ...filters, cursor: '', ...change }
    void navigate({ to: '/audit', search: Object.fromEntries(Object.entries(next).filter(([, v]) => v !== '')) })
  }
  const whole = me.permissions.includes('see_audit')
  const page = useQuery({
    queryKey: ['audit', filters],
    queryFn: () => api.audit({ ...filters, limit: 50 }),
    placeholderData: keepPreviousData,
  })
  const directory = useQuery({ queryKey: ['set-up', 'directory'], queryFn: api.directory })
  const { cursor: _, ...file } = filters
  const rows = page.data?.items ?? []
  const columns: Column<AuditLine>[] = [
    { key: 'at', title: t('audit.at'), cell: (l) => format.dateTime(l.atMs) },
    {
      key: 'who',
      title: t('audit.who'),
      names: true,
      cell: (l) => l.userName || (l.userId === '' ? t('audit.system') : l.userId),
    },
    { key: 'action', title: t('audit.action'), cell: (l) => wordFor(t, 'audit.actions', l.action) },
    { key: 'object', title: t('audit.object'), cell: (l) => <Thing line={l} put={put} /> },
    { key: 'detail', title: t('audit.detail'), cell: (l) => <Detail line={l} /> },
    { key: 'source', title: t('audit.source'), cell: (l) => l.source || '–' },
  ]
  const select = (key: 'action' | 'object_kind', label: string, values: string[], words: 'actions' | 'kinds') => (
    <Select
      label={label}
      placeholder={t('common.all')}
      clearable
      searchable
      data={values.map((v) => ({ value: v, label: wordFor(t, `audit.${words}`, v) }))}
      value={filters[key] ?? null}
      onChange={(v) => put({ [key]: v ?? '' })}
      data-testid={`audit-${key}`}
    />
  )
  return (
    <Page
      title={t('audit.title')}
      aside={
        <Button component="a" href={api.auditFile(file)} variant="default" download data-testid="audit-csv">
          CSV
        </Button>
      }
    >
      {!whole && <p>{t('audit.monitoringOnly')}</p>}
      <search className={classes.filters} aria-label={t('interactions.filters')}>
        <DateRange
          from={Number(filters.from ?? 0)}
          to={Number(filters.to ?? 0)}
          zone={me.tenant.timeZone}
          onChange={(from, to) => put({ from: from === 0 ? '' : String(from), to: to === 0 ? '' : String(to) })}
        />
        <Select
          label={t('audit.who')}
          placeholder={t('common.all')}
          clearable
          searchable
          data={(directory.data?.agents ?? []).map((u) => ({ value: u.id, label: u.name }))}
          value={filters.user ?? null}
          onChange={(v) => put({ user: v ?? '' })}
          data-testid="audit-user"
        />
        {whole && select('action', t('audit.action'), actions, 'actions')}
        {whole && select('object_kind', t('audit.object'), kinds, 'kinds')}
        {Object.keys(file).length > 0 && (
          <Button
            variant="subtle"
            onClick={() => void navigate({ to: '/audit', search: {} })}
            data-testid="audit-clear"
          >
            {t('interactions.clear')}
          </Button>
        )}
      </search>
      {page.isError ? (
        <p role="alert">{wordFor(t, 'errors', page.error instanceof ApiError ? page.error.code : 'internal')}</p>
      ) : page.isLoading ? (
        <p>{t('common.loading')}</p>
      ) : (
        <Table
          label={t('audit.title')}
          testId="audit"
          columns={columns}
          rows={rows}
          rowKey={(l) => l.id}
          compact={compact}
          empty={t('audit.empty')}
        />
      )}
      <div className={classes.foot}>
        {filters.cursor !== undefined && (
          <Button variant="default" onClick={() => put({})} data-testid="first-page">
            {t('interactions.first')}
          </Button>
        )}
        {page.data !== undefined && page.data.next !== '' && (
          <Button variant="default" onClick={() => put({ cursor: page.data.next })} data-testid="next-page">
            {t('audit.earlier')}
          </Button>
        )}
      </div>
    </Page>
  )
}

/** What it was done to: the interaction opens, other things show all that was done to them. */
function Thing({ line, put }: { line: AuditLine; put(change: Filters): void }) {
  const t = useT()
  const kind = wordFor(t, 'audit.kinds', line.objectKind)
  if (line.interactionId !== '') {
    return (
      <Link to="/interactions/$id" params={{ id: line.interactionId }} data-testid="audit-interaction">
        {kind}
      </Link>
    )
  }
  const name = line.objectName === '' ? kind : `${kind}: ${line.objectName}`
  return (
    <Button
      variant="transparent"
      size="compact-sm"
      px={0}
      onClick={() => put({ object_kind: line.objectKind, object_id: line.objectId })}
      aria-label={t('audit.all', { what: name })}
      data-testid="audit-object"
    >
      {name}
    </Button>
  )
}

function Detail({ line }: { line: AuditLine }) {
  const t = useT()
  const all = changes(line.detail, line.names)
  const short = all.map((c) => c.field).join(', ')
  return (
    <div className={classes.what}>
      {line.answered !== '' && (
        <span data-testid="audit-answered" data-answered={line.answered}>
          {t(line.answered === 'yes' ? 'audit.answered' : 'audit.notAnswered')}
        </span>
      )}
      {all.length > 0 && (
        <details>
          <summary>{short.length > 60 ? `${short.slice(0, 60)}…` : short}</summary>
          <dl>
            {all.map((c) => (
              <div key={c.field}>
                <dt>{c.field}</dt>
                <dd>{c.before === undefined ? c.after : `${c.before} → ${c.after}`}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </div>
  )
}
