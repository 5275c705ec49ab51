import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useFormat, useNow, useT } from '../app/hooks.tsx'
import { duration } from '../i18n/format.ts'
import { Transcript } from '../parts/Transcript.tsx'
import { api } from '../wire/api.ts'
import type { WorkView } from '../wire/desk.gen.ts'
import classes from './desk.module.css'

/** How long a message is, and by when it is to be answered. */
export function MessageFacts({ work }: { work: WorkView }) {
  const t = useT()
  const format = useFormat()
  const now = useNow()
  const late = work.phase !== 'wrapping_up' && (work.answered || now) > work.answerBy
  const facts = { time: format.dateTime(work.answerBy), length: duration(work.messageMs) }
  return <span data-testid="message-facts">{t(late ? 'desk.messageLate' : 'desk.messageBy', facts)}</span>
}

/** The message a customer left, to be listened to. */
export function Message({ work }: { work: WorkView }) {
  const t = useT()
  const [failed, setFailed] = useState(false)
  return (
    <section className={classes.card} aria-label={t('desk.message')} data-testid="message">
      <h2>{t('desk.message')}</h2>
      <p>
        <MessageFacts work={work} />
      </p>
      {/* biome-ignore lint/a11y/useMediaCaption: what is said stands below it where a recognizer has heard it */}
      <audio
        controls
        preload="metadata"
        style={{ width: '100%' }}
        aria-label={t('desk.messagePlay')}
        src={api.recordingAddress(work.interaction)}
        onError={() => setFailed(true)}
        onPlaying={() => setFailed(false)}
        data-testid="message-audio"
      />
      {failed && <p role="alert">{t('desk.messageFailed')}</p>}
      <Said interaction={work.interaction} />
    </section>
  )
}

/** How often it is asked whether a message is written down by now, in ms. */
const askEvery = 5000

/** What is said in the message; it may be written down while the agent listens. */
function Said({ interaction }: { interaction: string }) {
  const { data } = useQuery({
    queryKey: ['interaction', interaction],
    queryFn: () => api.interaction(interaction),
    refetchInterval: (q) =>
      q.state.data?.recordings.some((r) => r.transcript?.state === 'waiting') ? askEvery : false,
  })
  return data?.recordings.map((r) => <Transcript key={r.id} of={r.transcript} />)
}
