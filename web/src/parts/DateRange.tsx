import { Group, TextInput } from '@mantine/core'
import { useT } from '../app/hooks.tsx'
import { dateText, dayStart } from './period.ts'

/** From and to as days of the center's zone; to is written inclusive and kept exclusive. 0: open. */
export function DateRange(props: { from: number; to: number; zone: string; onChange(from: number, to: number): void }) {
  const t = useT()
  const { from, to, zone } = props
  return (
    <Group gap="xs" wrap="nowrap">
      <TextInput
        type="date"
        label={t('common.from')}
        value={from === 0 ? '' : dateText(from, zone)}
        onChange={(e) => {
          const { value } = e.currentTarget
          const at = value === '' ? 0 : dayStart(value, zone)
          if (at !== null) props.onChange(at, to !== 0 && at >= to ? (dayStart(value, zone, 1) ?? to) : to)
        }}
        data-testid="from"
      />
      <TextInput
        type="date"
        label={t('common.to')}
        value={to === 0 ? '' : dateText(to - 1, zone)}
        onChange={(e) => {
          const { value } = e.currentTarget
          const at = value === '' ? 0 : dayStart(value, zone, 1)
          if (at !== null) props.onChange(at !== 0 && from >= at ? (dayStart(value, zone) ?? from) : from, at)
        }}
        data-testid="to"
      />
    </Group>
  )
}
