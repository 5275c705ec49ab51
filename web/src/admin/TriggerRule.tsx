import { ActionIcon, Autocomplete, Checkbox, NumberInput, Select, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useLanguage, useMe, useT } from '../app/hooks.tsx'
import { useBreakReasons } from '../parts/breakReason.ts'
import { Icon } from '../ui/Icon.tsx'
import { api } from '../wire/api.ts'
import type { Flow, Queue } from '../wire/model.ts'
import classes from './admin.module.css'
import { anotherTime, happenings, hasReason, isClock, ownReasons, questionsOf, type Rule, statuses } from './trigger.ts'
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
      {line && <LineRule rule={rule} faults={faults} onChange={onChange} />}
      {on === 'status_changed' && <StatusRule rule={rule} faults={faults} onChange={onChange} />}
      {on === 'low_score' && <ScoreRule rule={rule} faults={faults} onChange={onChange} />}
    </>
  )
}

/** How many are too many. */
function LineRule({ rule, faults, onChange }: Props) {
  const t = useT()
  return (
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
  )
}

/** Which status, and why. */
function StatusRule({ rule, faults, onChange }: Props) {
  const t = useT()
  const reasons = useBreakReasons()
  const { status = '', reason = '' } = rule
  const named = [...(status === 'break' ? reasons.list.map((r) => r.key) : []), ...(ownReasons[status] ?? [])]
  // A reason that was removed stays to be seen.
  const keys = reason === '' || named.includes(reason) ? named : [...named, reason]
  return (
    <>
      <Select
        label={t('triggers.status')}
        data={[
          { value: '', label: t('triggers.anyStatus') },
          ...statuses.map((s) => ({ value: s, label: t(`words.status.${s}`) })),
        ]}
        value={status}
        error={faults['rule.status']}
        allowDeselect={false}
        onChange={(chosen) => onChange({ ...rule, status: chosen ?? '', reason: '' })}
        data-testid="field-status"
      />
      {hasReason(status) && (
        <Select
          key={status} // else it shows the words of a choice that is gone
          label={t('triggers.reason')}
          data={[
            { value: '', label: t('triggers.anyReason') },
            ...keys.map((k) => ({ value: k, label: reasons.reasonOf(k) || k })),
          ]}
          value={reason}
          error={faults['rule.reason']}
          allowDeselect={false}
          onChange={(chosen) => onChange({ ...rule, reason: chosen ?? '' })}
          data-testid="field-reason"
        />
      )}
    </>
  )
}

/** Which question, and what is a bad score. */
function ScoreRule({ rule, faults, onChange }: Props) {
  const t = useT()
  const flows = useQuery({ queryKey: ['set-up', 'flows'], queryFn: () => api.list<Flow>('flows') })
  const { question = '', atMost, last = 0 } = rule
  return (
    <>
      <Autocomplete
        label={t('triggers.question')}
        description={t('triggers.questionHint')}
        inputWrapperOrder={order}
        data={questionsOf(flows.data ?? [])}
        value={question}
        error={faults['rule.question']}
        maxLength={64}
        onChange={(typed) => onChange({ ...rule, question: typed })}
        data-testid="field-question"
      />
      {question.trim() !== '' && (
        <>
          <NumberInput
            label={t('triggers.atMost')}
            description={t('triggers.atMostHint')}
            inputWrapperOrder={order}
            value={atMost ?? ''}
            error={faults['rule.atMost']}
            min={0}
            max={10}
            step={0.5}
            clampBehavior="none"
            onChange={(n) => {
              const { atMost: _, ...others } = rule
              onChange(n === '' ? others : { ...others, atMost: Number(n) })
            }}
            data-testid="field-atMost"
          />
          {atMost !== undefined && (
            <NumberInput
              label={t('triggers.last')}
              description={t('triggers.lastHint')}
              inputWrapperOrder={order}
              value={last}
              error={faults['rule.last']}
              min={0}
              clampBehavior="none"
              onChange={(n) => onChange({ ...rule, last: Math.round(Number(n)) })}
              data-testid="field-last"
            />
          )}
        </>
      )}
    </>
  )
}
