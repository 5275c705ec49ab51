import { Button, Checkbox, FileButton, Textarea } from '@mantine/core'
import { useEffect, useMemo, useState } from 'react'
import { useT } from '../app/hooks.tsx'
import { duration } from '../i18n/format.ts'
import { wordFor } from '../i18n/language.ts'
import { Icon } from '../ui/Icon.tsx'
import { ApiError } from '../wire/http.ts'
import { soundApi } from '../wire/sound.ts'
import classes from './admin.module.css'
import { Recorder } from './Recorder.tsx'
import { decoded, SoundError } from './wav.ts'

interface Props {
  language: string
  name: string
  text: string
  /** Its file on the server; empty: none. */
  kept: string
  address: string
  /** Recorded or chosen here and not saved yet. */
  file: Blob | undefined
  /** Where the sound that comes along under the key is heard; empty: there is none. */
  shipped: string
  fault: string | undefined
  /** Whose voice speaks the text; empty: the server's first engine. */
  project: string
  onText(text: string): void
  onFile(file: Blob | undefined): void
  onDrop(): void
}

/** An address for a sound in memory, given back when it is no longer shown. */
function useAddress(sound: Blob | undefined): string {
  const address = useMemo(() => (sound === undefined ? '' : URL.createObjectURL(sound)), [sound])
  useEffect(() => () => URL.revokeObjectURL(address), [address])
  return address
}

/** What a prompt is in one language: text to be spoken, or audio. */
export function PromptSound(props: Props) {
  const { language, name, text, kept, file, onFile } = props
  const t = useT()
  const [trim, setTrim] = useState(true)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState('')
  const [seconds, setSeconds] = useState(0)
  const [spoken, setSpoken] = useState<Blob>()
  const fileAddress = useAddress(file)
  const spokenAddress = useAddress(spoken)

  const take = async (sound: Blob | null) => {
    if (sound === null) return
    setBusy(true)
    setError('')
    try {
      const ready = await decoded(sound, trim)
      setSeconds(ready.seconds)
      onFile(ready.file)
    } catch (e) {
      setError(t(`prompts.faults.${e instanceof SoundError ? e.fault : 'notSound'}`))
    } finally {
      setBusy(false)
    }
  }
  const preview = async () => {
    setBusy(true)
    setError('')
    try {
      setSpoken(await soundApi.preview(text, language, props.project))
    } catch (e) {
      const code = e instanceof ApiError ? e.code : 'internal'
      setError(
        t(code === 'not_found' || code === 'conflict' ? 'prompts.faults.noEngine' : 'prompts.faults.preview', {
          why: wordFor(t, 'errors', code),
        }),
      )
    } finally {
      setBusy(false)
    }
  }
  const play = (address: string, what: string) => (
    // biome-ignore lint/a11y/useMediaCaption: the text stands above it
    <audio controls preload="none" src={address} aria-label={`${what}: ${name}`} className={classes.audio} />
  )
  return (
    <fieldset className={`${classes.whole} ${classes.group}`} data-testid={`prompt-${language}`}>
      <legend>{name}</legend>
      <Textarea
        label={t('prompts.text')}
        description={t('prompts.textHint')}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        error={props.fault}
        autosize
        minRows={2}
        maxLength={4000}
        lang={language}
        value={text}
        onChange={(e) => {
          setSpoken(undefined)
          props.onText(e.currentTarget.value)
        }}
        data-testid="prompt-text"
      />
      <div className={classes.bar}>
        <Button
          variant="default"
          leftSection={<Icon name="play" size={16} />}
          onClick={() => void preview()}
          disabled={busy || text.trim() === ''}
          aria-label={`${t('prompts.preview')}: ${name}`}
          data-testid="prompt-preview"
        >
          {t('prompts.preview')}
        </Button>
        {spokenAddress !== '' && play(spokenAddress, t('prompts.preview'))}
      </div>
      <div className={classes.bar}>
        <Recorder
          label={name}
          disabled={busy}
          onDone={(sound) => void take(sound)}
          onFault={() => setError(t('prompts.faults.microphone'))}
        />
        <FileButton
          onChange={(f) => void take(f)}
          accept="audio/*,.wav,.mp3,.ogg,.opus"
          inputProps={{ 'aria-label': `${t('prompts.upload')}: ${name}`, tabIndex: -1 }}
        >
          {(button) => (
            <Button
              {...button}
              variant="default"
              disabled={busy}
              aria-label={`${t('prompts.upload')}: ${name}`}
              data-testid="prompt-upload"
            >
              {t('prompts.upload')}
            </Button>
          )}
        </FileButton>
        <Checkbox label={t('prompts.trim')} checked={trim} onChange={(e) => setTrim(e.currentTarget.checked)} />
      </div>
      <div role="alert">{error !== '' && <p className={classes.error}>{error}</p>}</div>
      {file !== undefined ? (
        <div className={classes.bar} data-testid="prompt-new">
          <span role="status">{t('prompts.newAudio', { time: duration(seconds * 1000) })}</span>
          {play(fileAddress, t('prompts.record'))}
          <Button variant="subtle" onClick={() => onFile(undefined)} aria-label={`${t('prompts.discard')}: ${name}`}>
            {t('prompts.discard')}
          </Button>
        </div>
      ) : kept !== '' ? (
        <div className={classes.bar} data-testid="prompt-kept">
          <span>{t('prompts.audio')}</span>
          {play(props.address, t('prompts.audio'))}
          <Button
            variant="subtle"
            onClick={props.onDrop}
            aria-label={`${t('prompts.drop')}: ${name}`}
            data-testid="prompt-drop"
          >
            {t('prompts.drop')}
          </Button>
        </div>
      ) : (
        text.trim() === '' &&
        props.shipped !== '' && (
          <div className={classes.bar} data-testid="prompt-shipped">
            <span>{t('prompts.shipped')}</span>
            {play(props.shipped, t('prompts.shipped'))}
          </div>
        )
      )}
    </fieldset>
  )
}
