import { Button, Tooltip } from '@mantine/core'
import { useT, useValue, useWorld } from '../app/hooks.tsx'
import { shortcutFor } from '../commands/all.ts'
import type { Command } from '../commands/command.ts'
import type { TextKey } from '../i18n/texts.ts'
import { Icon, type IconName } from '../ui/Icon.tsx'
import { Keys } from '../ui/Key.tsx'
import classes from './desk.module.css'

/** Keys of two hands stand in the tooltip: a talk has many buttons. */
const longKey = /^Ctrl.*F\d+$/

export interface Act {
  command: Command
  label: TextKey
  values?: Record<string, string | number>
  icon: IconName
  color: string
  filled?: boolean
  pressed?: boolean
  expanded?: boolean
  disabled?: boolean
  /** Its word is left to the tooltip where the screen is small. */
  compact?: boolean
}

/** A button of the call bar: it does what its command does, and shows the command's key. */
export function Action({ act }: { act: Act }) {
  const t = useT()
  const world = useWorld()
  const shortcut = shortcutFor(act.command, useValue(world.prefs).shortcuts)
  const name = t(act.label, act.values)
  const compact = act.compact === true
  return (
    <Tooltip label={shortcut === '' ? name : `${name} (${shortcut})`}>
      <Button
        size="md"
        px={compact ? 11 : 14}
        variant={act.filled === true ? 'filled' : 'white'}
        color={act.color}
        className={compact ? classes.compact : undefined}
        leftSection={<Icon name={act.icon} />}
        rightSection={compact || longKey.test(shortcut) ? undefined : <Keys shortcut={shortcut} />}
        onClick={() => {
          if (act.disabled !== true) act.command.run(world)
        }}
        data-disabled={act.disabled === true}
        aria-disabled={act.disabled === true}
        aria-pressed={act.pressed}
        aria-expanded={act.expanded}
        aria-keyshortcuts={shortcut === '' ? undefined : shortcut.replace('Ctrl', 'Control')}
        data-testid={`call-${act.command.id}`}
      >
        <span className={classes.actionName}>{name}</span>
      </Button>
    </Tooltip>
  )
}
