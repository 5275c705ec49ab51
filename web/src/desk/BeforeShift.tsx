import { Button, Checkbox, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useApp, useFormat, useLanguage, useT, useValue, useWorld } from '../app/hooks.tsx'
import { refusalText } from '../i18n/said.ts'
import { named } from '../parts/names.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { Mark } from '../ui/Mark.tsx'
import { api } from '../wire/api.ts'
import type { ChecklistItem } from '../wire/model.ts'
import classes from './desk.module.css'

/** What is asked of an agent before his shift, and before he goes home. */
export function BeforeShift() {
  const t = useT()
  const world = useWorld()
  const { shift } = useValue(world.panels)
  const { work } = useValue(world.desk.live)
  const busy = work.some((w) => w.phase !== 'wrapping_up')
  useEffect(() => {
    // A person on the line comes before everything.
    if (busy && shift) world.panels.update((p) => ({ ...p, shift: false }))
  }, [busy, shift, world])
  return (
    <Dialog
      opened={shift}
      onClose={() => world.panels.update((p) => ({ ...p, shift: false }))}
      title={t('shift.title')}
      closeLabel={t('common.close')}
      testId="before-shift"
    >
      {shift && <Asked />}
    </Dialog>
  )
}

function Asked() {
  const t = useT()
  const world = useWorld()
  const format = useFormat()
  const me = useValue(world.desk.live).me
  const { data: items = [] } = useQuery({ queryKey: ['checklist'], queryFn: api.checklist })
  if (me === null) return null
  const { lacks, check, allowedAt, allowedBy, allowedNote, spot, planned, arrived, credited } = me.shift
  const blocked = (lacks ?? []).some((l) => l.blocks)
  return (
    <div className={classes.shift}>
      {arrived > 0 && (
        <Text size="sm" data-testid="shift-clock">
          {t('shift.arrived', { time: format.time(arrived) })}
          {planned > 0 && ` · ${t('shift.planned', { time: format.time(planned) })}`}
          {credited !== arrived && ` · ${t('shift.credited', { time: format.time(credited) })}`}
        </Text>
      )}
      {allowedAt > 0 && (
        <Mark tone="good" icon="check">
          {t('shift.allowed', { by: allowedBy, note: allowedNote })}
        </Mark>
      )}
      {me.phone === 'browser' && (
        <div className={classes.shiftLine}>
          <Mark
            tone={check?.passed === true ? 'good' : 'warning'}
            icon={check?.passed === true ? 'check' : check === undefined ? 'circle' : 'cross'}
          >
            {t(check === undefined ? 'shift.unchecked' : check.passed ? 'shift.checked' : 'shift.checkFailed')}
          </Mark>
          <Button
            size="compact-md"
            variant="default"
            onClick={() => world.panels.update((p) => ({ ...p, shift: false, phoneCheck: true }))}
            data-testid="shift-check"
          >
            {t('shift.check')}
          </Button>
        </div>
      )}
      {(['start', 'end'] as const).map((part) => (
        <Ticks key={part} part={part} items={items.filter((i) => i.part === part)} ticked={me.shift.ticked ?? []} />
      ))}
      {spot !== undefined && (
        <Text size="sm">
          {t(spot.good ? 'shift.spotGood' : 'shift.spotBad', { by: spot.by, time: format.time(spot.at) })}
          {spot.note !== '' && `: ${spot.note}`}
        </Text>
      )}
      <div className={classes.shiftLine}>
        <Text fw={600} role="status" data-testid="shift-result" data-blocked={blocked}>
          {blocked ? t('shift.blocked') : t('shift.ready')}
        </Text>
        {me.status !== 'available' && !blocked && (
          <Button
            onClick={() => {
              world.panels.update((p) => ({ ...p, shift: false }))
              void world.desk.setStatus('available')
            }}
            data-testid="shift-available"
          >
            {t('check.goAvailable')}
          </Button>
        )}
        {me.status !== 'offline' && (
          <Button
            variant="default"
            onClick={() => {
              world.panels.update((p) => ({ ...p, shift: false }))
              void world.desk.setStatus('offline')
            }}
            data-testid="shift-offline"
          >
            {t('shift.offline')}
          </Button>
        )}
      </div>
    </div>
  )
}

function Ticks(props: { part: 'start' | 'end'; items: ChecklistItem[]; ticked: string[] }) {
  const t = useT()
  const app = useApp()
  const language = useLanguage()
  // What was pressed shows at once, until the server has it.
  const [pressed, setPressed] = useState<Record<string, boolean>>({})
  if (props.items.length === 0) return null
  const tick = async (key: string, done: boolean) => {
    setPressed((p) => ({ ...p, [key]: done }))
    try {
      await api.tick(key, done)
    } catch (problem) {
      app.toast(refusalText(t, problem), { tone: 'bad' })
      setPressed(({ [key]: _, ...rest }) => rest)
    }
  }
  return (
    <fieldset className={classes.ticks}>
      <legend>{t(`shift.list.${props.part}`)}</legend>
      {props.items.map((i) => (
        <Checkbox
          key={i.key}
          label={named(i.texts, language)}
          checked={pressed[i.key] ?? props.ticked.includes(i.key)}
          onChange={(e) => void tick(i.key, e.currentTarget.checked)}
          data-testid={`tick-${i.key}`}
        />
      ))}
    </fieldset>
  )
}
