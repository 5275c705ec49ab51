import { Button } from '@mantine/core'
import { useState } from 'react'
import { useFormat, useNow, useT, useValue, useWorld } from '../app/hooks.tsx'
import { shortcutFor } from '../commands/all.ts'
import { accept, decline } from '../commands/call.ts'
import { duration } from '../i18n/format.ts'
import { isMessage, isTask, lineless, ownParty } from '../state/talk.ts'
import { Icon } from '../ui/Icon.tsx'
import { Keys } from '../ui/Key.tsx'
import { api } from '../wire/api.ts'
import type { WorkView } from '../wire/desk.gen.ts'
import { NumberText } from './CustomerCard.tsx'
import { Cancelling } from './cancelling.ts'
import classes from './desk.module.css'
import { MessageFacts } from './Message.tsx'
import { TaskFacts } from './Task.tsx'

/** Ends the request for a callback, for good: asked once more. */
function CancelCallback({ which }: { which: string }) {
  const t = useT()
  const [cancelling] = useState(() => new Cancelling(() => api.cancelCallback(which)))
  const state = useValue(cancelling.state)
  return (
    <>
      <Button
        size="md"
        variant="subtle"
        color={state === 'asking' ? 'red' : 'gray'}
        loading={state === 'going'}
        onClick={() => cancelling.press()}
        data-testid="offer-cancel-callback"
      >
        {t(state === 'asking' ? 'desk.callBackCancelSure' : 'desk.callBackCancel')}
      </Button>
      {state === 'failed' && <span role="alert">{t('desk.callBackCancelFailed')}</span>}
    </>
  )
}

/** An offer that rings: who, from where, how long it still rings. */
export function Offer({ work }: { work: WorkView }) {
  const t = useT()
  const format = useFormat()
  const world = useWorld()
  const now = useNow()
  const own = useValue(world.prefs).shortcuts
  const whole = Math.max(1, work.offerUntil - work.phaseSince)
  const left = Math.min(whole, Math.max(0, work.offerUntil - now))
  const name = work.customerName || t('desk.unknownCustomer')
  const asks = work.part === 'party' ? ownParty(work)?.by : undefined
  const back = asks === undefined ? work.callback : undefined
  const message = isMessage(work)
  const incoming = isTask(work) ? 'desk.task' : message ? 'desk.message' : 'desk.incoming'
  const title =
    asks !== undefined ? t('desk.asks', { agent: asks }) : t(back === undefined ? incoming : 'desk.callBack')
  return (
    <section className={`${classes.card} ${classes.offer}`} aria-label={title} data-testid="offer">
      <div className={classes.offerHead}>
        <Icon name="bell" size={20} />
        <span>{title}</span>
        <span style={{ marginInlineStart: 'auto' }}>
          {t('desk.declineAfter', { time: duration(Math.ceil(left / 1000) * 1000) })}
        </span>
      </div>
      <p className={classes.who}>{asks === undefined ? name : t('desk.asksAbout', { who: name })}</p>
      <div className={classes.line}>
        <NumberText address={work.customerAddress} />
        <span>{work.queueName}</span>
        <span>{work.projectName}</span>
        {message && <MessageFacts work={work} />}
        <TaskFacts work={work} />
        {back !== undefined ? (
          <span data-testid="offer-callback">
            {t('desk.waited', { time: format.time(back.since) })}
            {back.attempt > 1 && `, ${t('desk.attempt', { n: back.attempt })}`}
          </span>
        ) : (
          work.queued > 0 && <span>{t('desk.waited', { time: format.time(work.queued) })}</span>
        )}
      </div>
      <div className={classes.progress} aria-hidden="true">
        <i style={{ width: `${Math.min(100, (100 * left) / whole)}%` }} />
      </div>
      <div className={classes.foot}>
        <Button
          size="md"
          color="#13703a"
          leftSection={<Icon name={isTask(work) ? 'list' : message ? 'record' : 'phone'} />}
          rightSection={<Keys shortcut={shortcutFor(accept, own)} />}
          onClick={() => world.desk.accept(work.interaction)}
          data-testid="offer-accept"
        >
          {t(lineless(work) ? 'call.messageTake' : 'call.accept')}
        </Button>
        <Button
          size="md"
          variant="default"
          rightSection={<Keys shortcut={shortcutFor(decline, own)} />}
          onClick={() => world.desk.decline(work.interaction)}
          data-testid="offer-decline"
        >
          {t('call.decline')}
        </Button>
        {back !== undefined && back.note !== '' && <span data-testid="offer-note">{back.note}</span>}
        {back !== undefined && <CancelCallback which={back.callback} />}
      </div>
    </section>
  )
}
