import { useQuery } from '@tanstack/react-query'
import { useFormat, useNow, useT, useValue, useWorld } from '../app/hooks.tsx'
import { duration } from '../i18n/format.ts'
import type { TextKey } from '../i18n/texts.ts'
import { handleTime, usual } from '../state/past.ts'
import { api } from '../wire/api.ts'
import type { PastDay } from '../wire/model.ts'
import classes from './desk.module.css'

/** Days of the small chart, today aside. */
const charted = 14

/** The agent's own figures of today, beside what is usual for him. Nobody else sees them here. */
export function MyDay() {
  const t = useT()
  const format = useFormat()
  const now = useNow()
  const { day } = useValue(useWorld().desk.live)
  // What is past does not change: it is fetched once a day, with the date of the center.
  const past = useQuery({
    queryKey: ['past', format.date(now)],
    queryFn: api.past,
    staleTime: Number.POSITIVE_INFINITY,
  })
  const items = past.data?.items ?? []
  const like = usual(items)
  const mean = handleTime(day)
  const figures: { name: TextKey; value: string; usual?: string }[] = [
    {
      name: 'desk.calls',
      value: format.number(day.calls),
      ...(like === null ? {} : { usual: format.number(Math.round(like.calls)) }),
    },
    { name: 'desk.missed', value: format.number(day.missed) },
    { name: 'desk.talk', value: duration(day.talkMs) },
    { name: 'desk.hold', value: duration(day.holdMs) },
    { name: 'desk.wrapUp', value: duration(day.wrapUpMs) },
    {
      name: 'desk.handleTime',
      value: mean === null ? '–' : duration(mean),
      ...(like === null || like.handleMs === null ? {} : { usual: duration(like.handleMs) }),
    },
    ...(day.ratings > 0
      ? [
          {
            name: 'desk.rating' as const,
            value: `${format.number(day.ratingSum / day.ratings)} (${format.number(day.ratings)})`,
          },
        ]
      : []),
  ]
  return (
    <section className={classes.card} aria-label={t('desk.day')} data-testid="my-day">
      <h2>{t('desk.day')}</h2>
      <dl className={classes.figures}>
        {figures.map((f) => (
          <div key={f.name} data-figure={f.name.replace('desk.', '')}>
            <dt>{t(f.name)}</dt>
            {f.usual !== undefined && <dd className={classes.usual}>{t('desk.usual', { value: f.usual })}</dd>}
            <dd>{f.value}</dd>
          </div>
        ))}
      </dl>
      {like !== null && <p className={classes.usual}>{t('desk.usualHint', { count: like.days })}</p>}
      {items.some((d) => d.calls > 0) && <Days days={items.slice(-charted)} today={day.calls} />}
    </section>
  )
}

/** Calls of the last days and today, as bars; the same as a table for who cannot see them. */
function Days({ days, today }: { days: PastDay[]; today: number }) {
  const t = useT()
  const format = useFormat()
  const all = [
    // Noon by UTC: the same date in every zone that people live in, but for its edges.
    ...days.map((d) => ({ name: format.date(Date.parse(`${d.date}T12:00:00Z`)), calls: d.calls, now: false })),
    { name: t('desk.today'), calls: today, now: true },
  ]
  const most = Math.max(1, ...all.map((d) => d.calls))
  return (
    <>
      <svg viewBox={`0 0 ${all.length * 13} 46`} className={classes.days} aria-hidden="true" data-testid="my-days">
        {all.map((d, i) => {
          const height = Math.max(1, (d.calls / most) * 44)
          return (
            <rect key={d.name} x={i * 13} y={46 - height} width={10} height={height} data-now={d.now}>
              <title>{`${d.name}: ${format.number(d.calls)}`}</title>
            </rect>
          )
        })}
      </svg>
      <p className={classes.usual} aria-hidden="true">
        {t('desk.lastDays')}
      </p>
      <table className="visuallyHidden">
        <caption>{t('desk.lastDays')}</caption>
        <tbody>
          {all.map((d) => (
            <tr key={d.name}>
              <th scope="row">{d.name}</th>
              <td>{format.number(d.calls)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}
