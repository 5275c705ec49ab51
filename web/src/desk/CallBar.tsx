import { Button, Popover, Tooltip } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { useMe, useNow, useT, useValue, useWorld } from '../app/hooks.tsx'
import { shortcutFor } from '../commands/all.ts'
import { accept, decline, extend, finish, hangUp, keypad, mute } from '../commands/call.ts'
import type { Command } from '../commands/command.ts'
import { duration } from '../i18n/format.ts'
import type { TextKey } from '../i18n/texts.ts'
import { inHand } from '../state/live.ts'
import { onDuty } from '../state/rights.ts'
import { Icon, type IconName } from '../ui/Icon.tsx'
import { Keys } from '../ui/Key.tsx'
import classes from './desk.module.css'

interface Act {
  command: Command
  label: TextKey
  icon: IconName
  color: string
  filled?: boolean
  pressed?: boolean
  expanded?: boolean
  disabled?: boolean
}

function Action({ act }: { act: Act }) {
  const t = useT()
  const world = useWorld()
  const shortcut = shortcutFor(act.command, useValue(world.prefs).shortcuts)
  return (
    <Tooltip label={shortcut === '' ? t(act.command.label) : `${t(act.command.label)} (${shortcut})`}>
      <Button
        size="md"
        px={14}
        variant={act.filled === true ? 'filled' : 'white'}
        color={act.color}
        leftSection={<Icon name={act.icon} />}
        rightSection={<Keys shortcut={shortcut} />}
        onClick={() => act.command.run(world)}
        data-disabled={act.disabled === true}
        aria-disabled={act.disabled === true}
        aria-pressed={act.pressed}
        aria-expanded={act.expanded}
        aria-keyshortcuts={shortcut.replace('Ctrl', 'Control')}
        data-testid={`call-${act.command.id}`}
      >
        {t(act.label)}
      </Button>
    </Tooltip>
  )
}

const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#']

function Keypad({ children }: { children: ReactNode }) {
  const t = useT()
  const world = useWorld()
  const open = useValue(world.panels).keypad
  const [sent, setSent] = useState('')
  const press = (key: string) => {
    const work = world.desk.inHand()
    if (work === null) return
    setSent((s) => (s + key).slice(-16))
    void world.desk.digits(work.interaction, key)
  }
  const change = (keypad: boolean) => {
    world.panels.update((p) => ({ ...p, keypad }))
    if (!keypad) setSent('')
  }
  return (
    <Popover opened={open} onChange={change} position="top" trapFocus returnFocus withRoles={false} zIndex={360}>
      <Popover.Target>
        <span>{children}</span>
      </Popover.Target>
      <Popover.Dropdown
        role="dialog"
        aria-label={t('call.keypad')}
        onKeyDown={(e) => {
          if (keys.includes(e.key)) press(e.key)
        }}
        data-testid="keypad"
      >
        <div className={classes.pad}>
          {keys.map((k) => (
            <Button
              key={k}
              variant="default"
              size="lg"
              px={0}
              aria-label={t('call.key', { key: k })}
              onClick={() => press(k)}
            >
              {k}
            </Button>
          ))}
        </div>
        <p className={classes.sent} role="status">
          {sent === '' ? '' : t('call.keypadSent', { digits: sent })}
        </p>
      </Popover.Dropdown>
    </Popover>
  )
}

/** The call controls: always there, always at the same place, on every screen. */
export function CallBar() {
  const t = useT()
  const world = useWorld()
  const me = useMe()
  const live = useValue(world.desk.live)
  const busy = useValue(world.desk.busy)
  const phone = useValue(world.phone.state)
  const panels = useValue(world.panels)
  const now = useNow()
  const work = inHand(live)
  if (work === null && !onDuty(me, live)) return null
  const phase = work?.phase ?? 'none'
  const id = work?.interaction ?? ''
  const audioGone = phase === 'connected' && live.hello?.phone === 'browser' && phone.audio === 'retrying'
  const texts: Record<string, TextKey> = {
    none: 'call.noCall',
    offered: 'call.ringing',
    connecting: 'call.connecting',
    connected: audioGone ? 'call.reconnecting' : 'call.talking',
    interrupted: 'call.interrupted',
    wrapping_up: 'call.wrapUp',
  }
  const icons: Record<string, IconName> = {
    offered: 'bell',
    connecting: 'phone',
    connected: audioGone ? 'warn' : 'phone',
    interrupted: 'warn',
    wrapping_up: 'pen',
  }
  const since = phase === 'connected' || phase === 'interrupted' ? (work?.answered ?? 0) : (work?.phaseSince ?? 0)
  const name = work === null ? '' : work.customerName || t('desk.unknownCustomer')
  return (
    <section
      className={classes.bar}
      aria-label={t('call.bar')}
      data-testid="call-bar"
      data-phase={phase}
      data-interaction={id}
      data-audio={phone.audio}
    >
      <div className={classes.state}>
        <Icon name={icons[phase] ?? 'phone'} size={22} />
        {since > 0 && <strong data-testid="call-timer">{duration(now - since)}</strong>}
        <span>
          <b data-testid="call-state">{t(texts[phase] ?? 'call.noCall')}</b>
          {work !== null && ` · ${name}`}
          {work?.muted === true && ` · ${t('call.muted')}`}
        </span>
        {work?.recording === 'running' && (
          <Tooltip label={t('desk.recording')}>
            <span role="img" aria-label={t('desk.recording')}>
              <Icon name="record" />
            </span>
          </Tooltip>
        )}
      </div>
      <div className={classes.buttons}>
        {phase === 'offered' && (
          <>
            <Action
              act={{
                command: accept,
                label: 'call.accept',
                icon: 'phone',
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
        )}
        {phase === 'connected' && (
          <>
            <Action
              act={{
                command: mute,
                label: work?.muted === true ? 'call.unmute' : 'call.mute',
                icon: work?.muted === true ? 'micOff' : 'mic',
                color: work?.muted === true ? 'yellow.4' : 'dark',
                filled: work?.muted === true,
                pressed: work?.muted === true,
              }}
            />
            <Keypad>
              <Action
                act={{ command: keypad, label: 'call.keys', icon: 'keys', color: 'dark', expanded: panels.keypad }}
              />
            </Keypad>
          </>
        )}
        {(phase === 'connecting' || phase === 'connected' || phase === 'interrupted') && (
          <Action
            act={{
              command: hangUp,
              label: 'call.hangUp',
              icon: 'hangUp',
              color: '#b3261e',
              filled: true,
              disabled: busy.has(`hang_up ${id}`),
            }}
          />
        )}
        {phase === 'wrapping_up' && (
          <>
            {extend.when(world) && (
              <Action
                act={{
                  command: extend,
                  label: 'desk.extend',
                  icon: 'clock',
                  color: 'dark',
                  disabled: busy.has(`extend ${id}`),
                }}
              />
            )}
            <Action
              act={{
                command: finish,
                label: 'desk.finish',
                icon: 'check',
                color: 'brand.4',
                filled: true,
                disabled: busy.has(`finish ${id}`),
              }}
            />
          </>
        )}
      </div>
    </section>
  )
}
