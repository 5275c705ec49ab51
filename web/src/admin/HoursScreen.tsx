import { Autocomplete, Switch } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useApp, useFormat, useMe, useT } from '../app/hooks.tsx'
import { wordFor } from '../i18n/language.ts'
import { api } from '../wire/api.ts'
import type { Hours } from '../wire/model.ts'
import { soundApi } from '../wire/sound.ts'
import classes from './admin.module.css'
import { Holidays } from './Holidays.tsx'
import { Intervals } from './Intervals.tsx'
import { NameAndKey } from './NameAndKey.tsx'
import { OpenAt } from './OpenAt.tsx'
import { codeOf, Loaded, OwnForm, useSaving } from './OwnForm.tsx'
import { WeekDrawing } from './WeekDrawing.tsx'
import { days } from './week.ts'

const office = ['09:00-18:00']

export function HoursScreen({ id }: { id: string }) {
  const { tenant } = useMe()
  const week = { mon: office, tue: office, wed: office, thu: office, fri: office }
  const start = { id: '', key: '', name: '', timeZone: tenant.timeZone, week, holidays: [] }
  const fresh: Hours = { ...start, closed: false, closedBy: '', closedMs: 0 }
  return (
    <Loaded kind="hours" id={id} load={soundApi.oneHours} fresh={fresh}>
      {(found) => <HoursForm start={found} />}
    </Loaded>
  )
}

/** Opening hours: the week, holidays, and the switch that closes at once. */
function HoursForm({ start }: { start: Hours }) {
  const t = useT()
  const app = useApp()
  const queries = useQueryClient()
  const saving = useSaving('hours')
  const { busy, faults } = saving
  const [h, setH] = useState(start)
  const [saved, setSaved] = useState(start)
  const { id: _id, closedBy: _by, closedMs: _ms, ...body } = h
  const dirty = JSON.stringify(h) !== JSON.stringify(saved)

  const save = () =>
    saving.attempt(async () => {
      if (h.id === '') await api.add('hours', body)
      else await api.put('hours', h.id, body)
      app.toast(t('common.saved'))
      saving.leave()
    })
  // At once, and without what else was typed and is not saved.
  const close = (closed: boolean) => {
    if (h.id === '') {
      setH({ ...h, closed })
      return
    }
    void saving.attempt(async () => {
      const { id, closedBy: _b, closedMs: _m, ...kept } = saved
      const now = await api.put<Hours>('hours', id, { ...kept, closed })
      setSaved(now)
      setH({ ...h, closed: now.closed, closedBy: now.closedBy, closedMs: now.closedMs })
      app.toast(t(closed ? 'hours.closedDone' : 'hours.openedDone'))
    })
  }
  const remove = () =>
    void saving.attempt(async () => {
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
      saving.leave()
    })
  return (
    <OwnForm kind="hours" saving={saving} dirty={dirty} save={save} remove={h.id === '' ? undefined : remove}>
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
    </OwnForm>
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
