import { Button, Popover } from '@mantine/core'
import type { ReactNode } from 'react'
import { useT, useValue, useWorld } from '../app/hooks.tsx'
import classes from './desk.module.css'

/** Why the recording pauses: it is marked so in the file. */
export function PauseReasons({ children }: { children: ReactNode }) {
  const t = useT()
  const world = useWorld()
  const open = useValue(world.panels).pause
  const work = world.desk.inHand()
  const change = (pause: boolean) => world.panels.update((p) => ({ ...p, pause }))
  const act = (run: (interaction: string) => unknown) => {
    change(false)
    if (work !== null) run(work.interaction)
  }
  return (
    <Popover opened={open} onChange={change} position="top" trapFocus returnFocus withRoles={false} zIndex={360}>
      <Popover.Target>
        <span>{children}</span>
      </Popover.Target>
      <Popover.Dropdown role="dialog" aria-label={t('call.pauseWhy')} data-testid="pause-reasons">
        <div className={classes.reasons}>
          <p>{t('call.pauseHint')}</p>
          {(['card', 'private'] as const).map((reason) => (
            <Button
              key={reason}
              variant="default"
              onClick={() => act((i) => world.desk.pauseRecording(i, true, reason))}
              data-testid={`pause-${reason}`}
            >
              {t(`call.pause.${reason}`)}
            </Button>
          ))}
          {work?.recordOnDemand === true && (
            <Button variant="default" onClick={() => act((i) => world.desk.record(i, false))} data-testid="record-stop">
              {t('call.recordStop')}
            </Button>
          )}
        </div>
      </Popover.Dropdown>
    </Popover>
  )
}
