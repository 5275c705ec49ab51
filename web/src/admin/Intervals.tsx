import { ActionIcon, TextInput } from '@mantine/core'
import { useT } from '../app/hooks.tsx'
import { Icon } from '../ui/Icon.tsx'
import classes from './admin.module.css'
import { another, minutes, parts } from './week.ts'

interface Props {
  /** What the intervals are of: a day or a date. */
  label: string
  value: readonly string[]
  onChange(value: string[]): void
}

/** Intervals of one day, each with its beginning and end. */
export function Intervals({ label, value, onChange }: Props) {
  const t = useT()
  const put = (at: number, text: string) => onChange(value.map((v, i) => (i === at ? text : v)))
  return (
    <>
      {value.length === 0 && <span>{t('hours.closedDay')}</span>}
      {value.map((interval, i) => {
        const [from, to] = parts(interval)
        const nth = value.length > 1 ? ` ${i + 1}` : ''
        const wrong = minutes(interval) === null
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: intervals have no other name
          <span key={i} className={classes.interval}>
            <TextInput
              aria-label={`${label}${nth}: ${t('hours.opens')}`}
              value={from}
              error={wrong}
              maxLength={5}
              w={72}
              onChange={(e) => put(i, `${e.currentTarget.value}-${to}`)}
            />
            –
            <TextInput
              aria-label={`${label}${nth}: ${t('hours.closes')}`}
              value={to}
              error={wrong}
              maxLength={5}
              w={72}
              onChange={(e) => put(i, `${from}-${e.currentTarget.value}`)}
            />
            <ActionIcon
              variant="subtle"
              aria-label={`${t('hours.removeInterval')}: ${label}${nth}`}
              onClick={() => onChange(value.filter((_, n) => n !== i))}
            >
              <Icon name="cross" size={14} />
            </ActionIcon>
          </span>
        )
      })}
      <ActionIcon
        variant="default"
        aria-label={`${t('hours.addInterval')}: ${label}`}
        onClick={() => onChange([...value, another(value)])}
      >
        <Icon name="plus" size={14} />
      </ActionIcon>
    </>
  )
}
