import { Button, NumberInput, Select, TextInput } from '@mantine/core'
import { useT } from '../app/hooks.tsx'
import type { WhatIfStart } from '../wire/model.ts'
import {
  changeText,
  clock,
  type Draft,
  draftOf,
  kinds,
  minutesOf,
  needsAgent,
  needsNumber,
  needsQueue,
  needsTimes,
  strategies,
} from './changeText.ts'
import classes from './reports.module.css'

const whole = '' // of volume: all queues

/** One change: what, where, how much and when. */
export function ChangeForm(props: {
  draft: Draft
  start: WhatIfStart
  number: number
  onChange(draft: Draft): void
  onRemove(): void
}) {
  const t = useT()
  const { draft: d, start, number } = props
  const put = (change: Partial<Draft>) => props.onChange({ ...d, ...change })
  const queues = start.queues.map((q) => ({ value: q.key, label: q.name }))
  if (d.kind === 'volume') queues.unshift({ value: whole, label: t('whatIf.allQueues') })
  return (
    <li className={classes.change} data-testid={`change-${number}`}>
      <Select
        label={t('whatIf.what')}
        w={250}
        allowDeselect={false}
        data={kinds.map((k) => ({ value: k, label: t(`whatIf.kinds.${k}`) }))}
        value={d.kind}
        onChange={(v) => props.onChange(draftOf(kinds.find((k) => k === v) ?? 'agents', d, start))}
        data-testid={`change-${number}-kind`}
      />
      {needsAgent(d.kind) && (
        <Select
          label={t('whatIf.agent')}
          w={180}
          searchable
          allowDeselect={false}
          data={start.agents.map((a) => ({ value: a.login, label: a.name }))}
          value={d.agent}
          onChange={(v) => put({ agent: v ?? '' })}
          data-testid={`change-${number}-agent`}
        />
      )}
      {needsQueue(d.kind) && (
        <Select
          label={t('whatIf.queue')}
          w={180}
          searchable
          allowDeselect={false}
          data={queues}
          value={d.queue}
          onChange={(v) => put({ queue: v ?? '' })}
          data-testid={`change-${number}-queue`}
        />
      )}
      {needsNumber(d.kind) && (
        <NumberInput
          label={t(`whatIf.by.${d.kind}`)}
          w={190}
          allowDecimal={false}
          value={d.by}
          onChange={(v) => put({ by: Number(v) })}
          data-testid={`change-${number}-by`}
        />
      )}
      {d.kind === 'strategy' && (
        <Select
          label={t('whatIf.strategy')}
          w={240}
          allowDeselect={false}
          data={strategies.map((s) => ({ value: s, label: t(`whatIf.strategies.${s}`) }))}
          value={d.strategy}
          onChange={(v) => put({ strategy: strategies.find((s) => s === v) ?? 'least_flexible' })}
        />
      )}
      {needsTimes(d.kind) && (
        <>
          <TextInput
            type="time"
            label={t('whatIf.from')}
            w={140}
            value={d.from < d.to || d.from > 0 ? clock(d.from) : ''}
            onChange={(e) => put({ from: minutesOf(e.currentTarget.value) })}
            data-testid={`change-${number}-from`}
          />
          <TextInput
            type="time"
            label={t('whatIf.to')}
            w={140}
            value={d.to > 0 ? clock(d.to) : ''}
            onChange={(e) => put({ to: minutesOf(e.currentTarget.value) })}
            data-testid={`change-${number}-to`}
          />
        </>
      )}
      <Button
        variant="subtle"
        color="gray"
        aria-label={t('whatIf.remove', { change: changeText(t, d, start) })}
        onClick={props.onRemove}
        data-testid={`change-${number}-remove`}
      >
        {t('whatIf.drop')}
      </Button>
    </li>
  )
}
