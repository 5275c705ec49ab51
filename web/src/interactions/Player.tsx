import { Button, SegmentedControl, useComputedColorScheme } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react'
import { useT } from '../app/hooks.tsx'
import { duration } from '../i18n/format.ts'
import { Icon } from '../ui/Icon.tsx'
import { api } from '../wire/api.ts'
import type { Peaks, RecordingMark } from '../wire/model.ts'
import classes from './interactions.module.css'

const points = 600
const speeds = ['0.75', '1', '1.25', '1.5', '2']

/** The customer above, the agent below the middle. */
function draw(canvas: HTMLCanvasElement, peaks: Peaks): void {
  const paint = canvas.getContext('2d')
  if (paint === null) return
  const width = Math.max(1, Math.round(canvas.clientWidth * devicePixelRatio))
  const height = Math.max(1, Math.round(canvas.clientHeight * devicePixelRatio))
  canvas.width = width
  canvas.height = height
  const style = getComputedStyle(canvas)
  const half = height / 2
  const channel = (values: number[], color: string, up: boolean) => {
    paint.fillStyle = style.getPropertyValue(color)
    values.forEach((v, i) => {
      const x = (i * width) / values.length
      const bar = Math.max(1, Math.min(1, Math.abs(v)) * (half - 3))
      paint.fillRect(x, up ? half - 1 - bar : half + 1, Math.max(1, (width / values.length) * 0.7), bar)
    })
  }
  channel(peaks.left, '--lk-active', true)
  channel(peaks.right, '--lk-good', false)
}

/** Where a mark stands in the waveform, in percent; an open one goes to the end. */
export function place(mark: RecordingMark, all: number): { start: number; width: number } {
  const start = Math.min(100, (mark.fromMs / all) * 100)
  const end = mark.toMs === 0 ? 100 : Math.min(100, (mark.toMs / all) * 100)
  return { start, width: Math.max(0, end - start) }
}

/** The stretches that were not recorded, in words. */
function Gaps({ marks }: { marks: RecordingMark[] }) {
  const t = useT()
  if (marks.length === 0) return null
  return (
    <ul className={classes.gaps} data-testid="gaps">
      {marks.map((m) => (
        <li key={m.fromMs}>
          {t('player.gap', { from: duration(m.fromMs), to: duration(m.toMs), why: whyWord(t, m.why) })}
        </li>
      ))}
    </ul>
  )
}

function whyWord(t: ReturnType<typeof useT>, why: string): string {
  if (why === 'card' || why === 'stopped' || why === 'restart') return t(`player.why.${why}`)
  return why === '' ? t('player.why.other') : why
}

/** Plays a recording over its waveform; every part works with the keyboard. */
export function Player({ id, marks }: { id: string; marks: RecordingMark[] }) {
  const t = useT()
  const audio = useRef<HTMLAudioElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const scheme = useComputedColorScheme('light')
  const [at, setAt] = useState(0) // seconds
  const [length, setLength] = useState(0)
  const [playing, setPlaying] = useState(false)
  const [speed, setSpeed] = useState('1')
  const [failed, setFailed] = useState(false)
  const again = useRef({ tried: false, at: 0 })
  const peaks = useQuery({
    queryKey: ['peaks', id],
    queryFn: () => api.peaks(id, points),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const all = length > 0 ? length : (peaks.data?.durationMs ?? 0) / 1000
  // biome-ignore lint/correctness/useExhaustiveDependencies: colours change with the scheme
  useEffect(() => {
    const { current } = canvas
    if (current === null || peaks.data === undefined) return
    const { data } = peaks
    draw(current, data)
    const watch = new ResizeObserver(() => draw(current, data))
    watch.observe(current)
    return () => watch.disconnect()
  }, [peaks.data, scheme])
  const seek = (seconds: number) => {
    const to = Math.max(0, Math.min(all, seconds))
    if (audio.current !== null) audio.current.currentTime = to
    setAt(to)
  }
  const toggle = () => {
    const { current } = audio
    if (current === null) return
    if (current.paused) current.play().catch(() => setFailed(true))
    else current.pause()
  }
  // The file may have been converted while it was heard: it is loaded once more, and goes on where it was.
  const lost = () => {
    const { current } = audio
    if (current === null || again.current.tried) return setFailed(true)
    again.current = { tried: true, at }
    current.load()
    if (playing) current.play().catch(() => setFailed(true))
  }
  const keys = (event: KeyboardEvent) => {
    const step = { ArrowRight: 5, ArrowUp: 5, ArrowLeft: -5, ArrowDown: -5, PageUp: 30, PageDown: -30 }[event.key]
    if (step !== undefined) seek(at + step)
    else if (event.key === 'Home') seek(0)
    else if (event.key === 'End') seek(all)
    else if (event.key === ' ' || event.key === 'Enter') toggle()
    else return
    event.preventDefault()
  }
  const point = (event: PointerEvent<HTMLElement>) => {
    if (event.buttons !== 1) return
    const box = event.currentTarget.getBoundingClientRect()
    seek(((event.clientX - box.left) / box.width) * all)
  }
  return (
    <div className={classes.card} data-testid="player" data-playing={playing}>
      {/* biome-ignore lint/a11y/useMediaCaption: transcripts come with their own issue */}
      <audio
        ref={audio}
        src={api.recordingAddress(id)}
        preload="none"
        onLoadedMetadata={(e) => {
          const { duration: d } = e.currentTarget
          if (Number.isFinite(d)) setLength(d)
          e.currentTarget.playbackRate = Number(speed)
          if (again.current.at > 0) e.currentTarget.currentTime = again.current.at
          again.current.at = 0
        }}
        onTimeUpdate={(e) => setAt(e.currentTarget.currentTime)}
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onError={lost}
      />
      <div
        className={classes.wave}
        role="slider"
        tabIndex={0}
        aria-label={t('player.position')}
        aria-description={t('player.keys')}
        aria-valuemin={0}
        aria-valuemax={Math.round(all)}
        aria-valuenow={Math.round(at)}
        aria-valuetext={t('player.at', { at: duration(at * 1000), all: duration(all * 1000) })}
        onKeyDown={keys}
        onPointerDown={point}
        onPointerMove={point}
        data-testid="waveform"
      >
        <canvas ref={canvas} />
        {all > 0 &&
          marks.map((m) => {
            const { start, width } = place(m, all * 1000)
            return (
              <div
                key={m.fromMs}
                className={classes.gap}
                style={{ insetInlineStart: `${start}%`, width: `${width}%` }}
              />
            )
          })}
        <div className={classes.head} style={{ insetInlineStart: `${all === 0 ? 0 : (at / all) * 100}%` }} />
      </div>
      <div className={classes.names}>
        <span>{t('player.customer')}</span>
        <span>{t('player.agent')}</span>
      </div>
      <div className={classes.controls}>
        <Button leftSection={<Icon name={playing ? 'pause' : 'play'} size={16} />} onClick={toggle} data-testid="play">
          {t(playing ? 'player.pause' : 'player.play')}
        </Button>
        <output>{t('player.at', { at: duration(at * 1000), all: duration(all * 1000) })}</output>
        <SegmentedControl
          size="xs"
          aria-label={t('player.speed')}
          data={speeds.map((s) => ({ value: s, label: `${s}×` }))}
          value={speed}
          onChange={(s) => {
            setSpeed(s)
            if (audio.current !== null) audio.current.playbackRate = Number(s)
          }}
        />
      </div>
      <Gaps marks={marks} />
      <p style={{ margin: '8px 0 0', fontSize: 13 }}>{t('player.noted')}</p>
      {failed && <p role="alert">{t('player.failed')}</p>}
    </div>
  )
}
