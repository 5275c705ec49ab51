import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useApp, useFormat, useNow, useT, useValue, useWorld } from '../app/hooks.tsx'
import { duration } from '../i18n/format.ts'
import { refusalText } from '../i18n/said.ts'
import { alertAside, alertNow, alertText, saysHowLong } from '../parts/alert.ts'
import { Mark } from '../ui/Mark.tsx'
import { Section } from '../ui/Page.tsx'
import { api } from '../wire/api.ts'
import type { AlertView } from '../wire/desk.gen.ts'
import { AgentMenu } from './AgentMenu.tsx'
import classes from './alerts.module.css'

interface Props {
  /** Opens who waits in a queue. */
  onQueue(queue: string): void
  onAgent(agent: string): void
}

/** What is amiss now, first what nobody is on; nothing while all is well. */
export function Alerts({ onQueue, onAgent }: Props) {
  const t = useT()
  const { alerts } = useValue(useWorld().desk.live)
  const all = <Link to="/alerts">{t('alerts.history')}</Link>
  if (alerts.length === 0)
    return (
      <p className={classes.none} data-testid="alerts-none">
        {t('alerts.none')} {all}
      </p>
    )
  const sorted = alerts.toSorted((a, b) => Number(a.seen > 0) - Number(b.seen > 0) || b.raised - a.raised)
  return (
    <Section title={t('alerts.title')} testId="alerts" aside={all}>
      <ul className={classes.alerts}>
        {sorted.map((a) => (
          <Alert key={a.alert} alert={a} onQueue={onQueue} onAgent={onAgent} />
        ))}
      </ul>
    </Section>
  )
}

function Alert({ alert: a, onQueue, onAgent }: Props & { alert: AlertView }) {
  const t = useT()
  const app = useApp()
  const now = useNow()
  const format = useFormat()
  const me = useValue(app.me)
  const { agents } = useValue(useWorld().desk.live)
  const [busy, setBusy] = useState(false)
  const agent = a.aboutKind === 'agent' ? agents.find((x) => x.agent === a.aboutId) : undefined
  const text = alertText(t, a)
  const see = async () => {
    setBusy(true)
    try {
      await api.seeAlert(a.alert)
    } catch (problem) {
      app.toast(refusalText(t, problem), { tone: 'bad' })
    } finally {
      setBusy(false)
    }
  }
  return (
    <li className={classes.alert} data-seen={a.seen > 0} data-testid="alert" data-what={a.what} data-about={a.aboutId}>
      <div className={classes.head}>
        <Mark tone={a.seen > 0 ? 'warning' : 'bad'} icon={a.seen > 0 ? 'eye' : 'warn'}>
          {alertText(t, alertNow(a, now))}
        </Mark>
        {!saysHowLong(a) && <span>{t('alerts.since', { time: duration(now - a.since) })}</span>}
      </div>
      <div className={classes.quiet}>
        {[alertAside(t, a), a.project, a.rule, a.detail].filter((x) => x !== '').join(' · ')}
        {a.untold !== '' && <span className={classes.untold}>{t('alerts.untold', { why: a.untold })}</span>}
      </div>
      <div className={classes.acts}>
        {a.seen > 0 ? (
          <span>{t('alerts.seenBy', { who: a.seenName, time: format.time(a.seen) })}</span>
        ) : (
          <Button
            loading={busy}
            aria-label={t('alerts.seenOf', { text })}
            onClick={() => void see()}
            data-testid="alert-seen"
          >
            {t('alerts.seen')}
          </Button>
        )}
        {a.aboutKind === 'queue' && (
          <Button variant="default" onClick={() => onQueue(a.aboutId)} data-testid="alert-queue">
            {t('alerts.toQueue')}
          </Button>
        )}
        {a.aboutKind === 'agent' && (
          <Button variant="default" onClick={() => onAgent(a.aboutId)} data-testid="alert-agent">
            {t('alerts.toAgent')}
          </Button>
        )}
        {agent !== undefined &&
          agent.agent !== me?.user.id &&
          me?.permissions.includes('set_others_status') === true && <AgentMenu agent={agent} />}
      </div>
    </li>
  )
}
