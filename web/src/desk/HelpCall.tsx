import { Button } from '@mantine/core'
import { useNow, useT, useWorld } from '../app/hooks.tsx'
import { duration } from '../i18n/format.ts'
import { HelpInput, HelpLines } from '../parts/HelpLines.tsx'
import { Icon } from '../ui/Icon.tsx'
import type { HelpView, WorkView } from '../wire/desk.gen.ts'
import classes from './desk.module.css'

/** The agent's call to the leaders, beside the talk: who comes, and what the two write. */
export function HelpCall({ work, help }: { work: WorkView; help: HelpView }) {
  const t = useT()
  const now = useNow()
  const { desk } = useWorld()
  const state =
    help.taken !== ''
      ? t('help.taken', { who: help.takenName })
      : t(help.insulted && help.word === '' ? 'help.alerted' : 'help.asked')
  return (
    <section className={classes.help} aria-label={t('help.title')} data-testid="help-call" data-taken={help.taken}>
      <p role="status">
        <Icon name={help.taken === '' ? 'help' : 'user'} size={17} />{' '}
        {work.part === 'agent' ? state : t('help.asks', { agent: help.agentName })}
        {help.word !== '' && `: ${help.word}`}
      </p>
      {help.taken === '' && <span aria-hidden="true">{duration(now - help.since)}</span>}
      <HelpLines help={help} />
      <HelpInput help={help} />
      <Button variant="default" onClick={() => desk.helpClose(work.interaction)} data-testid="help-close">
        {t(work.part === 'agent' ? 'help.close' : 'help.done')}
      </Button>
    </section>
  )
}
