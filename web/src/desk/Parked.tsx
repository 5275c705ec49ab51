import { Badge, Button } from '@mantine/core'
import { useNow, useT, useValue, useWorld } from '../app/hooks.tsx'
import { shortcutFor } from '../commands/all.ts'
import { pickUp } from '../commands/control.ts'
import { duration } from '../i18n/format.ts'
import { Keys } from '../ui/Key.tsx'
import { Mark } from '../ui/Mark.tsx'
import { NumberText } from './CustomerCard.tsx'
import classes from './desk.module.css'

/** Customers who wait for anybody to pick up, the longest first. */
export function Parked() {
  const t = useT()
  const world = useWorld()
  const { parked, work } = useValue(world.desk.live)
  const busy = useValue(world.desk.busy)
  const own = useValue(world.prefs).shortcuts
  const now = useNow()
  if (parked.length === 0) return null
  return (
    <section className={classes.card} aria-label={t('desk.parked')} data-testid="parked">
      <h2>
        {t('desk.parked')}{' '}
        <Badge size="sm" circle color={parked.some((p) => p.alarm) ? '#b3261e' : 'gray.7'}>
          {parked.length}
        </Badge>
      </h2>
      <ul className={classes.parked}>
        {parked.map((p, at) => (
          <li key={p.interaction} data-id={p.interaction} data-alarm={p.alarm}>
            <div>
              <b>{p.customerName || <NumberText address={p.customerAddress} />}</b>
              <small>
                {[p.queueName, p.byName === '' ? '' : t('desk.parkedBy', { agent: p.byName })]
                  .filter(Boolean)
                  .join(' · ')}
              </small>
            </div>
            <Mark tone={p.alarm ? 'bad' : 'quiet'} icon={p.alarm ? 'warn' : 'clock'}>
              {p.alarm ? t('desk.parkedLong', { time: duration(now - p.since) }) : duration(now - p.since)}
            </Mark>
            <Button
              size="compact-md"
              variant={p.alarm ? 'filled' : 'default'}
              rightSection={at === 0 && work.length === 0 ? <Keys shortcut={shortcutFor(pickUp, own)} /> : undefined}
              loading={busy.has(`pick_up ${p.interaction}`)}
              onClick={() => world.desk.pickUp(p.interaction)}
              data-testid="pick-up"
            >
              {t('desk.pickUp')}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  )
}
