import { Button, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useMe, useNow, useT } from '../app/hooks.tsx'
import { timeAt, timeText } from '../parts/period.ts'
import { Dialog } from '../ui/Dialog.tsx'
import classes from './callbacks.module.css'

interface Props {
  who: string
  onClose(): void
}

/** Asks before a callback is cancelled. */
export function CancelDialog({ who, onClose, onCancel }: Props & { onCancel(why: string): void }) {
  const t = useT()
  const [why, setWhy] = useState('')
  return (
    <Dialog
      opened
      onClose={onClose}
      title={t('callbacks.ask')}
      closeLabel={t('common.close')}
      size="md"
      testId="callback-ask"
    >
      <p>{t('callbacks.askText', { who })}</p>
      <TextInput
        label={t('callbacks.reason')}
        maxLength={1000}
        mb={14}
        value={why}
        onChange={(e) => setWhy(e.currentTarget.value)}
        data-testid="callback-why"
      />
      <div className={classes.actions}>
        <Button
          color="red"
          data-autofocus
          onClick={() => {
            onCancel(why.trim())
            onClose()
          }}
          data-testid="callback-cancel-now"
        >
          {t('callbacks.cancel')}
        </Button>
        <Button variant="default" onClick={onClose}>
          {t('callbacks.keep')}
        </Button>
      </div>
    </Dialog>
  )
}

const hour = 3_600_000

/** Takes the moment before which a customer is not called. */
export function MoveDialog({ who, at, onClose, onMove }: Props & { at: number; onMove(at: number): void }) {
  const t = useT()
  const zone = useMe().tenant.timeZone
  const now = useNow()
  const [text, setText] = useState(() => timeText(at > now ? at : now + hour, zone))
  const chosen = timeAt(text, zone)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (chosen === null) return
    onMove(chosen)
    onClose()
  }
  return (
    <Dialog
      opened
      onClose={onClose}
      title={t('callbacks.moveTitle', { who })}
      closeLabel={t('common.close')}
      size="md"
      testId="callback-move-dialog"
    >
      <form onSubmit={submit} className={classes.form}>
        <TextInput
          type="datetime-local"
          label={t('callbacks.at')}
          description={t('callbacks.moveHint')}
          data-autofocus
          min={timeText(now, zone)}
          value={text}
          onChange={(e) => setText(e.currentTarget.value)}
          data-testid="callback-at"
        />
        <Button type="submit" disabled={chosen === null} data-testid="callback-move-now">
          {t('callbacks.save')}
        </Button>
      </form>
    </Dialog>
  )
}
