import { useT } from '../app/hooks.tsx'
import type { Transcript as Words } from '../wire/model.ts'
import classes from './transcript.module.css'

/** What is said in a recording, as a recognizer has heard it; nothing where nobody writes it down. */
export function Transcript({ of, why = false }: { of: Words | null | undefined; why?: boolean }) {
  const t = useT()
  if (!of) return null
  const detail = why && of.detail !== '' ? ` (${of.detail})` : ''
  if (of.state === 'written' && of.text !== '')
    return (
      <figure className={classes.words} data-testid="transcript">
        <figcaption>{t('common.transcript.title')}</figcaption>
        <blockquote lang={of.language}>{of.text}</blockquote>
      </figure>
    )
  return (
    <p className={classes.quiet} role="status" data-testid="transcript-state">
      {t(`common.transcript.${of.state}`)}
      {detail}
    </p>
  )
}
