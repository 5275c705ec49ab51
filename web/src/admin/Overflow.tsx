import { ActionIcon, Button, MultiSelect, NumberInput, Select, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useRef } from 'react'
import { useLanguage, useT } from '../app/hooks.tsx'
import { Icon } from '../ui/Icon.tsx'
import { api } from '../wire/api.ts'
import type { QueueOverflow } from '../wire/model.ts'
import classes from './admin.module.css'
import type { Values } from './field.ts'
import { title } from './KindList.tsx'

interface Props {
  value: QueueOverflow[]
  /** The id of the queue. */
  self: string
  fault: string | undefined
  onChange(value: QueueOverflow[]): void
}

type Row = Values & { id: string }

/** The rules of a queue for who waits: when, and what becomes of him then. */
export function Overflow({ value, self, fault, onChange }: Props) {
  const t = useT()
  const language = useLanguage()
  const box = useRef<HTMLFieldSetElement>(null)
  const list = (kind: 'queues' | 'flows' | 'break-reasons') => ({
    queryKey: ['set-up', kind],
    queryFn: () => api.list<Row>(kind),
  })
  const keys = (rows: Row[] | undefined) =>
    (rows ?? []).map((r) => ({ value: String(r.key), label: title(r, language) }))
  const queues = keys(useQuery(list('queues')).data?.filter((r) => r.id !== self))
  const flows = keys(useQuery(list('flows')).data)
  const breaks = [
    ...keys(useQuery(list('break-reasons')).data),
    { value: 'missed', label: t('routing.overflow.missed') },
    { value: 'phone_lost', label: t('routing.overflow.phoneLost') },
    { value: 'recovery', label: t('routing.overflow.recovery') },
  ]
  const put = (at: number, change: Partial<QueueOverflow>) =>
    onChange(value.map((r, i) => (i === at ? { ...r, ...change } : r)))
  const focus = (name: string) =>
    setTimeout(() => box.current?.querySelector<HTMLElement>(`[data-testid="${name}"]`)?.focus(), 0)
  const move = (at: number, by: -1 | 1) => {
    const next = [...value]
    next.splice(at + by, 0, ...next.splice(at, 1))
    onChange(next)
    const to = at + by
    // A button that cannot be pressed any more would lose the keyboard.
    focus(`overflow-${to}-${by < 0 ? (to === 0 ? 'down' : 'up') : to === value.length - 1 ? 'up' : 'down'}`)
  }
  return (
    <fieldset ref={box} className={classes.group} data-testid="field-overflow">
      <legend>{t('routing.overflow.title')}</legend>
      <p className={classes.note}>{t(value.length === 0 ? 'routing.overflow.none' : 'routing.overflow.hint')}</p>
      <ol className={classes.rules}>
        {value.map((r, i) => {
          const rule = t('routing.overflow.rule', { n: i + 1 })
          const named = (label: string) => `${rule}: ${label}`
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: rules have nothing else that tells them apart
            <li key={i} className={classes.need} aria-label={rule} data-testid={`overflow-${i}`}>
              <div className={classes.bar}>
                <Select
                  label={t('routing.overflow.when')}
                  aria-label={named(t('routing.overflow.when'))}
                  data={[
                    { value: 'wait', label: t('routing.overflow.wait') },
                    { value: 'size', label: t('routing.overflow.size') },
                    { value: 'nobody', label: t('routing.overflow.nobody') },
                  ]}
                  value={r.when}
                  allowDeselect={false}
                  w={300}
                  onChange={(v) => put(i, { when: (v ?? 'wait') as QueueOverflow['when'] })}
                  data-testid={`overflow-${i}-when`}
                />
                {r.when === 'size' ? (
                  <NumberInput
                    label={t('routing.overflow.count')}
                    value={r.size ?? 0}
                    min={1}
                    w={170}
                    allowDecimal={false}
                    clampBehavior="none"
                    onChange={(v) => put(i, { size: Number(v) || 0 })}
                    data-testid={`overflow-${i}-size`}
                  />
                ) : (
                  <NumberInput
                    label={t('routing.overflow.seconds')}
                    value={(r.afterMs ?? 0) / 1000}
                    min={0}
                    w={170}
                    clampBehavior="none"
                    onChange={(v) => put(i, { afterMs: Math.round(Number(v) * 1000) || 0 })}
                    data-testid={`overflow-${i}-after`}
                  />
                )}
                <span className={classes.moves}>
                  <ActionIcon
                    variant="default"
                    size="lg"
                    disabled={i === 0}
                    aria-label={named(t('routing.overflow.up'))}
                    title={t('routing.overflow.up')}
                    onClick={() => move(i, -1)}
                    data-testid={`overflow-${i}-up`}
                  >
                    <Icon name="up" size={16} />
                  </ActionIcon>
                  <ActionIcon
                    variant="default"
                    size="lg"
                    disabled={i === value.length - 1}
                    aria-label={named(t('routing.overflow.down'))}
                    title={t('routing.overflow.down')}
                    onClick={() => move(i, 1)}
                    data-testid={`overflow-${i}-down`}
                  >
                    <Icon name="down" size={16} />
                  </ActionIcon>
                  <Button
                    variant="subtle"
                    color="red"
                    leftSection={<Icon name="trash" size={16} />}
                    aria-label={named(t('common.delete'))}
                    onClick={() => {
                      onChange(value.filter((_, at) => at !== i))
                      focus('add-overflow')
                    }}
                    data-testid={`overflow-${i}-delete`}
                  >
                    {t('common.delete')}
                  </Button>
                </span>
              </div>
              {r.when === 'nobody' && (
                <MultiSelect
                  label={t('routing.overflow.breaks')}
                  description={t('routing.overflow.breaksHint')}
                  data={breaks}
                  value={r.breaks ?? []}
                  hidePickedOptions
                  onChange={(v) => put(i, { breaks: v })}
                  data-testid={`overflow-${i}-breaks`}
                />
              )}
              <div className={classes.bar} style={{ marginTop: 10 }}>
                <Select
                  label={t('routing.overflow.act')}
                  aria-label={named(t('routing.overflow.act'))}
                  data={[
                    { value: 'queue', label: t('routing.overflow.doQueue') },
                    { value: 'flow', label: t('routing.overflow.doFlow') },
                    { value: 'callback', label: t('routing.overflow.doCallback') },
                    { value: 'voicemail', label: t('routing.overflow.doVoicemail') },
                    { value: 'outside', label: t('routing.overflow.doOutside') },
                    { value: 'hang_up', label: t('routing.overflow.doHangUp') },
                  ]}
                  value={r.do}
                  allowDeselect={false}
                  w={440}
                  maw="100%"
                  onChange={(v) => put(i, { do: (v ?? 'queue') as QueueOverflow['do'] })}
                  data-testid={`overflow-${i}-do`}
                />
                {(r.do === 'queue' || r.do === 'flow') && (
                  <Select
                    label={t(r.do === 'queue' ? 'admin.closingQueue' : 'admin.closingFlow')}
                    required
                    data={r.do === 'queue' ? queues : flows}
                    value={(r.do === 'queue' ? r.queue : r.flow) ?? null}
                    allowDeselect={false}
                    searchable={(r.do === 'queue' ? queues : flows).length > 8}
                    onChange={(v) => put(i, { [r.do]: v ?? '' })}
                    data-testid={`overflow-${i}-to`}
                  />
                )}
                {r.do === 'outside' && (
                  <TextInput
                    label={t('routing.overflow.number')}
                    required
                    value={r.number ?? ''}
                    onChange={(e) => put(i, { number: e.currentTarget.value })}
                    data-testid={`overflow-${i}-number`}
                  />
                )}
              </div>
            </li>
          )
        })}
      </ol>
      <div role="alert">{fault !== undefined && <p className={classes.error}>{fault}</p>}</div>
      {value.length < 20 && (
        <Button
          variant="default"
          mt={10}
          onClick={() => {
            onChange([...value, { when: 'wait', afterMs: 120_000, do: 'queue' }])
            focus(`overflow-${value.length}-when`)
          }}
          data-testid="add-overflow"
        >
          {t('routing.overflow.add')}
        </Button>
      )}
    </fieldset>
  )
}
