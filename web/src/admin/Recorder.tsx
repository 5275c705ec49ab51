import { Button } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { useT } from '../app/hooks.tsx'
import { duration } from '../i18n/format.ts'
import { Icon } from '../ui/Icon.tsx'
import classes from './admin.module.css'
import { longest } from './wav.ts'

interface Props {
  /** Tells one recorder from another for who cannot see. */
  label: string
  disabled: boolean
  onDone(sound: Blob): void
  onFault(): void
}

/** Records the microphone; the level is shown while it runs. */
export function Recorder({ label, disabled, onDone, onFault }: Props) {
  const t = useT()
  const [level, setLevel] = useState(0)
  const [seconds, setSeconds] = useState(0)
  const [running, setRunning] = useState(false)
  const stop = useRef<((keep: boolean) => void) | null>(null)
  useEffect(() => () => stop.current?.(false), [])

  const start = async () => {
    let stream: MediaStream
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        audio: { echoCancellation: false, noiseSuppression: true, autoGainControl: true },
      })
    } catch {
      onFault()
      return
    }
    const context = new AudioContext()
    const meter = context.createAnalyser()
    context.createMediaStreamSource(stream).connect(meter)
    const wave = new Float32Array(meter.fftSize)
    const recorder = new MediaRecorder(stream)
    const parts: Blob[] = []
    let keep = true
    const began = Date.now()
    const timer = setInterval(() => {
      meter.getFloatTimeDomainData(wave)
      setLevel(wave.reduce((most, v) => Math.max(most, Math.abs(v)), 0))
      setSeconds(Math.floor((Date.now() - began) / 1000))
      if (Date.now() - began >= longest * 1000) stop.current?.(true)
    }, 100)
    recorder.ondataavailable = (e) => parts.push(e.data)
    recorder.onstop = () => {
      clearInterval(timer)
      for (const track of stream.getTracks()) track.stop()
      void context.close()
      stop.current = null
      if (!keep) return
      setRunning(false)
      onDone(new Blob(parts, { type: recorder.mimeType }))
    }
    stop.current = (k) => {
      keep = k
      if (recorder.state !== 'inactive') recorder.stop()
    }
    setSeconds(0)
    setRunning(true)
    recorder.start()
  }
  return (
    <>
      <Button
        variant={running ? 'filled' : 'default'}
        color={running ? 'red' : ''}
        leftSection={<Icon name={running ? 'dot' : 'mic'} size={16} />}
        onClick={() => (running ? stop.current?.(true) : void start())}
        disabled={disabled}
        aria-label={`${t(running ? 'prompts.stop' : 'prompts.record')}: ${label}`}
        data-testid="prompt-record"
      >
        {running ? `${t('prompts.stop')} ${duration(seconds * 1000)}` : t('prompts.record')}
      </Button>
      {running && (
        <meter
          className={classes.level}
          min={0}
          max={1}
          high={0.95}
          value={level}
          aria-label={t('prompts.level')}
          data-testid="prompt-level"
        />
      )}
    </>
  )
}
