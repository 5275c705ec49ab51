import { Button, Menu } from '@mantine/core'
import { useFormat, useLanguage, useNow, useT, useValue, useWorld } from '../app/hooks.tsx'
import { commands } from '../commands/all.ts'
import { duration } from '../i18n/format.ts'
import { wordFor } from '../i18n/language.ts'
import { useBreakReasons } from '../parts/breakReason.ts'
import { named } from '../parts/names.ts'
import { Alerts } from '../phone/alerts.ts'
import { shownStatus } from '../state/live.ts'
import { Icon, type IconName } from '../ui/Icon.tsx'
import { Keys } from '../ui/Key.tsx'
import type { BreakReason } from '../wire/model.ts'
import classes from './shell.module.css'

const icons: Record<string, IconName> = { available: 'check', break: 'pause', offline: 'circle' }
const tones: Record<string, string> = { available: 'good', break: 'warning', offline: 'quiet' }

/** The own status with its timer, and the menu to change it. */
export function StatusMenu() {
  const t = useT()
  const language = useLanguage()
  const world = useWorld()
  const live = useValue(world.desk.live)
  const panels = useValue(world.panels)
  const now = useNow()
  const reasons = useBreakReasons()
  const { status, reason, since, waiting } = shownStatus(live)
  const list: BreakReason[] = reasons.list.toSorted((a, b) => a.position - b.position)
  const chosen = list.find((r) => r.key === reason)
  const reasonName = reasons.reasonOf(reason)
  const word = wordFor(t, 'words.status', status) + (reasonName === '' ? '' : ` · ${reasonName}`)
  const time = since === 0 ? '' : duration(now - since)
  const format = useFormat()
  const setBy = waiting ? '' : (live.me?.setBy ?? '')
  const until = waiting ? 0 : (live.me?.statusUntil ?? 0)
  const over = chosen !== undefined && chosen.limitMs > 0 && since > 0 && now - since > chosen.limitMs
  const open = (statusMenu: boolean) => world.panels.update((p) => ({ ...p, statusMenu }))
  const available = commands.find((c) => c.id === 'available')
  return (
    <Menu opened={panels.statusMenu} onChange={open} position="bottom-start" width={260}>
      <Menu.Target>
        <Button
          className={classes.status ?? ''}
          data-tone={over ? 'bad' : (tones[status] ?? 'quiet')}
          leftSection={<Icon name={icons[status] ?? 'circle'} size={16} />}
          rightSection={<Icon name="down" size={14} />}
          data-testid="status"
          data-status={status}
          data-reason={reason}
          styles={{ label: { overflow: 'hidden', textOverflow: 'ellipsis' } }}
        >
          <span className="visuallyHidden">{t('status.label')}: </span>
          {word}
          {over && <span className="visuallyHidden">, {t('status.overLimit')}</span>}
          <span style={{ marginInlineStart: 8, fontVariantNumeric: 'tabular-nums', fontWeight: 400 }}>
            {waiting ? '…' : until > 0 ? t('status.left', { time: duration(Math.max(0, until - now)) }) : time}
          </span>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {setBy !== '' && (
          <Menu.Label data-testid="status-set-by">
            {t('status.setBy', { by: setBy, time: format.time(live.me?.statusSince ?? 0) })}
          </Menu.Label>
        )}
        <Menu.Item
          leftSection={<Icon name="check" size={16} />}
          rightSection={<Keys shortcut={world.prefs.get().shortcuts.available ?? available?.shortcut ?? ''} />}
          onClick={() => {
            Alerts.askPermission()
            void available?.run(world)
          }}
          data-testid="status-available"
        >
          {t('words.status.available')}
        </Menu.Item>
        <Menu.Label>{t('status.breaks')}</Menu.Label>
        {list.map((r) => (
          <Menu.Item
            key={r.id}
            leftSection={<Icon name="pause" size={16} />}
            onClick={() => world.desk.setStatus('break', r.key)}
            data-testid={`status-break-${r.key}`}
          >
            {named(r.names, language)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item
          leftSection={<Icon name="list" size={16} />}
          onClick={() => world.panels.update((p) => ({ ...p, shift: true }))}
          data-testid="status-shift"
        >
          {t('commands.shift')}
        </Menu.Item>
        <Menu.Item
          leftSection={<Icon name="circle" size={16} />}
          onClick={() => void commands.find((c) => c.id === 'offline')?.run(world)}
          data-testid="status-offline"
        >
          {t('words.status.offline')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
