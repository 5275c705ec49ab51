import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useT } from '../app/hooks.tsx'
import { wordFor } from '../i18n/language.ts'
import { Mark } from '../ui/Mark.tsx'
import { ApiError } from '../wire/http.ts'
import type { HoursFields, HoursState } from '../wire/model.ts'
import { soundApi } from '../wire/sound.ts'
import classes from './admin.module.css'

/** 2026-05-04T09:00:00+07:00 as the clock there shows it. */
const shown = (time: string) => time.slice(0, 16).replace('T', ' ')

/** Answers "is it open at …" for what is on the screen, saved or not. */
export function OpenAt({ hours }: { hours: HoursFields }) {
  const t = useT()
  const [at, setAt] = useState('')
  const [answer, setAnswer] = useState<HoursState>()
  const [error, setError] = useState('')
  const ask = async () => {
    setError('')
    setAnswer(undefined)
    try {
      // Names are not the question.
      setAnswer(await soundApi.hoursAt({ ...hours, key: hours.key || 'x', name: hours.name || 'x' }, at))
    } catch (e) {
      const why = e instanceof ApiError ? e.fields.map((f) => f.message).join(' ') : ''
      setError(why || wordFor(t, 'errors', e instanceof ApiError ? e.code : 'internal'))
    }
  }
  return (
    <fieldset className={`${classes.whole} ${classes.group}`} data-testid="open-at">
      <legend>{t('hours.check')}</legend>
      <div className={classes.bar}>
        <TextInput
          type="datetime-local"
          label={t('hours.at')}
          description={t('hours.atHint')}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          value={at}
          onChange={(e) => setAt(e.currentTarget.value)}
        />
        <Button variant="default" onClick={() => void ask()} data-testid="ask-open">
          {t('hours.ask')}
        </Button>
        <span role="status" data-testid="open-answer" data-open={answer?.open}>
          {answer !== undefined && (
            <>
              <Mark tone={answer.open ? 'good' : 'warning'} icon={answer.open ? 'check' : 'pause'}>
                {t(answer.open ? 'hours.isOpen' : 'hours.isClosed')}
              </Mark>{' '}
              {shown(answer.at)}
              {answer.because === 'holiday' && `, ${answer.holiday}`}
              {answer.because === 'closed' && `, ${t('hours.bySwitch')}`}
              {answer.next !== '' && `. ${t('hours.next', { time: shown(answer.next) })}`}
            </>
          )}
        </span>
      </div>
      <div role="alert">{error !== '' && <p className={classes.error}>{error}</p>}</div>
    </fieldset>
  )
}
