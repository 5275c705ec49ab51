import { ActionIcon, Tooltip } from '@mantine/core'
import { useNow, useT, useValue, useWorld } from '../app/hooks.tsx'
import { duration } from '../i18n/format.ts'
import { partyName } from '../parts/party.ts'
import { monitors, ownParty, parties } from '../state/talk.ts'
import { Icon, type IconName } from '../ui/Icon.tsx'
import type { PartyView, WorkView } from '../wire/desk.gen.ts'
import classes from './desk.module.css'

interface Member {
  id: string
  name: string
  icon: IconName
  state: string
  /** Hears and is heard by the one at this desk. */
  here: boolean
  held: boolean
  muted: boolean
  may: { hold: boolean; mute: boolean; drop: boolean }
}

const nothing = { hold: false, mute: false, drop: false }

/** Everybody in the talk, the customer first. */
function useMembers(work: WorkView): Member[] {
  const t = useT()
  const now = useNow()
  const own = ownParty(work)
  const side = own === undefined || monitors(work) ? work.side === true : own.side
  const controls = !monitors(work)
  const customer: Member = {
    id: 'customer',
    name: work.customerName || t('desk.customer'),
    icon: 'user',
    state: work.secret
      ? t('call.party.secret')
      : work.onHold || work.held
        ? t('call.party.music')
        : work.customerHolds
          ? t('call.party.holds')
          : t(work.customerMuted ? 'call.party.muted' : 'call.party.up'),
    here: !side && !work.held && work.onHold !== true && !work.customerHolds,
    held: work.held,
    muted: work.customerMuted,
    may: { hold: controls && !side, mute: controls && !side, drop: false },
  }
  const isAgent = own === undefined
  const agent: Member = {
    id: 'agent',
    name: isAgent ? t('call.you') : work.agentName,
    icon: 'desk',
    state: work.agentHeld
      ? t('call.party.held')
      : work.agentMuted
        ? t('call.party.muted')
        : t(work.side ? 'call.party.side' : 'call.party.up'),
    here: isAgent || (!work.agentHeld && work.side === side),
    held: work.agentHeld,
    muted: work.agentMuted,
    may: isAgent ? { ...nothing, hold: work.agentHeld } : { hold: controls, mute: false, drop: controls },
  }
  const further = (p: PartyView): Member => {
    const states: Record<string, () => string> = {
      seeking: () => t('call.party.seeking', { time: duration(now - p.since) }),
      ringing: () => t('call.party.ringing', { time: duration(now - p.since) }),
      connecting: () => t('call.party.connecting'),
      up: () =>
        p.kind === 'supervisor'
          ? t(`call.party.${p.mode as 'listen' | 'whisper' | 'barge'}`)
          : p.held
            ? t('call.party.held')
            : p.muted
              ? t('call.party.muted')
              : t(p.side ? 'call.party.side' : 'call.party.up'),
    }
    const up = p.state === 'up'
    const acts = controls && !p.mine && p.kind !== 'supervisor'
    return {
      id: p.party,
      name: p.mine ? t('call.you') : partyName(t, p),
      icon: p.kind === 'outside' ? 'phone' : p.kind === 'supervisor' ? 'ear' : 'desk',
      state: states[p.state]?.() ?? p.state,
      here: up && !p.held && p.side === side,
      held: p.held,
      muted: p.muted,
      may: { hold: acts && up, mute: acts && up, drop: acts },
    }
  }
  return [customer, ...(work.agent === '' ? [] : [agent]), ...parties(work).map(further)]
}

function Act({
  icon,
  label,
  pressed,
  testId,
  run,
}: {
  icon: IconName
  label: string
  pressed?: boolean
  testId: string
  run(): unknown
}) {
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant={pressed === true ? 'filled' : 'subtle'}
        color={pressed === true ? 'yellow.4' : 'gray.3'}
        size={30}
        aria-label={label}
        aria-pressed={pressed}
        onClick={() => run()}
        data-testid={testId}
      >
        <Icon name={icon} size={17} />
      </ActionIcon>
    </Tooltip>
  )
}

/** Who is in the talk, how each stands, and what can be done with each. */
export function Parties({ work }: { work: WorkView }) {
  const t = useT()
  const { desk } = useWorld()
  const members = useMembers(work)
  useValue(desk.busy)
  if (parties(work).length === 0) return null
  const i = work.interaction
  return (
    <section className={classes.parties} aria-label={t('call.parties')} data-testid="parties">
      <ul>
        {members.map((m) => (
          <li key={m.id} data-here={m.here} data-party={m.id} data-held={m.held} data-muted={m.muted}>
            <Icon name={m.icon} size={17} />
            <span>
              <b>{m.name}</b> <small>{m.state}</small>
              {m.here && m.name !== t('call.you') && <span className="visuallyHidden">{t('call.party.here')}</span>}
            </span>
            {m.may.hold && (
              <Act
                icon={m.held ? 'play' : 'pause'}
                label={t(m.held ? 'call.resumeWho' : 'call.holdWho', { who: m.name })}
                pressed={m.held}
                testId={`party-hold-${m.id}`}
                run={() => desk.hold(i, !m.held, m.id)}
              />
            )}
            {m.may.mute && (
              <Act
                icon={m.muted ? 'micOff' : 'mic'}
                label={t(m.muted ? 'call.unmuteWho' : 'call.muteWho', { who: m.name })}
                pressed={m.muted}
                testId={`party-mute-${m.id}`}
                run={() => desk.muteParty(i, m.id, !m.muted)}
              />
            )}
            {m.may.drop && (
              <Act
                icon="cross"
                label={t('call.dropWho', { who: m.name })}
                testId={`party-drop-${m.id}`}
                run={() => desk.dropParty(i, m.id)}
              />
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}
