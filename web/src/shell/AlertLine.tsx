import { ActionIcon, Button } from '@mantine/core'
import { useRouterState } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { useT, useValue, useWorld } from '../app/hooks.tsx'
import { alertText } from '../parts/alert.ts'
import { Icon } from '../ui/Icon.tsx'
import classes from './shell.module.css'

/** The bell of the leaders: how many alerts last. It leads to the board. */
export function AlertBell() {
  const t = useT()
  const world = useWorld()
  const { alerts } = useValue(world.desk.live)
  if (alerts.length === 0) return null
  const unseen = alerts.filter((a) => a.seen === 0).length
  const name = `${t('alerts.lasting', { count: alerts.length })}, ${t('alerts.unseen', { count: unseen })}`
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="xl"
      aria-label={name}
      title={name}
      onClick={() => world.go('/board')}
      data-testid="alert-bell"
    >
      <span className={classes.bell} data-tone={unseen > 0 ? 'bad' : undefined}>
        <Icon name="bell" size={20} />
        <b>{alerts.length}</b>
      </span>
    </ActionIcon>
  )
}

/** One line on every page but the board while nobody is on an alert. It takes no focus and covers nothing. */
export function AlertLine() {
  const t = useT()
  const world = useWorld()
  const { alerts } = useValue(world.desk.live)
  const path = useRouterState({ select: (s) => s.location.pathname })
  const unseen = alerts.filter((a) => a.seen === 0)
  const newest = unseen[0]
  const known = useRef<ReadonlySet<string> | null>(null)
  const [said, setSaid] = useState('')
  useEffect(() => {
    const fresh = unseen.find((a) => known.current?.has(a.alert) !== true)
    if (fresh !== undefined) setSaid(t('alerts.newest', { text: alertText(t, fresh) }))
    known.current = new Set(alerts.map((a) => a.alert))
  }, [alerts, unseen, t])
  return (
    <>
      <div className="visuallyHidden" role="status" aria-live="polite" data-testid="alert-said">
        {said}
      </div>
      {newest !== undefined && path !== '/board' && (
        <div className={classes.banner} data-tone="bad" data-testid="alert-line">
          <Icon name="bell" />
          <span>
            <b>{t('alerts.lasting', { count: unseen.length })}</b> · {alertText(t, newest)}
          </span>
          <Button size="compact-sm" onClick={() => world.go('/board')} data-testid="alert-show">
            {t('alerts.show')}
          </Button>
        </div>
      )}
    </>
  )
}
