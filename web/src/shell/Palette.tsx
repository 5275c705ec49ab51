import { TextInput } from '@mantine/core'
import { type KeyboardEvent, useId, useState } from 'react'
import { useT, useValue, useWorld } from '../app/hooks.tsx'
import { commands, shortcutFor } from '../commands/all.ts'
import type { Command } from '../commands/command.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { Keys } from '../ui/Key.tsx'
import classes from './shell.module.css'

const folded = (s: string) => s.toLowerCase().replaceAll('ё', 'е')

/** Ctrl+K: any action or page by its name; digits and names go on to the search of interactions. */
export function Palette() {
  const t = useT()
  const world = useWorld()
  const { palette } = useValue(world.panels)
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const id = useId()
  const close = () => {
    world.panels.update((p) => ({ ...p, palette: false }))
    setText('')
    setAt(0)
  }
  const found = commands.filter(
    (c) => c.id !== 'palette' && c.when(world) && folded(t(c.label)).includes(folded(text.trim())),
  )
  const search: Command[] =
    text.trim().length < 3
      ? []
      : [
          {
            id: 'search',
            label: 'nav.interactions',
            group: 'go',
            shortcut: '',
            whileTyping: false,
            when: () => true,
            run: (w) => w.go(`/interactions?text=${encodeURIComponent(text.trim())}`),
          },
        ]
  const list = [...found, ...search]
  const chosen = Math.min(at, list.length - 1)
  const run = (c: Command | undefined) => {
    if (c === undefined) return
    close()
    void c.run(world)
  }
  const keys = (event: KeyboardEvent) => {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (move !== undefined) {
      setAt((chosen + move + list.length) % Math.max(list.length, 1))
      event.preventDefault()
    } else if (event.key === 'Enter') {
      event.preventDefault()
      run(list[chosen])
    }
  }
  return (
    <Dialog
      opened={palette}
      onClose={close}
      title={t('commands.palette')}
      closeLabel={t('common.close')}
      testId="palette"
    >
      <TextInput
        data-autofocus
        placeholder={t('commands.find')}
        aria-label={t('commands.find')}
        role="combobox"
        aria-expanded={list.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={list.length === 0 ? undefined : `${id}-${chosen}`}
        autoComplete="off"
        value={text}
        onChange={(e) => {
          setText(e.currentTarget.value)
          setAt(0)
        }}
        onKeyDown={keys}
        data-testid="palette-input"
      />
      {list.length === 0 && <p>{t('commands.nothing')}</p>}
      <div
        className={classes.list}
        role="listbox"
        id={`${id}-list`}
        aria-label={t('commands.palette')}
        hidden={list.length === 0}
      >
        {list.map((c, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the keys, as a combobox
          <div
            key={c.id}
            id={`${id}-${i}`}
            role="option"
            tabIndex={-1}
            aria-selected={i === chosen}
            className={classes.option}
            onClick={() => run(c)}
            onMouseMove={() => setAt(i)}
          >
            <span>{c.id === 'search' ? `${t('nav.interactions')}: “${text.trim()}”` : t(c.label)}</span>
            <span>
              <small>{t(`commands.groups.${c.group}`)}</small>{' '}
              <Keys shortcut={shortcutFor(c, world.prefs.get().shortcuts)} />
            </span>
          </div>
        ))}
      </div>
    </Dialog>
  )
}
