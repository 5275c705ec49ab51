import { Button, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useFormat, useT } from '../app/hooks.tsx'
import { wordFor } from '../i18n/language.ts'
import { Mark } from '../ui/Mark.tsx'
import { api } from '../wire/api.ts'
import { ApiError } from '../wire/http.ts'
import type { InteractionDetail } from '../wire/model.ts'
import classes from './interactions.module.css'

/** How long the recording is kept, and the legal hold that keeps it longer. */
export function Keeping({ i }: { i: InteractionDetail }) {
  const t = useT()
  const format = useFormat()
  const client = useQueryClient()
  const [reason, setReason] = useState('')
  const change = useMutation({
    mutationFn: async (to: string) => {
      if (to === '') await api.liftHold(i.id)
      else await api.hold(i.id, to)
    },
    onSuccess: () => {
      setReason('')
      return client.invalidateQueries({ queryKey: ['interaction', i.id] })
    },
  })
  const until = Math.min(...i.recordings.filter((r) => r.expiresMs > 0).map((r) => r.expiresMs))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (reason.trim() !== '') change.mutate(reason.trim())
  }
  return (
    <div className={classes.keeping} data-testid="keeping">
      {i.hold === null && (
        <p>
          {Number.isFinite(until) ? t('player.keptUntil', { day: format.dateTime(until) }) : t('player.keptForEver')}
        </p>
      )}
      {i.hold !== null && (
        <p data-testid="held">
          <Mark tone="warning" icon="flag">
            {t('player.held', { reason: i.hold.reason, name: i.hold.userName, day: format.dateTime(i.hold.atMs) })}
          </Mark>
        </p>
      )}
      {i.mayHold && i.hold !== null && (
        <Button
          size="xs"
          variant="default"
          loading={change.isPending}
          onClick={() => change.mutate('')}
          data-testid="lift-hold"
        >
          {t('player.lift')}
        </Button>
      )}
      {i.mayHold && i.hold === null && (
        <form onSubmit={submit} aria-label={t('player.hold')}>
          <TextInput
            size="xs"
            label={t('player.reason')}
            description={t('player.holdHint')}
            value={reason}
            maxLength={500}
            onChange={(e) => setReason(e.currentTarget.value)}
            data-testid="hold-reason"
          />
          <Button
            type="submit"
            size="xs"
            variant="default"
            mt={6}
            disabled={reason.trim() === ''}
            loading={change.isPending}
            data-testid="set-hold"
          >
            {t('player.setHold')}
          </Button>
        </form>
      )}
      {change.error !== null && (
        <p role="alert">{wordFor(t, 'errors', change.error instanceof ApiError ? change.error.code : 'internal')}</p>
      )}
    </div>
  )
}
