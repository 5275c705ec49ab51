import { ActionIcon, Burger, Button, Popover, SegmentedControl, Switch, Tooltip } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import { useApp, useLanguage, useMe, useNow, useT, useValue, useWorld } from '../app/hooks.tsx'
import { commands } from '../commands/all.ts'
import type { Command } from '../commands/command.ts'
import { duration } from '../i18n/format.ts'
import { isLanguage, languages } from '../i18n/language.ts'
import { waitLevel } from '../parts/levels.ts'
import { undone } from '../state/notices.ts'
import type { Scheme } from '../state/prefs.ts'
import { onDuty } from '../state/rights.ts'
import { Icon } from '../ui/Icon.tsx'
import { Keys } from '../ui/Key.tsx'
import { AlertBell } from './AlertLine.tsx'
import bell from './notice.module.css'
import { StatusMenu } from './StatusMenu.tsx'
import classes from './shell.module.css'

const NarrowMenu = lazy(async () => ({ default: (await import('./NarrowMenu.tsx')).NarrowMenu }))

const byId = (id: string): Command => {
  const command = commands.find((c) => c.id === id)
  if (command === undefined) throw new Error(`no command ${id}`)
  return command
}

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

function UserMenu({ narrow }: { narrow: boolean }) {
  const t = useT()
  const app = useApp()
  const world = useWorld()
  const me = useMe()
  const language = useLanguage()
  const prefs = useValue(app.prefs)
  const signOut = byId('signOut')
  useValue(world.desk.live)
  const [open, setOpen] = useState(false)
  const schemes: { value: Scheme; label: string }[] = [
    { value: 'auto', label: t('common.schemeAuto') },
    { value: 'light', label: t('common.schemeLight') },
    { value: 'dark', label: t('common.schemeDark') },
  ]
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
          onClick={() => setOpen(!open)}
          data-testid="user-menu"
          maw={200}
        >
          <span className={narrow ? 'visuallyHidden' : undefined}>{me.user.name}</span>
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={me.user.name}>
        <div className={classes.user}>
          <p>{`${me.user.login} · ${t(`words.role.${me.user.role}`)}`}</p>
          <SegmentedControl
            fullWidth
            aria-label={t('common.language')}
            value={language}
            data={languages.map((l) => ({ value: l.code, label: l.name }))}
            onChange={(code) => {
              if (isLanguage(code)) void app.choose(code)
            }}
            className={classes.languages}
            data-testid="language"
          />
          <SegmentedControl
            fullWidth
            aria-label={t('common.appearance')}
            orientation="vertical"
            value={prefs.scheme}
            data={schemes}
            onChange={(value) => {
              const chosen = schemes.find((s) => s.value === value)
              if (chosen !== undefined) app.prefs.update((p) => ({ ...p, scheme: chosen.value }))
            }}
            data-testid="scheme"
          />
          <Switch
            label={t('common.compact')}
            checked={prefs.compact}
            onChange={(e) => {
              const compact = e.currentTarget.checked
              app.prefs.update((p) => ({ ...p, compact }))
            }}
          />
          {language === 'th' && (
            <Switch
              label={t('common.buddhistYear')}
              checked={prefs.buddhistYear}
              onChange={(e) => {
                const buddhistYear = e.currentTarget.checked
                app.prefs.update((p) => ({ ...p, buddhistYear }))
              }}
            />
          )}
          {onDuty(me, world.desk.live.get()) && (
            <label className={classes.volume}>
              {t('common.ringVolume')}
              <input
                type="range"
                min={0.1}
                max={1}
                step={0.1}
                value={prefs.ringVolume}
                onChange={(e) => {
                  const ringVolume = Number(e.currentTarget.value)
                  app.prefs.update((p) => ({ ...p, ringVolume }))
                }}
              />
            </label>
          )}
          {byId('phoneCheck').when(world) && (
            <Button
              variant="default"
              onClick={() => {
                setOpen(false)
                byId('phoneCheck').run(world)
              }}
              data-testid="menu-phone-check"
            >
              {t('commands.phoneCheck')}
            </Button>
          )}
          {onDuty(me, world.desk.live.get()) && (
            <Button
              variant="default"
              onClick={() => {
                setOpen(false)
                world.go('/my-phone')
              }}
              data-testid="menu-my-phone"
            >
              {t('phones.mine')}
            </Button>
          )}
          <Button
            variant="default"
            onClick={() => {
              setOpen(false)
              world.go('/my-password')
            }}
            data-testid="menu-my-password"
          >
            {t('password.title')}
          </Button>
          <Button
            variant="default"
            disabled={!signOut.when(world)}
            onClick={() => signOut.run(world)}
            data-testid="sign-out"
          >
            {t('commands.signOut')}
          </Button>
        </div>
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
      <UserMenu narrow={narrow} />
    </header>
  )
}
