import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useFormat, useNow, useT, useValue, useWorld } from '../app/hooks.tsx'
import { duration, maskedNumber } from '../i18n/format.ts'
import { HelpInput, HelpLines } from '../parts/HelpLines.tsx'
import { MonitorMenu } from '../parts/Monitor.tsx'
import { Mark } from '../ui/Mark.tsx'
import { Section } from '../ui/Page.tsx'
import type { HelpView } from '../wire/desk.gen.ts'
import classes from './help.module.css'

/** Agents who call for help, the longest waiting first; nothing while nobody does. */
export function HelpRequests() {
  const t = useT()
  const { helps } = useValue(useWorld().desk.live)
  if (helps.length === 0) return null
  return (
    <Section title={t('help.calls')} testId="help-requests">
      <ul className={classes.calls}>
        {helps.map((h) => (
          <HelpRequest key={h.interaction} help={h} />
        ))}
      </ul>
    </Section>
  )
}

function HelpRequest({ help }: { help: HelpView }) {
  const t = useT()
  const now = useNow()
  const format = useFormat()
  const { desk } = useWorld()
  const busy = useValue(desk.busy)
  const customer = help.customerName || maskedNumber(help.customerAddress) || t('desk.unknownCustomer')
  const free = help.taken === ''
  return (
    <li className={classes.call} data-testid="help-request" data-agent={help.agent} data-taken={help.taken}>
      <div className={classes.head}>
        <Mark tone={help.insulted ? 'bad' : 'warning'} icon={help.insulted ? 'flag' : 'help'}>
          {t(help.insulted ? 'help.insulted' : 'help.asks', { agent: help.agentName })}
        </Mark>
        {help.word !== '' && <b>{help.word}</b>}
        {help.ending && <span>{t('help.ending')}</span>}
        <span>{t('help.since', { time: duration(now - help.since) })}</span>
        <Mark tone={free ? 'warning' : 'good'} icon={free ? 'clock' : 'check'}>
          {free ? t('help.nobody') : t('help.cares', { who: help.takenName })}
        </Mark>
      </div>
      <div className={classes.head}>
        <span>{customer}</span>
        <span>{[help.queueName, help.projectName].filter((x) => x !== '').join(' · ')}</span>
        <span title={format.time(help.answered)}>{t('help.talks', { time: duration(now - help.answered) })}</span>
        <Link to="/interactions/$id" params={{ id: help.interaction }} data-testid="help-context">
          {t('help.context')}
        </Link>
      </div>
      <HelpLines help={help} />
      <div className={classes.acts}>
        {free && (
          <Button
            loading={busy.has(`help_take ${help.interaction}`)}
            onClick={() => desk.helpTake(help.interaction)}
            data-testid="help-take"
          >
            {t('help.take')}
          </Button>
        )}
        <MonitorMenu interaction={help.interaction} agent={help.agentName} />
        <HelpInput help={help} />
        <Button variant="default" onClick={() => desk.helpClose(help.interaction)} data-testid="help-done">
          {t('help.done')}
        </Button>
      </div>
    </li>
  )
}
