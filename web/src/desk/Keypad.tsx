import { Button, Popover } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { useT, useValue, useWorld } from '../app/hooks.tsx'
import classes from './desk.module.css'

/** The keys of a telephone, in its order. */
export const padKeys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#']

/** The keys sent to the customer's side. */
export function Keypad({ children }: { children: ReactNode }) {
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
          if (padKeys.includes(e.key)) press(e.key)
        }}
        data-testid="keypad"
      >
        <div className={classes.pad}>
          {padKeys.map((k) => (
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
