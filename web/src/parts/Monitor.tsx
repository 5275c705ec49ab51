import { Button, Menu } from '@mantine/core'
import { useT, useValue, useWorld } from '../app/hooks.tsx'
import { ownParty } from '../state/talk.ts'
import { Icon, type IconName } from '../ui/Icon.tsx'

const modes: { mode: 'listen' | 'whisper' | 'barge'; icon: IconName }[] = [
  { mode: 'listen', icon: 'ear' },
  { mode: 'whisper', icon: 'whisper' },
  { mode: 'barge', icon: 'merge' },
]

/** How a supervisor takes part in a talk that runs: listen, whisper, barge in, take over, stop. */
export function MonitorMenu({ interaction, agent }: { interaction: string; agent: string }) {
  const t = useT()
  const { desk } = useWorld()
  const live = useValue(desk.live)
  if (live.hello?.mayMonitor !== true || interaction === '') return null
  const work = live.work.find((w) => w.interaction === interaction)
  // One's own talk is not monitored.
  if (work !== undefined && work.part !== 'monitor') return null
  const own = work === undefined ? undefined : ownParty(work)
  const name = own === undefined ? t('monitor.title') : t(`call.party.${own.mode as 'listen' | 'whisper' | 'barge'}`)
  const start = (mode: string) => {
    for (const other of live.work) {
      if (other.part === 'monitor' && other.interaction !== interaction) void desk.monitorEnd(other.interaction)
    }
    void desk.monitor(interaction, mode)
  }
  return (
    <Menu position="bottom-end" withinPortal={false} floatingStrategy="fixed" zIndex={340}>
      <Menu.Target>
        <Button
          size="compact-sm"
          variant={own === undefined ? 'default' : 'filled'}
          leftSection={<Icon name="ear" size={15} />}
          aria-label={own === undefined ? t('monitor.menu', { agent }) : `${name}: ${agent}`}
          data-testid="monitor"
          data-mode={own?.mode ?? ''}
        >
          {name}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {modes.map(({ mode, icon }) => (
          <Menu.Item
            key={mode}
            leftSection={<Icon name={icon} size={16} />}
            disabled={own?.mode === mode}
            onClick={() => start(mode)}
            data-testid={`monitor-${mode}`}
          >
            {t(`call.${mode}`)}
            <small style={{ display: 'block', color: 'var(--lk-quiet)' }}>{t(`monitor.hint.${mode}`)}</small>
          </Menu.Item>
        ))}
        {own !== undefined && (
          <>
            <Menu.Divider />
            <Menu.Item
              leftSection={<Icon name="transfer" size={16} />}
              disabled={own.state !== 'up'}
              onClick={() => desk.takeOver(interaction)}
              data-testid="monitor-take-over"
            >
              {t('call.takeOver')}
            </Menu.Item>
            <Menu.Item
              leftSection={<Icon name="cross" size={16} />}
              onClick={() => desk.monitorEnd(interaction)}
              data-testid="monitor-stop"
            >
              {t('call.stopMonitoring')}
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  )
}
