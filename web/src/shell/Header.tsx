import { ActionIcon, Burger, Button, Popover, Tooltip } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import { useApp, useMe, useNow, useT, useValue, useWorld } from '../app/hooks.tsx'
import { byId } from '../commands/all.ts'
import { duration } from '../i18n/format.ts'
import { waitLevel } from '../parts/levels.ts'
import { undone } from '../state/notices.ts'
import { onDuty } from '../state/rights.ts'
import { Icon } from '../ui/Icon.tsx'
import { Keys } from '../ui/Key.tsx'
import { AlertBell } from './AlertLine.tsx'
import bell from './notice.module.css'
import { StatusMenu } from './StatusMenu.tsx'
import classes from './shell.module.css'
import type { UserMenu } from './UserMenu.tsx'

const NarrowMenu = lazy(async () => ({ default: (await import('./NarrowMenu.tsx')).NarrowMenu }))

function MyQueues() {
  const t = useT()
  const live = useValue(useWorld().desk.live)
  const now = useNow()
  const mine = live.queues.filter((q) => live.me?.queues?.includes(q.queue) === true)
  if (mine.length === 0) return <div className={classes.space} />
  return (
    <ul className={classes.queues} aria-label={t('desk.queues')} data-testid="my-queues">
      {mine.map((q) => {
        const level = waitLevel(q, now)
        return (
          <li
            key={q.queue}
            data-tone={level === 'over' ? 'bad' : level === 'near' ? 'warning' : undefined}
            data-queue={q.queue}
          >
            <span>{q.name}</span> <b>{q.waiting}</b>
            {q.waiting > 0 && q.longestSince > 0 && <span>{duration(now - q.longestSince)}</span>}
          </li>
        )
      })}
    </ul>
  )
}

/** Who is signed in; what he can choose comes with the first press. */
function UserButton({ narrow }: { narrow: boolean }) {
  const t = useT()
  const app = useApp()
  const me = useMe()
  const [open, setOpen] = useState(false)
  const [Content, setContent] = useState<typeof UserMenu | null>(null)
  const toggle = async () => {
    try {
      if (Content === null) {
        const loaded = await import('./UserMenu.tsx')
        setContent(() => loaded.UserMenu)
      }
      setOpen(!open)
    } catch {
      app.toast(t('errors.loading'), { tone: 'bad' })
    }
  }
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" width={310} trapFocus returnFocus shadow="md">
      <Popover.Target>
        <Button
          variant="subtle"
          color="gray"
          c="inherit"
          px={8}
          leftSection={<Icon name="user" />}
          rightSection={<Icon name="down" size={14} />}
          onClick={() => void toggle()}
          data-testid="user-menu"
          maw={200}
        >
          <span className={narrow ? 'visuallyHidden' : undefined}>{me.user.name}</span>
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={me.user.name}>
        {Content !== null && <Content onClose={() => setOpen(false)} />}
      </Popover.Dropdown>
    </Popover>
  )
}

/** Opens what leaders have written, and counts what asks for something still. */
function NoticeButton() {
  const t = useT()
  const world = useWorld()
  const { notices } = useValue(world.desk.live)
  if (notices.length === 0) return null
  const count = undone(notices).length
  return (
    <ActionIcon
      className={bell.button ?? ''}
      variant="subtle"
      color="gray"
      size="lg"
      style={{ overflow: 'visible' }}
      aria-label={count === 0 ? t('notice.mine') : t('notice.mineOpen', { count })}
      onClick={() => byId('notices').run(world)}
      data-testid="open-notices"
      data-count={count}
    >
      <Icon name="bell" size={20} />
      {count > 0 && (
        <span className={bell.count} aria-hidden="true">
          {count}
        </span>
      )}
    </ActionIcon>
  )
}

/** The line at the top: own status, own queues, search, help, oneself. */
export function Header({ narrow }: { narrow: boolean }) {
  const t = useT()
  const world = useWorld()
  const me = useMe()
  const [menu, setMenu] = useState(false)
  const live = useValue(world.desk.live)
  return (
    <header className={classes.head}>
      {narrow && (
        <>
          <Burger
            opened={menu}
            onClick={() => setMenu(true)}
            size="sm"
            aria-label={t('common.menu')}
            data-testid="open-menu"
          />
          <Suspense>{menu && <NarrowMenu onClose={() => setMenu(false)} />}</Suspense>
        </>
      )}
      {onDuty(me, live) ? (
        <StatusMenu />
      ) : (
        <span className={classes.brand}>
          <img src="/icon.svg" alt="" />
          {!narrow && t('common.product')}
        </span>
      )}
      <MyQueues />
      <NoticeButton />
      <AlertBell />
      {narrow ? (
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={t('commands.palette')}
          onClick={() => byId('palette').run(world)}
          data-testid="open-palette"
        >
          <Icon name="search" />
        </ActionIcon>
      ) : (
        <>
          <Button
            variant="default"
            leftSection={<Icon name="search" size={16} />}
            rightSection={<Keys shortcut="Ctrl+K" />}
            onClick={() => byId('palette').run(world)}
            data-testid="open-palette"
          >
            {t('commands.palette')}
          </Button>
          <Tooltip label={`${t('commands.sheet')} (?)`}>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={t('commands.sheet')}
              onClick={() => byId('sheet').run(world)}
              data-testid="open-sheet"
            >
              <Icon name="help" size={20} />
            </ActionIcon>
          </Tooltip>
        </>
      )}
      <UserButton narrow={narrow} />
    </header>
  )
}
