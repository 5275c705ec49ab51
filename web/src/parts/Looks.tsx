import { useT } from '../app/hooks.tsx'
import { wordFor } from '../i18n/language.ts'
import type { IconName } from '../ui/Icon.tsx'
import { Mark, type Tone } from '../ui/Mark.tsx'

const outcomes: Record<string, { tone: Tone; icon: IconName }> = {
  answered: { tone: 'good', icon: 'check' },
  abandoned: { tone: 'bad', icon: 'cross' },
  short_abandon: { tone: 'quiet', icon: 'cross' },
  lost: { tone: 'bad', icon: 'warn' },
  not_queued: { tone: 'quiet', icon: 'circle' },
  overflowed: { tone: 'warning', icon: 'clock' },
  requeued: { tone: 'warning', icon: 'clock' },
  open: { tone: 'active', icon: 'dot' },
}

/** What became of an interaction or segment. */
export function OutcomeMark({ outcome }: { outcome: string }) {
  const t = useT()
  const look = outcomes[outcome === '' ? 'open' : outcome] ?? { tone: 'quiet', icon: 'circle' }
  return (
    <Mark tone={look.tone} icon={look.icon}>
      {wordFor(t, 'words.outcome', outcome === '' ? 'open' : outcome)}
    </Mark>
  )
}

/** The state of a recording. */
export function RecordingMark({ state }: { state: string }) {
  const t = useT()
  if (state === '') return null
  const tone: Tone =
    state === 'failed' ? 'bad' : state === 'partial' ? 'warning' : state === 'running' ? 'active' : 'quiet'
  return (
    <Mark tone={tone} icon={state === 'failed' ? 'warn' : state === 'running' ? 'record' : 'wave'}>
      {wordFor(t, 'words.recording', state)}
    </Mark>
  )
}
