import { Autocomplete, Button, Switch } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { useApp, useFormat, useMe, useT } from '../app/hooks.tsx'
import { wordFor } from '../i18n/language.ts'
import { Icon } from '../ui/Icon.tsx'
import { api } from '../wire/api.ts'
import { ApiError } from '../wire/http.ts'
import type { Hours } from '../wire/model.ts'
import { soundApi } from '../wire/sound.ts'
import classes from './admin.module.css'
import { Holidays } from './Holidays.tsx'
import { Intervals } from './Intervals.tsx'
import { NameAndKey } from './NameAndKey.tsx'
import { OpenAt } from './OpenAt.tsx'
import { WeekDrawing } from './WeekDrawing.tsx'
import { days } from './week.ts'

const office = ['09:00-18:00']

const codeOf = (e: unknown) => (e instanceof ApiError ? e.code : 'internal')

export function HoursScreen({ id }: { id: string }) {
  const t = useT()
  const me = useMe()
  const one = useQuery({
    queryKey: ['set-up', 'hours', id],
    queryFn: () => soundApi.oneHours(id),
    enabled: id !== 'new',
    staleTime: 0,
    gcTime: 0,
  })
  if (id === 'new') {
    const week = { mon: office, tue: office, wed: office, thu: office, fri: office }
    const start = { id: '', key: '', name: '', timeZone: me.tenant.timeZone, week, holidays: [] }
    return <HoursForm start={{ ...start, closed: false, closedBy: '', closedMs: 0 }} />
  }
  if (one.isError) return <p role="alert">{wordFor(t, 'errors', codeOf(one.error))}</p>
  if (one.data === undefined) return <p>{t('common.loading')}</p>
  return <HoursForm start={one.data} />
}

/** Opening hours: the week, holidays, and the switch that closes at once. */
function HoursForm({ start }: { start: Hours }) {
  const t = useT()
  const app = useApp()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const [h, setH] = useState(start)
  const [saved, setSaved] = useState(start)
  const [faults, setFaults] = useState<Record<string, string>>({})
  const [error, setError] = useState('')
  const [busy, setBusy] = useState(false)
  const list = () => void navigate({ to: '/set-up/$kind', params: { kind: 'hours' } })
  const { id: _id, closedBy: _by, closedMs: _ms, ...body } = h
  const dirty = JSON.stringify(h) !== JSON.stringify(saved)

  const refused = (e: unknown) => {
    const fields = e instanceof ApiError ? e.fields : []
    setFaults(Object.fromEntries(fields.map((f) => [f.field, f.message])))
    setError([wordFor(t, 'errors', codeOf(e)), ...fields.map((f) => f.message)].join(' '))
  }
  const attempt = async (what: () => Promise<void>) => {
    setBusy(true)
    setError('')
    setFaults({})
    try {
      await what()
      await queries.invalidateQueries({ queryKey: ['set-up'] })
    } catch (e) {
      refused(e)
    } finally {
      setBusy(false)
    }
  }
  const save = (event: FormEvent) => {
    event.preventDefault()
    void attempt(async () => {
      if (h.id === '') await api.add('hours', body)
      else await api.put('hours', h.id, body)
      app.toast(t('common.saved'))
      list()
    })
  }
  // At once, and without what else was typed and is not saved.
  const close = (closed: boolean) => {
    if (h.id === '') {
      setH({ ...h, closed })
      return
    }
    void attempt(async () => {
      const { id, closedBy: _b, closedMs: _m, ...kept } = saved
      const now = await api.put<Hours>('hours', id, { ...kept, closed })
      setSaved(now)
      setH({ ...h, closed: now.closed, closedBy: now.closedBy, closedMs: now.closedMs })
      app.toast(t(closed ? 'hours.closedDone' : 'hours.openedDone'))
    })
  }
  const remove = () =>
    void attempt(async () => {
      await api.remove('hours', h.id)
      app.toast(t('admin.deleted', { name: saved.name }), {
        action: {
          label: t('common.undo'),
          run: () => {
            const { id: _i, closedBy: _b, closedMs: _m, ...kept } = saved
            api.add('hours', kept).then(
              async () => {
                await queries.invalidateQueries({ queryKey: ['set-up'] })
                app.toast(t('admin.restored', { name: saved.name }))
              },
              (e: unknown) => app.toast(wordFor(t, 'errors', codeOf(e)), { tone: 'bad' }),
            )
          },
        },
      })
      list()
    })
  return (
    <form className={classes.form} onSubmit={save} noValidate data-testid="form-hours">
      <div role="alert" className={classes.whole} hidden={error === ''}>
        {error !== '' && <p className={classes.error}>{error}</p>}
      </div>
      <NameAndKey value={h} kept={start.id !== ''} faults={faults} onChange={(named) => setH({ ...h, ...named })} />
      <Autocomplete
        label={t('admin.timeZone')}
        data={Intl.supportedValuesOf('timeZone')}
        limit={30}
        value={h.timeZone}
        error={faults.timeZone}
        required
        onChange={(timeZone) => setH({ ...h, timeZone })}
        data-testid="field-timeZone"
      />
      <div>
        <Switch
          label={t('hours.closeNow')}
          description={t('hours.closeNowHint')}
          checked={h.closed}
          disabled={busy}
          onChange={(e) => close(e.currentTarget.checked)}
          data-testid="hours-closed"
        />
        <ClosedBy by={h.closedBy} ms={h.closedMs} />
      </div>
      <fieldset className={`${classes.whole} ${classes.group}`}>
        <legend>{t('hours.week')}</legend>
        <p className={classes.note}>{t('hours.weekHint')}</p>
        {days.map((day) => (
          <div key={day} className={classes.day} data-testid={`hours-${day}`}>
            <span>{t(`hours.days.${day}`)}</span>
            <Intervals
              label={t(`hours.days.${day}`)}
              value={h.week[day] ?? []}
              onChange={(open) => setH({ ...h, week: { ...h.week, [day]: open } })}
            />
          </div>
        ))}
        <WeekDrawing week={h.week} />
      </fieldset>
      <OpenAt hours={body} />
      <Holidays value={h.holidays} onChange={(holidays) => setH({ ...h, holidays })} />
      <div className={classes.foot}>
        <Button type="submit" loading={busy} data-testid="save">
          {t('common.save')}
        </Button>
        <Button variant="default" onClick={list}>
          {t('common.cancel')}
        </Button>
        {dirty && <span role="status">{t('admin.unsaved')}</span>}
        {h.id !== '' && (
          <Button
            variant="subtle"
            color="red"
            leftSection={<Icon name="trash" size={16} />}
            onClick={remove}
            disabled={busy}
            data-testid="delete"
          >
            {t('common.delete')}
          </Button>
        )}
      </div>
    </form>
  )
}

/** Who switched to closed, and when. */
function ClosedBy({ by, ms }: { by: string; ms: number }) {
  const t = useT()
  const format = useFormat()
  const users = useQuery({
    queryKey: ['set-up', 'users'],
    queryFn: () => api.list<{ id: string; name: string }>('users'),
    enabled: ms > 0,
  })
  if (ms === 0) return null
  const name = users.data?.find((u) => u.id === by)?.name ?? by
  return (
    <p className={classes.note} data-testid="closed-by">
      {t('hours.closedBy', { name, time: format.dateTime(ms) })}
    </p>
  )
}
