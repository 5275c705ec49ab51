import { Button, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useApp, useLanguage, useT, useValue } from '../app/hooks.tsx'
import { wordFor } from '../i18n/language.ts'
import { named } from '../parts/names.ts'
import { Icon } from '../ui/Icon.tsx'
import { Mark } from '../ui/Mark.tsx'
import { type Column, Table } from '../ui/Table.tsx'
import { api, type SetupKind } from '../wire/api.ts'
import { ApiError } from '../wire/http.ts'
import classes from './admin.module.css'
import type { Editable, Values } from './field.ts'
import { TrunkState } from './TrunkLine.tsx'

type Row = Values & { id: string }

/** Kinds whose lists are alike. */
export type Listed = Exclude<SetupKind, 'api-tokens' | 'triggers'>

const text = (row: Row, key: string) => {
  const v = row[key]
  return typeof v === 'string' || typeof v === 'number' ? String(v) : ''
}
const whatOf = (row: Row) => String((row.terms as { what?: string } | undefined)?.what ?? '')
const count = (row: Row, key: string) => (Array.isArray(row[key]) ? row[key].length : 0)
const folded = (s: string) => s.toLowerCase().replaceAll('ё', 'е')

/** The name people know it by. */
export function title(row: Values, language: string): string {
  const own = row.name
  if (typeof own === 'string' && own !== '') return own
  return named((row.names ?? {}) as Record<string, string>, language) || String(row.key ?? row.login ?? '')
}

/** All of one kind, with what tells them apart. */
export function KindList({ kind, editable }: { kind: Listed; editable: boolean }) {
  const t = useT()
  const app = useApp()
  const language = useLanguage()
  const navigate = useNavigate()
  const { compact } = useValue(app.prefs)
  const [find, setFind] = useState('')
  const list = useQuery({ queryKey: ['set-up', kind], queryFn: () => api.list<Row>(kind) })
  const needs = { queues: 'projects', entries: 'flows', dispositions: 'projects' } as const
  const other = kind in needs ? needs[kind as keyof typeof needs] : undefined
  const others = useQuery({
    queryKey: ['set-up', other],
    queryFn: () => (other === undefined ? [] : api.list<Row>(other)),
    enabled: other !== undefined,
  })
  const otherName = (id: string) => {
    const found = others.data?.find((o) => o.id === id)
    return found === undefined ? '–' : title(found, language)
  }
  const all = list.data ?? []
  const parentName = (row: Row) => {
    const parent = all.find((p) => p.id === row.parentId)
    return parent === undefined ? '' : `${title(parent, language)} → `
  }
  const columns: Record<Listed, Column<Row>[]> = {
    users: [
      { key: 'login', title: t('admin.login'), cell: (r) => text(r, 'login') },
      { key: 'role', title: t('admin.role'), cell: (r) => wordFor(t, 'words.role', text(r, 'role')) },
      { key: 'phone', title: t('admin.phone'), cell: (r) => wordFor(t, 'words.phone', text(r, 'phone')) },
      { key: 'queues', title: t('admin.queues'), figure: true, cell: (r) => count(r, 'queues') },
      { key: 'skills', title: t('routing.skills'), figure: true, cell: (r) => count(r, 'skills') },
      {
        key: 'disabled',
        title: t('board.state'),
        cell: (r) =>
          r.disabled === true && (
            <Mark tone="warning" icon="pause">
              {t('admin.disabled')}
            </Mark>
          ),
      },
    ],
    queues: [
      { key: 'project', title: t('admin.project'), cell: (r) => otherName(text(r, 'projectId')) },
      { key: 'agents', title: t('admin.agents'), figure: true, cell: (r) => count(r, 'agents') },
      { key: 'target', title: t('admin.target'), figure: true, cell: (r) => Number(r.targetMs) / 1000 },
      { key: 'percent', title: t('admin.targetPercent'), figure: true, cell: (r) => text(r, 'targetPercent') },
    ],
    entries: [
      { key: 'number', title: t('admin.number'), cell: (r) => text(r, 'number') },
      { key: 'flow', title: t('admin.flow'), cell: (r) => otherName(text(r, 'flowId')) },
    ],
    trunks: [
      { key: 'addresses', title: t('admin.addresses'), cell: (r) => ((r.addresses ?? []) as string[]).join(', ') },
      { key: 'host', title: t('admin.host'), cell: (r) => text(r, 'host') },
      { key: 'state', title: t('board.state'), cell: (r) => <TrunkState id={r.id} /> },
    ],
    dispositions: [
      { key: 'project', title: t('admin.project'), cell: (r) => otherName(text(r, 'projectId')) },
      { key: 'success', title: t('admin.success'), cell: (r) => t(r.success === true ? 'common.yes' : 'common.no') },
    ],
    'break-reasons': [{ key: 'limit', title: t('admin.limit'), figure: true, cell: (r) => Number(r.limitMs) / 60_000 }],
    skills: [],
    projects: [],
    hours: [
      { key: 'zone', title: t('admin.timeZone'), cell: (r) => text(r, 'timeZone') },
      {
        key: 'closed',
        title: t('board.state'),
        cell: (r) =>
          r.closed === true && (
            <Mark tone="warning" icon="pause">
              {t('hours.closedNow')}
            </Mark>
          ),
      },
    ],
    plugins: [
      { key: 'url', title: t('plugins.url'), cell: (r) => text(r, 'url') },
      { key: 'offers', title: t('plugins.offers'), figure: true, cell: (r) => count(r, 'kinds') },
    ],
    'alert-rules': [
      { key: 'what', title: t('alertRules.what'), cell: (r) => wordFor(t, 'alertRules.kinds', whatOf(r)) },
      {
        key: 'off',
        title: t('board.state'),
        cell: (r) =>
          r.disabled === true && (
            <Mark tone="warning" icon="pause">
              {t('alertRules.off')}
            </Mark>
          ),
      },
    ],
    flows: [{ key: 'version', title: t('admin.version'), figure: true, cell: (r) => text(r, 'version') }],
    prompts: [
      {
        key: 'text',
        title: t('prompts.text'),
        cell: (r) => named((r.texts ?? {}) as Record<string, string>, language).slice(0, 120),
      },
    ],
  }
  const name: Column<Row> = {
    key: 'name',
    title: t('common.name'),
    names: true,
    cell: (r) =>
      editable ? (
        <Link to="/set-up/$kind/$id" params={{ kind, id: r.id }}>
          {kind === 'dispositions' ? parentName(r) : ''}
          {title(r, language)}
        </Link>
      ) : (
        title(r, language)
      ),
  }
  const keyColumn: Column<Row> = { key: 'key', title: t('admin.key'), cell: (r) => <code>{text(r, 'key')}</code> }
  const sorted = all.toSorted(
    (a, b) =>
      (parentName(a) + title(a, language)).localeCompare(parentName(b) + title(b, language), language) ||
      a.id.localeCompare(b.id),
  )
  const wanted = folded(find.trim())
  const rows = sorted.filter((r) =>
    folded(`${title(r, language)} ${text(r, 'key')} ${text(r, 'login')} ${text(r, 'number')}`).includes(wanted),
  )
  return (
    <>
      <div className={classes.bar}>
        {all.length > 7 && (
          <TextInput
            aria-label={t('admin.find')}
            placeholder={t('admin.find')}
            leftSection={<Icon name="search" size={16} />}
            value={find}
            onChange={(e) => setFind(e.currentTarget.value)}
          />
        )}
        <span>{list.data !== undefined && t('admin.count', { count: all.length })}</span>
        {editable && (
          <Button
            ml="auto"
            leftSection={<Icon name="plus" size={16} />}
            onClick={() => void navigate({ to: '/set-up/$kind/$id', params: { kind, id: 'new' } })}
            data-testid="add"
          >
            {t(`admin.add.${kind as Editable | 'hours' | 'prompts'}`)}
          </Button>
        )}
      </div>
      {!editable && <p>{t('admin.readOnly')}</p>}
      {list.isError ? (
        <p role="alert">{wordFor(t, 'errors', list.error instanceof ApiError ? list.error.code : 'internal')}</p>
      ) : list.isLoading ? (
        <p>{t('common.loading')}</p>
      ) : (
        <Table
          label={t(`admin.kinds.${kind}`)}
          testId={`list-${kind}`}
          columns={[name, ...columns[kind], ...(kind === 'users' ? [] : [keyColumn])]}
          rows={rows}
          rowKey={(r) => r.id}
          compact={compact}
          {...(editable
            ? { onOpen: (r: Row) => void navigate({ to: '/set-up/$kind/$id', params: { kind, id: r.id } }) }
            : {})}
          empty={all.length > 0 ? t('admin.nothingFound') : t(`admin.empty.${kind}`)}
        />
      )}
    </>
  )
}
