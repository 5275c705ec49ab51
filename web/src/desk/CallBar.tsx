import { Tooltip } from '@mantine/core'
import { lazy, Suspense } from 'react'
import { useMe, useNow, useT, useValue, useWorld } from '../app/hooks.tsx'
import { accept, decline, extend, finish, keypad, mute } from '../commands/call.ts'
import {
  barge,
  callBack,
  dial,
  hangUp,
  hold,
  leave,
  listen,
  merge,
  park,
  play,
  recording,
  swap,
  takeOver,
  transfer,
  whisper,
} from '../commands/control.ts'
import { abuse, help } from '../commands/help.ts'
import { duration } from '../i18n/format.ts'
import { stateText } from '../parts/callState.ts'
import { partyName } from '../parts/party.ts'
import { isTrouble } from '../parts/trouble.ts'
import { endsTalk } from '../state/ending.ts'
import { inHand } from '../state/live.ts'
import { onDuty } from '../state/rights.ts'
import {
  hangUpWait,
  isMessage,
  isTask,
  lineless,
  monitors,
  ownParty,
  prolonging,
  setAside,
  successor,
} from '../state/talk.ts'
import { Icon, type IconName } from '../ui/Icon.tsx'
import type { WorkView } from '../wire/desk.gen.ts'
import { Action } from './Action.tsx'
import classes from './desk.module.css'
import { Keypad } from './Keypad.tsx'
import { Parties } from './Parties.tsx'
import { PauseReasons } from './Pause.tsx'

const Lacking = lazy(async () => ({ default: (await import('./Lacking.tsx')).Lacking }))
const Aside = lazy(async () => ({ default: (await import('./Aside.tsx')).Aside }))

function icon(work: WorkView | null, audioGone: boolean): IconName {
  if (isMessage(work) && work?.phase === 'connected') return 'record'
  if (isTask(work) && work?.phase === 'connected') return 'list'
  switch (work?.phase) {
    case 'offered':
      return 'bell'
    case 'interrupted':
      return 'warn'
    case 'wrapping_up':
      return 'pen'
    case 'connected':
      if (audioGone) return 'warn'
      if (monitors(work)) return 'ear'
      return setAside(work) ? 'pause' : 'phone'
    default:
      return 'phone'
  }
}

function Recording({ work }: { work: WorkView }) {
  const t = useT()
  const now = useNow()
  if (work.recording !== 'running') return null
  const paused = Boolean(work.recordingPaused)
  const left = work.recordingPausedUntil > 0 ? duration(Math.max(0, work.recordingPausedUntil - now)) : ''
  const text = paused ? t('call.notRecording') : t('desk.recording')
  return (
    <Tooltip label={text}>
      <span className={classes.recording} data-paused={paused} data-testid="recording-state">
        <Icon name={paused ? 'pause' : 'record'} />
        <span className={paused ? undefined : 'visuallyHidden'}>{text}</span>
        {left !== '' && <b>{left}</b>}
      </span>
    </Tooltip>
  )
}

/** How far nobody on the network can listen; nothing when not even our own sound is encrypted. */
function Lock({ work }: { work: WorkView }) {
  const t = useT()
  if (work.encrypted !== 'all' && work.encrypted !== 'mine') return null
  const text = t(work.encrypted === 'all' ? 'call.encryptedAll' : 'call.encryptedMine')
  return (
    <Tooltip label={text}>
      <span data-testid="encrypted" data-encrypted={work.encrypted}>
        <Icon name={work.encrypted === 'all' ? 'lock' : 'lockHalf'} />
        <span className="visuallyHidden">{text}</span>
      </span>
    </Tooltip>
  )
}

function OfferButtons({ work }: { work: WorkView }) {
  const id = work.interaction
  const busy = useValue(useWorld().desk.busy)
  return (
    <>
      <Action
        act={{
          command: accept,
          label: lineless(work) ? 'call.messageTake' : 'call.accept',
          icon: isTask(work) ? 'list' : isMessage(work) ? 'record' : 'phone',
          color: '#13703a',
          filled: true,
          disabled: busy.has(`accept ${id}`),
        }}
      />
      <Action
        act={{
          command: decline,
          label: 'call.decline',
          icon: 'cross',
          color: 'dark',
          disabled: busy.has(`decline ${id}`),
        }}
      />
    </>
  )
}

/** The controls of a talk one takes part in. */
function TalkButtons({ work }: { work: WorkView }) {
  const t = useT()
  const world = useWorld()
  const panels = useValue(world.panels)
  const aside = setAside(work)
  const next = successor(work)
  const on = (pressed: boolean) => ({ pressed, filled: pressed, color: pressed ? 'yellow.4' : 'dark' })
  return (
    <>
      <Action
        act={{
          command: mute,
          label: work.muted ? 'call.unmute' : 'call.mute',
          icon: work.muted ? 'micOff' : 'mic',
          ...on(work.muted === true),
        }}
      />
      {swap.when(world) && (
        <Action
          act={{ command: swap, label: work.side ? 'call.toCustomer' : 'call.toSide', icon: 'swap', color: 'dark' }}
        />
      )}
      {merge.when(world) && (
        <Action act={{ command: merge, label: 'call.merge', icon: 'merge', color: 'brand.4', filled: true }} />
      )}
      {hold.when(world) && (
        <Action
          act={{
            command: hold,
            label: aside ? 'call.resume' : 'call.hold',
            icon: aside ? 'play' : 'pause',
            ...on(aside),
          }}
        />
      )}
      {transfer.when(world) && (
        <Action
          act={{
            command: transfer,
            label: 'call.transfer',
            icon: 'transfer',
            color: 'dark',
            expanded: panels.transfer,
          }}
        />
      )}
      {leave.when(world) && (
        <Action
          act={{
            command: leave,
            ...(work.part === 'party' || next === undefined
              ? { label: 'call.leave' as const }
              : { label: 'call.handOver' as const, values: { who: partyName(t, next) } }),
            icon: 'right',
            color: 'dark',
          }}
        />
      )}
      <Keypad>
        <Action
          act={{
            command: keypad,
            label: 'call.keys',
            icon: 'keys',
            color: 'dark',
            expanded: panels.keypad,
            compact: true,
          }}
        />
      </Keypad>
      {park.when(world) && (
        <Action act={{ command: park, label: 'call.park', icon: 'park', color: 'dark', compact: true }} />
      )}
      {play.when(world) && (
        <Action
          act={{
            command: play,
            label: 'call.play',
            icon: 'wave',
            color: 'dark',
            expanded: panels.play,
            compact: true,
          }}
        />
      )}
      {recording.when(world) && (
        <PauseReasons>
          <Action
            act={{
              command: recording,
              label: work.recordingPaused
                ? 'call.recordAgain'
                : work.recording === 'running'
                  ? 'call.recordPause'
                  : 'call.record',
              icon: 'record',
              ...on(Boolean(work.recordingPaused)),
              expanded: panels.pause,
              compact: true,
            }}
          />
        </PauseReasons>
      )}
      {help.when(world) && work.help === undefined && (
        <Action act={{ command: help, label: 'call.help', icon: 'help', color: 'dark', compact: true }} />
      )}
      {abuse.when(world) && (
        <Action
          act={{
            command: abuse,
            label: work.insulted && work.abuseMayEnd ? 'call.abuseEnd' : 'call.abuse',
            icon: 'flag',
            ...on(work.insulted === true),
            disabled: work.abuseEnding === true,
            compact: true,
          }}
        />
      )}
    </>
  )
}

/** What a supervisor who takes part can do. */
function MonitorButtons({ work }: { work: WorkView }) {
  const mode = ownParty(work)?.mode
  const looks = [
    { command: listen, label: 'call.listen', icon: 'ear' },
    { command: whisper, label: 'call.whisper', icon: 'whisper' },
    { command: barge, label: 'call.barge', icon: 'merge' },
  ] as const
  return (
    <>
      {looks.map((l) => (
        <Action
          key={l.label}
          act={{
            ...l,
            pressed: mode === l.command.id,
            filled: mode === l.command.id,
            color: mode === l.command.id ? 'yellow.4' : 'dark',
          }}
        />
      ))}
      <Action act={{ command: takeOver, label: 'call.takeOver', icon: 'transfer', color: 'dark' }} />
    </>
  )
}

function HangUp({ work }: { work: WorkView }) {
  const now = useNow()
  const busy = useValue(useWorld().desk.busy)
  const wait = Math.ceil(hangUpWait(work, now) / 1000)
  const id = work.interaction
  return (
    <Action
      act={{
        command: hangUp,
        ...(monitors(work)
          ? { label: 'call.stopMonitoring' as const }
          : isMessage(work)
            ? { label: 'call.messageDone' as const }
            : wait > 0
              ? { label: 'call.hangUpIn' as const, values: { seconds: wait } }
              : { label: 'call.hangUp' as const }),
        icon: isMessage(work) ? 'check' : 'hangUp',
        color: isMessage(work) ? 'brand.4' : '#b3261e',
        filled: true,
        disabled: wait > 0 || busy.has(`hang_up ${id}`) || busy.has(`monitor_end ${id}`),
      }}
    />
  )
}

/** What can be done in a talk, with a message or a task. */
function InTalk({ work }: { work: WorkView }) {
  const world = useWorld()
  const open = useValue(world.panels)
  if (monitors(work)) return <MonitorButtons work={work} />
  if (!lineless(work)) return <TalkButtons work={work} />
  return (
    <>
      {callBack.when(world) && (
        <Action act={{ command: callBack, label: 'call.callBack', icon: 'phone', color: 'dark' }} />
      )}
      <Action
        act={{
          command: transfer,
          label: 'call.transfer',
          icon: 'transfer',
          color: 'dark',
          expanded: open.transfer,
        }}
      />
    </>
  )
}

function Finish({ work }: { work: WorkView }) {
  const busy = useValue(useWorld().desk.busy)
  return (
    <Action
      act={{
        command: finish,
        label: 'desk.finish',
        icon: 'check',
        color: 'brand.4',
        filled: true,
        disabled: busy.has(`finish ${work.interaction}`),
      }}
    />
  )
}

function Buttons({ work }: { work: WorkView }) {
  const world = useWorld()
  const busy = useValue(world.desk.busy)
  const { phase, interaction: id } = work
  if (phase === 'offered') return <OfferButtons work={work} />
  if (phase === 'wrapping_up') {
    return (
      <>
        {extend.when(world) && (
          <Action
            act={{
              command: extend,
              label: prolonging(work) === 'ask' ? 'desk.extendAsk' : 'desk.extend',
              icon: 'clock',
              color: 'dark',
              disabled: busy.has(`extend ${id}`) || busy.has(`more_time ${id}`),
            }}
          />
        )}
        <Finish work={work} />
      </>
    )
  }
  if (!['dialing', 'connecting', 'connected', 'interrupted'].includes(phase)) return null
  return (
    <>
      {phase === 'connected' && <InTalk work={work} />}
      {isTask(work) ? <Finish work={work} /> : <HangUp work={work} />}
    </>
  )
}

function DialButton() {
  const world = useWorld()
  const panels = useValue(world.panels)
  if (!dial.when(world)) return null
  return <Action act={{ command: dial, label: 'call.dial', icon: 'phone', color: 'dark', expanded: panels.dial }} />
}

/** The call controls: always there, always at the same place, on every screen. */
export function CallBar() {
  const t = useT()
  const world = useWorld()
  const me = useMe()
  const live = useValue(world.desk.live)
  const phone = useValue(world.phone.state)
  const now = useNow()
  const work = inHand(live)
  if (work === null && !onDuty(me, live)) return null
  const phase = work?.phase ?? 'none'
  const audioGone = phase === 'connected' && live.hello?.phone === 'browser' && phone.audio === 'retrying'
  const own = work === null ? undefined : ownParty(work)
  const talking = phase === 'connected' || phase === 'interrupted'
  const since = talking ? (own?.since ?? work?.answered ?? 0) : (work?.phaseSince ?? 0)
  const who = monitors(work) ? work?.agentName : work?.customerName
  return (
    <section
      className={classes.barAll}
      aria-label={t('call.bar')}
      data-testid="call-bar"
      data-phase={phase}
      data-interaction={work?.interaction ?? ''}
      data-audio={phone.audio}
      data-part={work?.part ?? ''}
      data-side={work?.side === true}
      data-held={work !== null && setAside(work)}
    >
      {work !== null && phase === 'connected' && (
        <>
          <Parties work={work} />
          <Suspense>
            <Aside key={work.interaction} work={work} />
          </Suspense>
        </>
      )}
      {work !== null && endsTalk(work) && (
        <Suspense>
          <Lacking key={`lacking ${work.interaction}`} work={work} />
        </Suspense>
      )}
      <div className={classes.bar} data-phase={phase}>
        <div className={classes.state}>
          <Icon name={icon(work, audioGone)} size={22} />
          {since > 0 && <strong data-testid="call-timer">{duration(now - since)}</strong>}
          <span>
            <b data-testid="call-state">{stateText(t, work, audioGone)}</b>
            {work !== null && ` · ${who || t('desk.unknownCustomer')}`}
            {work?.muted === true && ` · ${t('call.muted')}`}
            {work !== null && work.part !== 'agent' && work.agentMuted && phase === 'connected' && (
              <span data-testid="agent-muted">{` · ${t('call.agentMuted', { who: work.agentName })}`}</span>
            )}
          </span>
          {work !== null && <Recording work={work} />}
          {work !== null && <Lock work={work} />}
          {isTrouble(work?.quality) && (
            <b data-testid="call-quality" data-quality={work?.quality}>
              <Icon name="warn" size={16} /> {t(`quality.sign.${work.quality}`)}
            </b>
          )}
        </div>
        <div className={classes.buttons}>{work === null ? <DialButton /> : <Buttons work={work} />}</div>
      </div>
    </section>
  )
}
