import { Button, Text } from '@mantine/core'
import { useState } from 'react'
import { useT, useValue, useWorld } from '../app/hooks.tsx'
import { commands, shortcutFor } from '../commands/all.ts'
import type { Command } from '../commands/command.ts'
import { shortcutOf, taken } from '../commands/keyboard.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { Keys } from '../ui/Key.tsx'
import classes from './shell.module.css'

const groups: Command['group'][] = ['call', 'status', 'view', 'go']

/** `?`: every key there is; choosing one changes it. */
export function Sheet() {
  const t = useT()
  const world = useWorld()
  const { sheet } = useValue(world.panels)
  const { shortcuts } = useValue(world.prefs)
  const [changing, setChanging] = useState('')
  const [problem, setProblem] = useState('')
  const close = () => {
    world.panels.update((p) => ({ ...p, sheet: false }))
    setChanging('')
    setProblem('')
  }
  const press = (command: Command, shortcut: string) => {
    if (shortcut === '' || shortcut === 'Tab' || shortcut === 'Shift+Tab') return false
    if (shortcut === 'Escape') {
      setChanging('')
      return true
    }
    if (taken(shortcut)) {
      setProblem(t('commands.takenByBrowser', { shortcut }))
      return true
    }
    const other = commands.find((c) => c.id !== command.id && shortcutFor(c, shortcuts) === shortcut)
    if (other !== undefined) {
      setProblem(t('commands.takenByUs', { shortcut, name: t(other.label) }))
      return true
    }
    world.prefs.update((p) => ({ ...p, shortcuts: { ...p.shortcuts, [command.id]: shortcut } }))
    setProblem('')
    setChanging('')
    return true
  }
  return (
    <Dialog
      opened={sheet}
      onClose={close}
      title={t('commands.sheet')}
      closeLabel={t('common.close')}
      size="xl"
      closeOnEscape={changing === ''}
      testId="sheet"
    >
      <Text size="sm">{t('commands.sheetHint')}</Text>
      <Text size="sm" c="var(--lk-bad)" role="status" mih={22}>
        {problem}
      </Text>
      <div className={classes.sheet} data-testid="shortcuts">
        {groups.map((g) => (
          <section key={g} aria-label={t(`commands.groups.${g}`)}>
            <h3>{t(`commands.groups.${g}`)}</h3>
            <ul>
              {commands
                .filter((c) => c.group === g)
                .map((c) => {
                  const shortcut = shortcutFor(c, shortcuts)
                  return (
                    <li key={c.id}>
                      <span>{t(c.label)}</span>
                      <Button
                        size="compact-sm"
                        variant="default"
                        aria-label={`${t('commands.change', { name: t(c.label) })}: ${shortcut === '' ? t('commands.noShortcut') : shortcut}`}
                        onClick={() => {
                          setProblem('')
                          setChanging(changing === c.id ? '' : c.id)
                        }}
                        onBlur={() => setChanging('')}
                        onKeyDown={(event) => {
                          if (changing === c.id && press(c, shortcutOf(event))) {
                            event.preventDefault()
                            event.stopPropagation()
                          }
                        }}
                      >
                        {changing === c.id ? (
                          t('commands.press')
                        ) : shortcut === '' ? (
                          t('commands.noShortcut')
                        ) : (
                          <Keys shortcut={shortcut} />
                        )}
                      </Button>
                    </li>
                  )
                })}
            </ul>
          </section>
        ))}
      </div>
      <Button
        mt="md"
        variant="default"
        disabled={Object.keys(shortcuts).length === 0}
        onClick={() => world.prefs.update((p) => ({ ...p, shortcuts: {} }))}
      >
        {t('commands.reset')}
      </Button>
    </Dialog>
  )
}
