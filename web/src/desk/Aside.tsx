import { Button } from '@mantine/core'
import { useState } from 'react'
import { useT, useValue, useWorld } from '../app/hooks.tsx'
import { shortcutFor } from '../commands/all.ts'
import { stopPlay } from '../commands/control.ts'
import { wordFor } from '../i18n/language.ts'
import { partyName } from '../parts/party.ts'
import { Icon } from '../ui/Icon.tsx'
import { Keys } from '../ui/Key.tsx'
import type { AbsentView, Target, WorkView } from '../wire/desk.gen.ts'
import classes from './desk.module.css'
import { HelpCall } from './HelpCall.tsx'
import { promptName } from './playing.ts'

/** What goes on beside the talk: a prompt, secret digits, and who was asked and did not come. */
export function Aside({ work }: { work: WorkView }) {
  const t = useT()
  const world = useWorld()
  const own = useValue(world.prefs).shortcuts
  const [hidden, setHidden] = useState<readonly string[]>([])
  const absent = (work.absent ?? []).filter((a) => !hidden.includes(a.party))
  const text = work.secret
    ? work.secretDigits > 0
      ? t('play.digits', { count: work.secretDigits })
      : t('play.noDigits')
    : work.prompt
      ? t('play.playing', { name: promptName(work.prompt) })
      : ''
  return (
    <div className={classes.aside} data-testid="aside">
      {work.help !== undefined && <HelpCall work={work} help={work.help} />}
      <p role="status" className={classes.asideState} data-digits={work.secretDigits} hidden={text === ''}>
        {text !== '' && <Icon name={work.secret ? 'keys' : 'wave'} size={17} />} {text}
      </p>
      {stopPlay.when(world) && (
        <Button
          size="compact-sm"
          color="yellow.4"
          c="black"
          onClick={() => stopPlay.run(world)}
          rightSection={<Keys shortcut={shortcutFor(stopPlay, own)} />}
          data-testid="stop-play"
        >
          {t(work.secret ? 'play.cancel' : 'play.stop')}
        </Button>
      )}
      {absent.length > 0 && (
        <ul aria-label={t('absent.title')} data-testid="absent">
          {absent.map((a) => (
            <Absent key={a.party} who={a} work={work} hide={() => setHidden([...hidden, a.party])} />
          ))}
        </ul>
      )}
    </div>
  )
}

/** Asking again would end the same way. */
const hopeless: ReadonlySet<string> = new Set(['wrong_number', 'not_allowed', 'spent'])

/** Who is asked when one tries again: the queue, whoever of it was rung. */
export function targetOf(who: AbsentView): Target {
  if (who.kind === 'outside') return { kind: 'outside', number: who.address }
  return who.queue === '' ? { kind: 'agent', id: who.user } : { kind: 'queue', id: who.queue }
}

function Absent({ who, work, hide }: { who: AbsentView; work: WorkView; hide(): void }) {
  const t = useT()
  const { desk } = useWorld()
  const busy = useValue(desk.busy)
  const name = partyName(t, who)
  return (
    <li data-party={who.party} data-reason={who.reason}>
      <Icon name="warn" size={17} />
      <span>
        <b>{name}</b> {wordFor(t, 'absent', who.reason)}
      </span>
      {work.part === 'agent' && !hopeless.has(who.reason) && (
        <Button
          size="compact-sm"
          variant="white"
          color="dark"
          aria-label={t('absent.again', { who: name })}
          disabled={busy.has(`consult ${work.interaction}`)}
          onClick={() => void desk.consult(work.interaction, targetOf(who), false)}
          data-testid="ask-again"
        >
          {t('common.retry')}
        </Button>
      )}
      <Button
        size="compact-sm"
        variant="subtle"
        color="gray.3"
        aria-label={t('absent.hide', { who: name })}
        onClick={hide}
        data-testid="hide-absent"
      >
        <Icon name="cross" size={16} />
      </Button>
    </li>
  )
}
