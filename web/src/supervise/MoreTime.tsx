import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useNow, useT, useValue, useWorld } from '../app/hooks.tsx'
import { duration } from '../i18n/format.ts'
import { Mark } from '../ui/Mark.tsx'
import { Section } from '../ui/Page.tsx'
import type { MoreTimeView } from '../wire/desk.gen.ts'
import classes from './help.module.css'

/** Agents who ask for more wrap-up, the longest waiting first; nothing while nobody does. */
export function MoreTime() {
  const t = useT()
  const { asks } = useValue(useWorld().desk.live)
  if (asks.length === 0) return null
  return (
    <Section title={t('help.moreTime')} testId="more-time-requests">
      <ul className={classes.calls}>
        {asks.map((a) => (
          <Request key={`${a.interaction} ${a.agent}`} ask={a} />
        ))}
      </ul>
    </Section>
  )
}

function Request({ ask }: { ask: MoreTimeView }) {
  const t = useT()
  const now = useNow()
  const { desk } = useWorld()
  const live = useValue(desk.live)
  const busy = useValue(desk.busy).has(`more_time_answer ${ask.interaction}`)
  const waiting = live.queues.find((q) => q.queue === ask.queue)?.waiting ?? 0
  const about = (text: string) => `${text}: ${ask.agentName}`
  return (
    <li className={classes.call} data-testid="more-time-request" data-agent={ask.agent}>
      <div className={classes.head}>
        <Mark tone="warning" icon="clock">
          {t('help.moreTimeAsks', { count: 1, agent: ask.agentName })}
        </Mark>
        <span>
          {t('help.moreTimeFor', { time: duration(now - ask.began), left: duration(Math.max(0, ask.until - now)) })}
        </span>
        <Mark tone={waiting > 0 ? 'warning' : 'good'} icon={waiting > 0 ? 'clock' : 'check'}>
          {t('help.moreTimeWaiting', { queue: ask.queueName, count: waiting })}
        </Mark>
        <Link to="/interactions/$id" params={{ id: ask.interaction }}>
          {ask.customerName || t('desk.unknownCustomer')}
        </Link>
      </div>
      <div className={classes.acts}>
        <Button
          loading={busy}
          onClick={() => desk.answerMoreTime(ask.interaction, ask.agent, true)}
          aria-label={about(t('help.moreTimeYes'))}
          data-testid="more-time-yes"
        >
          {t('help.moreTimeYes')}
        </Button>
        <Button
          variant="default"
          disabled={busy}
          onClick={() => desk.answerMoreTime(ask.interaction, ask.agent, false)}
          aria-label={about(t('help.moreTimeNo'))}
          data-testid="more-time-no"
        >
          {t('help.moreTimeNo')}
        </Button>
      </div>
    </li>
  )
}
