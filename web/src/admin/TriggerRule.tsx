import { ActionIcon, Autocomplete, Checkbox, NumberInput, Select, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useLanguage, useMe, useT } from '../app/hooks.tsx'
import { Icon } from '../ui/Icon.tsx'
import { api } from '../wire/api.ts'
import type { Queue } from '../wire/model.ts'
import classes from './admin.module.css'
import { anotherTime, happenings, isClock, type Rule } from './trigger.ts'
import { days } from './week.ts'

const order: ('label' | 'input' | 'description' | 'error')[] = ['label', 'input', 'description', 'error']

interface Props {
  rule: Rule
  faults: Readonly<Record<string, string>>
  onChange(rule: Rule): void
}

/** Days, times and the clock they are on. */
export function ScheduleRule({ rule, faults, onChange }: Props) {
  const t = useT()
  const { tenant } = useMe()
  const times = rule.times ?? []
  const put = (list: string[]) => onChange({ ...rule, times: list })
  return (
    <>
      <Checkbox.Group
        className={classes.whole}
        label={t('triggers.days')}
        description={t('triggers.daysHint')}
        inputWrapperOrder={order}
        value={rule.days ?? []}
        error={faults['rule.days']}
        onChange={(chosen) => onChange({ ...rule, days: chosen })}
        data-testid="field-days"
      >
        <div className={classes.choices}>
          {days.map((d) => (
            <Checkbox key={d} value={d} label={t(`hours.short.${d}`)} aria-label={t(`hours.days.${d}`)} />
          ))}
        </div>
      </Checkbox.Group>
      <fieldset className={`${classes.whole} ${classes.group}`} data-testid="field-times">
        <legend>{t('triggers.times')}</legend>
        <div className={classes.choices}>
          {times.map((time, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: times have no other name
            <span key={i} className={classes.interval}>
              <TextInput
                aria-label={t('triggers.time', { number: String(i + 1) })}
                value={time}
                error={time !== '' && !isClock(time)}
                maxLength={5}
                w={72}
                onChange={(e) => put(times.map((o, n) => (n === i ? e.currentTarget.value : o)))}
              />
              <ActionIcon
                variant="subtle"
                aria-label={t('triggers.removeTime', { number: String(i + 1) })}
                onClick={() => put(times.filter((_, n) => n !== i))}
              >
                <Icon name="cross" size={14} />
              </ActionIcon>
            </span>
          ))}
          <ActionIcon
            variant="default"
            aria-label={t('triggers.addTime')}
            onClick={() => put([...times, anotherTime(times)])}
            data-testid="add-time"
          >
            <Icon name="plus" size={14} />
          </ActionIcon>
        </div>
        <p className={classes.note}>{t('triggers.timesHint')}</p>
        {faults['rule.times'] !== undefined && <p className={classes.fault}>{faults['rule.times']}</p>}
      </fieldset>
      <Autocomplete
        label={t('triggers.zone')}
        description={t('triggers.zoneHint', { zone: tenant.timeZone })}
        inputWrapperOrder={order}
        data={Intl.supportedValuesOf('timeZone')}
        limit={30}
        value={rule.timeZone ?? ''}
        error={faults['rule.timeZone']}
        onChange={(timeZone) => onChange({ ...rule, timeZone })}
        data-testid="field-timeZone"
      />
    </>
  )
}

/** What happens, and where. */
export function EventRule({ rule, faults, onChange }: Props) {
  const t = useT()
  const language = useLanguage()
  const queues = useQuery({ queryKey: ['set-up', 'queues'], queryFn: () => api.list<Queue>('queues') })
  const on = rule.on ?? 'interaction_ended'
  const line = on === 'queue_waiting'
  const named = (queues.data ?? [])
    .map((q) => ({ value: q.key, label: q.name }))
    .toSorted((a, b) => a.label.localeCompare(b.label, language))
  // A queue that was removed stays to be seen.
  const known = rule.queue === undefined || rule.queue === '' || named.some((q) => q.value === rule.queue)
  const choices = known ? named : [...named, { value: rule.queue ?? '', label: rule.queue ?? '' }]
  return (
    <>
      <Select
        label={t('triggers.event')}
        data={happenings.map((h) => ({ value: h, label: t(`triggers.events.${h}`) }))}
        value={on}
        error={faults['rule.on']}
        allowDeselect={false}
        onChange={(chosen) => onChange({ ...rule, on: chosen ?? 'interaction_ended' })}
        data-testid="field-on-event"
      />
      <Select
        key={on} // else it shows the words of a choice that is gone
        label={t('triggers.queue')}
        data={line ? choices : [{ value: '', label: t('triggers.anyQueue') }, ...choices]}
        value={rule.queue ?? ''}
        error={faults['rule.queue']}
        required={line}
        allowDeselect={false}
        searchable={choices.length > 8}
        placeholder={t('desk.chooseGroup')}
        onChange={(queue) => onChange({ ...rule, queue: queue ?? '' })}
        data-testid="field-queue"
      />
      {line && (
        <>
          <NumberInput
            label={t('triggers.more')}
            value={rule.more ?? 0}
            error={faults['rule.more']}
            min={0}
            clampBehavior="none"
            onChange={(n) => onChange({ ...rule, more: Math.round(Number(n)) })}
            data-testid="field-more"
          />
          <NumberInput
            label={t('triggers.for')}
            description={t('triggers.forHint')}
            inputWrapperOrder={order}
            value={(rule.forMs ?? 0) / 1000}
            error={faults['rule.forMs']}
            min={0}
            clampBehavior="none"
            onChange={(n) => onChange({ ...rule, forMs: Math.round(Number(n) * 1000) })}
            data-testid="field-for"
          />
        </>
      )}
    </>
  )
}
