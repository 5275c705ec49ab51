import { Button, NumberInput, Select, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useLanguage, useT } from '../app/hooks.tsx'
import { wordFor } from '../i18n/language.ts'
import { named } from '../parts/names.ts'
import { Icon } from '../ui/Icon.tsx'
import { ApiError } from '../wire/http.ts'
import { soundApi } from '../wire/sound.ts'
import classes from './admin.module.css'
import { Intervals } from './Intervals.tsx'
import { type Holiday, joined } from './week.ts'

interface Props {
  value: readonly Holiday[]
  onChange(value: Holiday[]): void
}

/** Dates with hours of their own; a country's are added with one click a year. */
export function Holidays({ value, onChange }: Props) {
  const t = useT()
  const language = useLanguage()
  const [country, setCountry] = useState<string>('RU')
  const [year, setYear] = useState(new Date().getFullYear())
  const [said, setSaid] = useState('')
  const put = (at: number, part: Partial<Holiday>) => onChange(value.map((h, i) => (i === at ? { ...h, ...part } : h)))

  const add = async () => {
    try {
      const found = await soundApi.publicHolidays(country, year)
      const more = found.days.map((d) => ({ date: d.date, name: named(d.names, language), open: [] }))
      const next = joined(value, more)
      onChange(next)
      const missing = named(found.missing, language)
      setSaid(
        [
          t('hours.holidaysAdded', { count: next.length - value.length }),
          missing === '' ? '' : t('hours.holidaysMissing', { names: missing }),
        ].join(' '),
      )
    } catch (e) {
      const why = e instanceof ApiError ? e.fields.map((f) => f.message).join(' ') : ''
      setSaid(why || wordFor(t, 'errors', e instanceof ApiError ? e.code : 'internal'))
    }
  }
  return (
    <fieldset className={`${classes.whole} ${classes.group}`} data-testid="holidays">
      <legend>{t('hours.holidays')}</legend>
      <div className={classes.bar}>
        <Select
          label={t('hours.country')}
          data={[
            { value: 'RU', label: t('hours.russia') },
            { value: 'TH', label: t('hours.thailand') },
          ]}
          value={country}
          allowDeselect={false}
          onChange={(v) => setCountry(v ?? 'RU')}
          w={150}
        />
        <NumberInput label={t('hours.year')} value={year} hideControls onChange={(v) => setYear(Number(v))} w={90} />
        <Button variant="default" mt={24} onClick={() => void add()} data-testid="add-public-holidays">
          {t('hours.addPublic')}
        </Button>
      </div>
      <p className={classes.note}>{t('hours.publicHint')}</p>
      <p role="status" className={classes.note}>
        {said}
      </p>
      <ul className={classes.holidays}>
        {value.map((h, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: dates change while they are typed
          <li key={i}>
            <TextInput
              type="date"
              aria-label={`${t('hours.date')} ${i + 1}`}
              value={h.date}
              onChange={(e) => put(i, { date: e.currentTarget.value })}
              w={150}
            />
            <TextInput
              aria-label={`${t('common.name')}: ${h.date}`}
              value={h.name}
              maxLength={200}
              onChange={(e) => put(i, { name: e.currentTarget.value })}
              w={220}
            />
            <Intervals label={h.name || h.date} value={h.open} onChange={(open) => put(i, { open })} />
            <Button
              variant="subtle"
              color="red"
              aria-label={`${t('common.delete')}: ${h.name || h.date}`}
              onClick={() => onChange(value.filter((_, n) => n !== i))}
            >
              <Icon name="trash" size={16} />
            </Button>
          </li>
        ))}
      </ul>
      <Button
        mt={10}
        variant="default"
        leftSection={<Icon name="plus" size={16} />}
        onClick={() => onChange([...value, { date: '', name: '', open: [] }])}
        data-testid="add-holiday"
      >
        {t('hours.addHoliday')}
      </Button>
    </fieldset>
  )
}
