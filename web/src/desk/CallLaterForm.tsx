import { Button, Switch, Textarea, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useApp, useFormat, useMe, useNow, useT, useValue, useWorld } from '../app/hooks.tsx'
import { refusalText } from '../i18n/said.ts'
import { timeAt, timeText } from '../parts/period.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { api } from '../wire/api.ts'
import type { WorkView } from '../wire/desk.gen.ts'
import classes from './desk.module.css'

const hour = 3_600_000

/** When, why, and whose: the promise of a call to the customer in hand. */
export function CallLaterForm({ work, onClose }: { work: WorkView; onClose(): void }) {
  const t = useT()
  const app = useApp()
  const format = useFormat()
  const zone = useMe().tenant.timeZone
  const now = useNow()
  const serves = useValue(useWorld().desk.live).me?.queues?.includes(work.queue) === true
  const [text, setText] = useState(() => timeText(now + hour, zone))
  const [note, setNote] = useState('')
  const [own, setOwn] = useState(serves)
  const [sending, setSending] = useState(false)
  const at = timeAt(text, zone)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (at === null) return
    setSending(true)
    try {
      const made = await api.promiseCallback({ interactionId: work.interaction, atMs: at, note, own })
      app.toast(t('callLater.made', { time: format.dateTime(made.nextMs) }))
      onClose()
    } catch (problem) {
      app.toast(refusalText(t, problem), { tone: 'bad' })
    } finally {
      setSending(false)
    }
  }
  return (
    <Dialog
      opened
      onClose={onClose}
      title={t('callLater.title')}
      closeLabel={t('common.close')}
      size="md"
      testId="call-later-dialog"
    >
      <form onSubmit={(e) => void submit(e)} className={classes.later}>
        <TextInput
          type="datetime-local"
          label={t('callLater.at')}
          description={t('callLater.atHint', { zone })}
          data-autofocus
          min={timeText(now, zone)}
          value={text}
          onChange={(e) => setText(e.currentTarget.value)}
          data-testid="call-later-at"
        />
        <Textarea
          label={t('callLater.note')}
          autosize
          minRows={2}
          maxLength={1000}
          value={note}
          onChange={(e) => setNote(e.currentTarget.value)}
          data-testid="call-later-note"
        />
        <Switch
          label={t('callLater.own')}
          description={t('callLater.ownHint')}
          checked={own}
          disabled={!serves}
          onChange={(e) => setOwn(e.currentTarget.checked)}
          data-testid="call-later-own"
        />
        <Button type="submit" loading={sending} disabled={at === null} data-testid="call-later-save">
          {t('callLater.save')}
        </Button>
      </form>
    </Dialog>
  )
}
