import { Button, Radio, Textarea } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useT, useValue, useWorld } from '../app/hooks.tsx'
import { hangUpReasons } from '../parts/reasons.ts'
import { reasonNeeded } from '../state/talk.ts'
import { Dialog } from '../ui/Dialog.tsx'
import classes from './desk.module.css'

/** Why the agent ends the call before the customer does. The talk goes on until it is said. */
export function HangUpReason() {
  const t = useT()
  const world = useWorld()
  const panels = useValue(world.panels)
  useValue(world.desk.live)
  const work = world.desk.inHand()
  const [reason, setReason] = useState('')
  const [own, setOwn] = useState('')
  const close = () => {
    world.panels.update((p) => ({ ...p, hangUp: false }))
    setReason('')
    setOwn('')
  }
  const said = reason === 'other' ? own.trim() : reason
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (work === null || said === '') return
    if (await world.desk.hangUp(work.interaction, said)) close()
  }
  return (
    <Dialog
      opened={panels.hangUp && work !== null && reasonNeeded(work)}
      onClose={close}
      title={t('call.hangUpWhy')}
      closeLabel={t('common.close')}
      size="md"
      testId="hang-up-reason"
    >
      <form onSubmit={submit} className={classes.reasons}>
        <Radio.Group value={reason} onChange={setReason} aria-label={t('call.hangUpWhy')}>
          <div className={classes.reasons}>
            {[...hangUpReasons, 'other' as const].map((r, i) => (
              <Radio
                key={r}
                value={r}
                label={t(`call.reason.${r}`)}
                {...(i === 0 ? { 'data-autofocus': true } : {})}
                data-testid={`reason-${r}`}
              />
            ))}
          </div>
        </Radio.Group>
        {reason === 'other' && (
          <Textarea
            label={t('call.reasonOwn')}
            value={own}
            maxLength={200}
            autoFocus
            onChange={(e) => setOwn(e.currentTarget.value)}
            data-testid="reason-own"
          />
        )}
        <div className={classes.foot}>
          <Button type="submit" color="#b3261e" disabled={said === ''} data-testid="reason-hang-up">
            {t('call.hangUp')}
          </Button>
          <Button variant="default" onClick={close}>
            {t('call.stay')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
