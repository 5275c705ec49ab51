import { useFormat, useT } from '../app/hooks.tsx'
import { duration, phoneNumber } from '../i18n/format.ts'
import type { IconName } from '../ui/Icon.tsx'
import { Mark, type Tone } from '../ui/Mark.tsx'
import { Section } from '../ui/Page.tsx'
import { type Column, Table } from '../ui/Table.tsx'
import type { Leg } from '../wire/model.ts'
import classes from './interactions.module.css'
import { bytes, height, talkOf } from './talk.ts'

const looks: Record<Leg['rating'], { tone: Tone; icon: IconName; word: 'good' | 'fair' | 'poor' | 'none' }> = {
  good: { tone: 'good', icon: 'check', word: 'good' },
  fair: { tone: 'warning', icon: 'circle', word: 'fair' },
  poor: { tone: 'bad', icon: 'warn', word: 'poor' },
  '': { tone: 'quiet', icon: 'circle', word: 'none' },
}

/** Who spoke when: the customer above, the others below the middle. */
function Levels({ leg }: { leg: Leg }) {
  const t = useT()
  const customer = bytes(leg.levelsCustomer)
  const others = bytes(leg.levelsOthers)
  const seconds = Math.max(customer.length, others.length)
  if (seconds === 0) return null
  const talk = talkOf(customer, others)
  const time = (s: number) => duration(s * 1000)
  const text = t('quality.talk', {
    customer: time(talk.customer),
    others: time(talk.others),
    both: time(talk.both),
    silence: time(talk.silence),
  })
  const path = (levels: number[], sign: 1 | -1) =>
    levels.map((b, i) => `M${i + 0.5} 20v${(-sign * height(b) * 19).toFixed(1)}`).join('')
  return (
    <figure className={classes.levels} data-testid="levels">
      <svg viewBox={`0 0 ${seconds} 40`} preserveAspectRatio="none" role="img" aria-label={text}>
        <path d={path(customer, 1)} stroke="var(--lk-active)" strokeWidth={0.8} />
        <path d={path(others, -1)} stroke="var(--lk-good)" strokeWidth={0.8} />
      </svg>
      <figcaption>{text}</figcaption>
    </figure>
  )
}

/** How each line of an interaction sounded. */
export function Legs({ legs }: { legs: Leg[] }) {
  const t = useT()
  const format = useFormat()
  if (legs.length === 0) return null
  const ms = (n: number) => (n === 0 ? '–' : t('quality.ms', { n: format.number(Math.round(n)) }))
  const columns: Column<Leg>[] = [
    {
      key: 'leg',
      title: t('quality.leg'),
      names: true,
      cell: (l) => (
        <>
          {l.userName || t(`quality.kind.${l.kind}`)}
          <small className={classes.small}>
            {l.address !== '' && `${phoneNumber(l.address)} · `}
            {l.userName !== '' && `${t(`quality.kind.${l.kind}`)} · `}
            {`${l.codec} · ${t(l.encrypted ? 'quality.sealed' : 'quality.plain')}`}
          </small>
        </>
      ),
    },
    {
      key: 'score',
      title: t('quality.score'),
      cell: (l) => (
        <Mark tone={looks[l.rating].tone} icon={looks[l.rating].icon}>
          {`${l.mos === 0 ? '' : `${l.mos.toFixed(1)} `}${t(`quality.rating.${looks[l.rating].word}`)}`}
        </Mark>
      ),
    },
    {
      key: 'loss',
      title: t('quality.loss'),
      figure: true,
      cell: (l) => (
        <>
          {`${(l.heard.loss * 100).toFixed(1)} %`}
          {l.far.packets > 0 && (
            <small className={classes.small}>{t('quality.far', { loss: `${(l.far.loss * 100).toFixed(1)} %` })}</small>
          )}
        </>
      ),
    },
    { key: 'jitter', title: t('quality.jitter'), figure: true, cell: (l) => ms(l.heard.jitterMs) },
    { key: 'trip', title: t('quality.trip'), figure: true, cell: (l) => ms(l.roundTripMs) },
    {
      key: 'spells',
      title: t('quality.spells'),
      cell: (l) => (l.spells === 0 ? '–' : t('quality.worst', { n: l.spells, mos: l.worstMos.toFixed(1) })),
    },
  ]
  return (
    <Section title={t('quality.title')} testId="legs">
      <Table
        label={t('quality.title')}
        testId="leg-quality"
        columns={columns}
        rows={legs}
        rowKey={(l) => `${l.beganMs} ${l.endedMs} ${l.kind} ${l.userId}${l.address}`}
        empty="–"
        compact
      />
    </Section>
  )
}

/** The picture of the talk; nothing if nobody talked with the customer. */
export function TalkPicture({ legs }: { legs: Leg[] }) {
  const leg = legs.find((l) => l.levelsMs !== 0)
  return leg === undefined ? null : <Levels leg={leg} />
}
