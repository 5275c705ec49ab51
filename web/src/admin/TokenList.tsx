import { Button, Select } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useApp, useFormat, useT, useValue } from '../app/hooks.tsx'
import { wordFor } from '../i18n/language.ts'
import { faultText } from '../i18n/said.ts'
import { Copy } from '../parts/Copy.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Icon } from '../ui/Icon.tsx'
import { Mark } from '../ui/Mark.tsx'
import { Table } from '../ui/Table.tsx'
import { api } from '../wire/api.ts'
import { ApiError } from '../wire/http.ts'
import type { ApiToken, MadeApiToken, Role } from '../wire/model.ts'
import classes from './admin.module.css'
import { NameAndKey } from './NameAndKey.tsx'

const day = 86_400_000 // ms
const roles: readonly Role[] = ['agent', 'supervisor', 'quality', 'administrator']

/** The tokens programs use the API with: made, told once, revoked. */
export function TokenList() {
  const t = useT()
  const app = useApp()
  const format = useFormat()
  const queries = useQueryClient()
  const { compact } = useValue(app.prefs)
  const [making, setMaking] = useState(false)
  const [leaving, setLeaving] = useState<ApiToken | null>(null)
  const list = useQuery({ queryKey: ['set-up', 'api-tokens'], queryFn: () => api.list<ApiToken>('api-tokens') })
  const fresh = () => queries.invalidateQueries({ queryKey: ['set-up', 'api-tokens'] })
  const revoke = async (k: ApiToken) => {
    try {
      await api.remove('api-tokens', k.id)
      app.toast(t('tokens.revoked', { name: k.name }))
    } catch (e) {
      app.toast(wordFor(t, 'errors', e instanceof ApiError ? e.code : 'internal'), { tone: 'bad' })
    }
    setLeaving(null)
    await fresh()
  }
  const rows = list.data ?? []
  return (
    <>
      <div className={classes.bar}>
        <span>{list.data !== undefined && t('admin.count', { count: rows.length })}</span>
        <Button
          ml="auto"
          leftSection={<Icon name="plus" size={16} />}
          onClick={() => setMaking(true)}
          data-testid="add"
        >
          {t('tokens.add')}
        </Button>
      </div>
      <p className={classes.note}>{t('tokens.intro')}</p>
      {list.isError ? (
        <p role="alert">{wordFor(t, 'errors', list.error instanceof ApiError ? list.error.code : 'internal')}</p>
      ) : list.isLoading ? (
        <p>{t('common.loading')}</p>
      ) : (
        <Table
          label={t('admin.kinds.api-tokens')}
          testId="list-api-tokens"
          columns={[
            { key: 'name', title: t('common.name'), names: true, cell: (k: ApiToken) => k.name },
            { key: 'key', title: t('admin.key'), cell: (k) => <code>{k.key}</code> },
            { key: 'role', title: t('admin.role'), cell: (k) => wordFor(t, 'words.role', k.role) },
            {
              key: 'created',
              title: t('tokens.created'),
              cell: (k) => <span className={classes.still}>{format.date(k.createdMs)}</span>,
            },
            { key: 'expires', title: t('tokens.expires'), cell: (k) => <Expires at={k.expiresMs} /> },
            {
              key: 'used',
              title: t('tokens.used'),
              cell: (k) => (
                <span className={classes.still}>{k.usedMs === 0 ? t('tokens.never') : format.dateTime(k.usedMs)}</span>
              ),
            },
            {
              key: 'revoke',
              title: t('tokens.revoke'),
              cell: (k) => (
                <Button
                  size="compact-sm"
                  variant="subtle"
                  color="red"
                  aria-label={`${t('tokens.revoke')}: ${k.name}`}
                  onClick={() => setLeaving(k)}
                  data-testid="revoke"
                >
                  {t('tokens.revoke')}
                </Button>
              ),
            },
          ]}
          rows={rows}
          rowKey={(k) => k.id}
          compact={compact}
          empty={t('tokens.empty')}
        />
      )}
      {making && <Make onMade={fresh} onClose={() => setMaking(false)} />}
      {leaving !== null && (
        <Dialog
          opened
          onClose={() => setLeaving(null)}
          title={t('tokens.revokeTitle', { name: leaving.name })}
          closeLabel={t('common.close')}
          testId="revoke-token"
        >
          <p>{t('tokens.revokeSure')}</p>
          <div className={classes.bar}>
            <Button color="red" onClick={() => void revoke(leaving)} data-testid="revoke-sure">
              {t('tokens.revoke')}
            </Button>
            <Button variant="default" onClick={() => setLeaving(null)} data-autofocus>
              {t('common.cancel')}
            </Button>
          </div>
        </Dialog>
      )}
    </>
  )
}

function Expires({ at }: { at: number }) {
  const t = useT()
  const format = useFormat()
  if (at === 0) return t('tokens.forever')
  if (at > Date.now()) return <span className={classes.still}>{format.date(at)}</span>
  return (
    <Mark tone="warning" icon="warn">
      {t('tokens.expired', { date: format.date(at) })}
    </Mark>
  )
}

/** Asks what the token is for, then shows it once. */
function Make({ onMade, onClose }: { onMade(): Promise<void>; onClose(): void }) {
  const t = useT()
  const format = useFormat()
  const [named, setNamed] = useState({ name: '', key: '' })
  const [role, setRole] = useState<Role>('supervisor')
  const [days, setDays] = useState('365')
  const [faults, setFaults] = useState<Record<string, string>>({})
  const [error, setError] = useState('')
  const [busy, setBusy] = useState(false)
  const [made, setMade] = useState<MadeApiToken | null>(null)
  const expiresMs = days === '0' ? 0 : Date.now() + Number(days) * day
  const make = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setError('')
    setFaults({})
    try {
      setMade(await api.add<MadeApiToken>('api-tokens', { ...named, role, expiresMs }))
      await onMade()
    } catch (e) {
      const problem = e instanceof ApiError ? e : new ApiError(500, 'internal', '', [], 0)
      setFaults(Object.fromEntries(problem.fields.map((f) => [f.field, faultText(t, f)])))
      setError(wordFor(t, 'errors', problem.code))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Dialog
      opened
      onClose={onClose}
      closeOnEscape={made === null}
      title={made === null ? t('tokens.add') : t('tokens.made', { name: made.name })}
      closeLabel={t('common.close')}
      testId="make-token"
    >
      {made === null ? (
        <form onSubmit={make} className={classes.stacked} noValidate>
          <div role="alert">{error !== '' && <p className={classes.error}>{error}</p>}</div>
          <NameAndKey value={named} kept={false} faults={faults} onChange={setNamed} />
          <Select
            label={t('admin.role')}
            data={roles.map((r) => ({ value: r, label: t(`words.role.${r}`) }))}
            value={role}
            allowDeselect={false}
            onChange={(r) => setRole(r as Role)}
            data-testid="field-role"
          />
          <Select
            label={t('tokens.lasts')}
            description={
              expiresMs === 0 ? t('tokens.foreverHint') : t('tokens.until', { date: format.date(expiresMs) })
            }
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            data={[30, 90, 365, 0].map((n) => ({
              value: String(n),
              label: n === 0 ? t('tokens.forever') : t('tokens.days', { count: n }),
            }))}
            value={days}
            error={faults.expiresMs}
            allowDeselect={false}
            onChange={(d) => setDays(d ?? '365')}
            data-testid="field-days"
          />
          <Button type="submit" loading={busy} data-testid="make">
            {t('tokens.make')}
          </Button>
        </form>
      ) : (
        <div className={classes.stacked}>
          <p role="status">{t('tokens.once')}</p>
          <div className={classes.bar}>
            <code className={classes.secret} data-testid="token">
              {made.token}
            </code>
            <Copy value={made.token} />
          </div>
          <p className={classes.note}>{t('tokens.header')}</p>
          <code className={classes.secret}>Authorization: Bearer lk_…</code>
          <Button onClick={onClose} data-testid="token-done">
            {t('tokens.done')}
          </Button>
        </div>
      )}
    </Dialog>
  )
}
