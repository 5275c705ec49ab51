import { Button, Select, Switch } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { useApp, useFormat, useNow, useT, useValue, useWorld } from '../app/hooks.tsx'
import { duration } from '../i18n/format.ts'
import { wordFor } from '../i18n/language.ts'
import type { TextKey } from '../i18n/texts.ts'
import { useBreakReasons } from '../parts/breakReason.ts'
import { byTrouble, serviceLevel, type WaitLevel, waitLevel } from '../parts/levels.ts'
import { MonitorMenu } from '../parts/Monitor.tsx'
import { midnight } from '../parts/period.ts'
import { isTrouble } from '../parts/trouble.ts'
import type { IconName } from '../ui/Icon.tsx'
import { Mark, type Tone } from '../ui/Mark.tsx'
import { Page, Section } from '../ui/Page.tsx'
import { type Column, Table } from '../ui/Table.tsx'
import type { AgentView, QueueView } from '../wire/desk.gen.ts'
import { AgentMenu } from './AgentMenu.tsx'
import { Alerts } from './Alerts.tsx'
import { HelpRequests } from './HelpRequests.tsx'
import { MoreTime } from './MoreTime.tsx'
import { projectsOf, within } from './scope.ts'
import classes from './supervise.module.css'
import { Unserved } from './Unserved.tsx'
import { dragged, usePlacing, Waiting } from './Waiting.tsx'

const levelLooks: Record<WaitLevel, { tone: Tone; icon: IconName }> = {
  empty: { tone: 'quiet', icon: 'circle' },
  good: { tone: 'good', icon: 'check' },
  near: { tone: 'warning', icon: 'clock' },
  over: { tone: 'bad', icon: 'warn' },
}

const statusLooks: Record<string, { tone: Tone; icon: IconName }> = {
  available: { tone: 'good', icon: 'check' },
  break: { tone: 'warning', icon: 'pause' },
  offline: { tone: 'quiet', icon: 'circle' },
}

const activityLooks: Record<string, { tone: Tone; icon: IconName }> = {
  idle: { tone: 'quiet', icon: 'circle' },
  offered: { tone: 'warning', icon: 'bell' },
  connecting: { tone: 'active', icon: 'phone' },
  talking: { tone: 'active', icon: 'phone' },
  interrupted: { tone: 'bad', icon: 'warn' },
  wrapping_up: { tone: 'quiet', icon: 'pen' },
  monitoring: { tone: 'active', icon: 'ear' },
}

const order = ['interrupted', 'talking', 'connecting', 'offered', 'monitoring', 'wrapping_up', 'idle']
const rank = (a: AgentView) =>
  (a.status === 'offline' ? 20 : 0) + (a.status === 'break' ? 10 : 0) + order.indexOf(a.activity)

/** Brings a row of a table into view, and the keyboard to what it can do. */
function reveal(table: string, row: string) {
  setTimeout(() => {
    const found = document.querySelector<HTMLElement>(`[data-testid="${table}"] tr[data-id="${CSS.escape(row)}"]`)
    found?.scrollIntoView({ block: 'center' })
    found?.querySelector<HTMLElement>('button, a')?.focus({ preventScroll: true })
  }, 0)
}

/** What a phone's screen has room for, of each queue: the rest is on a desk's. */
const onPhone = ['queue', 'state', 'waiting', 'longest', 'level', 'ready']

/** Who is waiting too long, and who could help. */
export function Board() {
  const t = useT()
  const phone = useMediaQuery('(max-width: 700px)', undefined, { getInitialValueInEffect: false }) === true
  const { reasonOf } = useBreakReasons()
  const app = useApp()
  const format = useFormat()
  const { desk } = useWorld()
  const live = useValue(desk.live)
  const { compact } = useValue(app.prefs)
  const me = useValue(app.me)
  const now = useNow()
  const [offline, setOffline] = useState(false)
  const [opened, setOpened] = useState('')
  const placing = usePlacing()
  useEffect(() => desk.watchBoard(), [desk])
  const navigate = useNavigate()
  const { project = '' } = useSearch({ strict: false }) as { project?: string }
  const projects = projectsOf(live.queues)
  const narrow = (to: string | null) => void navigate({ to: '/board', search: to === null ? {} : { project: to } })
  const scope = within(project, live.queues, live.agents)
  const queues = byTrouble(scope.queues, now)
  const over = queues.filter((q) => waitLevel(q, now) === 'over').length
  const from = String(midnight(now, me?.tenant.timeZone ?? ''))
  const counted = (q: QueueView, outcome: string, value: number) => (
    <Link
      to="/interactions"
      search={{ queue: q.queue, at: 'queued', from, ...(outcome === '' ? {} : { outcome }) }}
      aria-label={`${value}: ${t('board.open')}`}
    >
      {format.number(value)}
    </Link>
  )
  const askedToday = (q: QueueView) => {
    const text = t('board.callbacksDay', { reached: q.callbacksReached, asked: q.callbacksAsked })
    const search = { queue: q.queue, at: 'asked', callback: 'any', from }
    return (
      <>
        <Link
          to="/interactions"
          search={search}
          aria-label={`${text}: ${t('board.openCallbackDay')}`}
          data-testid="board-callback-day"
        >
          {text}
        </Link>
        {q.callbackDelayMs > 0 && ` ${t('board.callbackDelay', { time: duration(q.callbackDelayMs) })}`}
      </>
    )
  }
  const level = (q: QueueView) => {
    const share = serviceLevel(q)
    if (share === null) return '–'
    const tone: Tone = share >= q.targetShare ? 'good' : share >= q.targetShare * 0.9 ? 'warning' : 'bad'
    const icon: IconName = tone === 'good' ? 'check' : tone === 'warning' ? 'clock' : 'warn'
    return (
      <>
        <Mark tone={tone} icon={icon}>
          {format.share(share)}
        </Mark>
        <small className={classes.small}>
          {t('board.target', { share: format.share(q.targetShare), time: duration(q.targetMs) })}
        </small>
      </>
    )
  }
  const expected = (q: QueueView) => {
    if (!q.waitKnown) return '–'
    const range = { low: q.waitLowMs / 60_000, high: q.waitHighMs / 60_000 }
    const kind = q.waitNone ? 'none' : range.low === 0 ? 'less' : range.high === 0 ? 'more' : 'between'
    return (
      <>
        {t(`board.wait.${kind}`, range)}
        {q.waitErrorOf > 0 && (
          <small className={classes.small}>
            {t('board.wait.error', { share: format.share(q.waitErrorPct / 100), count: q.waitErrorOf })}
          </small>
        )}
      </>
    )
  }
  const tasks: Column<QueueView> = {
    key: 'tasks',
    title: t('board.tasks'),
    figure: true,
    cell: (q) =>
      q.tasksOverdue > 0 ? (
        <Mark tone="bad" icon="warn">
          {t('board.tasksOverdue', { all: format.number(q.tasks), late: format.number(q.tasksOverdue) })}
        </Mark>
      ) : (
        format.number(q.tasks)
      ),
  }
  const columns: Column<QueueView>[] = [
    {
      key: 'queue',
      title: t('board.queue'),
      names: true,
      cell: (q) => (
        <>
          {q.name}
          <small className={classes.small}>{q.project}</small>
        </>
      ),
    },
    {
      key: 'state',
      title: t('board.state'),
      cell: (q) => {
        const l = waitLevel(q, now)
        return (
          <>
            <Mark tone={levelLooks[l].tone} icon={levelLooks[l].icon}>
              {t(`board.level.${l}`)}
            </Mark>
            {q.waiting > 0 && (q.unserved > 0 || q.staff === 0) ? (
              <Unserved of={q} staff={q.staff} />
            ) : (
              q.waiting > 0 &&
              q.agents === 0 && (
                <Mark tone="warning" icon="warn">
                  {t('board.unserved.away')}
                </Mark>
              )
            )}
          </>
        )
      },
    },
    {
      key: 'waiting',
      title: t('board.waiting'),
      figure: true,
      cell: (q) => (
        <Button
          variant="subtle"
          size="compact-md"
          onClick={() => setOpened(opened === q.queue ? '' : q.queue)}
          aria-label={t('board.line.openOf', { count: q.waiting, queue: q.name })}
          aria-expanded={opened === q.queue}
          data-testid="board-waiting"
        >
          <b className={classes.big}>{format.number(q.waiting)}</b>
        </Button>
      ),
    },
    {
      key: 'longest',
      title: t('board.longest'),
      figure: true,
      cell: (q) => (q.waiting > 0 && q.longestSince > 0 ? duration(now - q.longestSince) : '–'),
    },
    {
      key: 'callbacks',
      title: t('board.callbacks'),
      figure: true,
      cell: (q) =>
        q.callbacks === 0 && q.callbacksAsked === 0 ? (
          '–'
        ) : (
          <>
            <Link
              to="/callbacks"
              search={{ queue: q.queue }}
              aria-label={`${q.callbacks}: ${t('board.openCallbacks')}`}
              data-testid="board-callbacks"
            >
              {format.number(q.callbacks)}
            </Link>
            {q.callbacks > 0 && (
              <small className={`${classes.small} ${classes.one}`}>
                {t('board.callbacksSince', { time: format.time(q.callbacksSince) })}
              </small>
            )}
            {q.callbacksAsked > 0 && <small className={`${classes.small} ${classes.one}`}>{askedToday(q)}</small>}
          </>
        ),
    },
    { key: 'messages', title: t('board.messages'), figure: true, cell: (q) => format.number(q.messages) },
    ...(queues.some((q) => q.tasks > 0) ? [tasks] : []),
    { key: 'expected', title: t('board.expected'), cell: expected },
    { key: 'level', title: t('board.serviceLevel'), cell: level },
    { key: 'offered', title: t('board.offered'), figure: true, cell: (q) => counted(q, '', q.offered) },
    { key: 'answered', title: t('board.answered'), figure: true, cell: (q) => counted(q, 'answered', q.answered) },
    { key: 'abandoned', title: t('board.abandoned'), figure: true, cell: (q) => counted(q, 'abandoned', q.abandoned) },
    {
      key: 'ready',
      title: t('board.ready'),
      figure: true,
      cell: (q) => <span className={classes.one}>{t('board.readyOf', { ready: q.available, all: q.agents })}</span>,
    },
  ]
  const agents = scope.agents
    .filter((a) => offline || a.status !== 'offline')
    .toSorted((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name))
  const agentColumns: Column<AgentView>[] = [
    { key: 'agent', title: t('board.agent'), names: true, cell: (a) => a.name },
    {
      key: 'status',
      title: t('board.status'),
      cell: (a) => {
        const look = statusLooks[a.status] ?? { tone: 'quiet', icon: 'circle' }
        const reason = reasonOf(a.reason)
        return (
          <>
            <Mark tone={look.tone} icon={look.icon}>
              {wordFor(t, 'words.status', a.status) + (reason === '' ? '' : ` · ${reason}`)}
            </Mark>
            {a.setBy !== '' && <small className={classes.small}>{t('board.lead.setBy', { by: a.setBy })}</small>}
          </>
        )
      },
    },
    {
      key: 'activity',
      title: t('board.activity'),
      cell: (a) => {
        if (a.status === 'offline' && a.activity === 'idle') return '–'
        const look = activityLooks[a.activity] ?? { tone: 'quiet', icon: 'circle' }
        return (
          <>
            <Mark tone={look.tone} icon={look.icon}>
              {t(`words.activity.${a.activity}` as TextKey)}
            </Mark>
            {isTrouble(a.quality) && (
              <Mark tone="bad" icon="warn">
                {t(`board.sound.${a.quality}`)}
              </Mark>
            )}
          </>
        )
      },
    },
    {
      key: 'since',
      title: t('board.since'),
      figure: true,
      cell: (a) => duration(now - (a.activity === 'idle' ? a.statusSince : a.activitySince)),
    },
    ...(me?.permissions.includes('set_others_status') === true
      ? [
          {
            key: 'lead',
            bare: true,
            title: t('board.line.change'),
            cell: (a: AgentView) => (a.agent === me?.user.id ? null : <AgentMenu agent={a} />),
          },
        ]
      : []),
    ...(live.hello?.mayMonitor === true
      ? [
          {
            key: 'monitor',
            bare: true,
            title: t('board.takePart'),
            cell: (a: AgentView) =>
              a.agent !== me?.user.id && (a.activity === 'talking' || a.activity === 'interrupted') ? (
                <MonitorMenu interaction={a.interaction} agent={a.name} />
              ) : null,
          },
        ]
      : []),
  ]
  // What an alert is about may lie outside of what is shown.
  const showQueue = (queue: string) => {
    if (!queues.some((q) => q.queue === queue)) narrow(null)
    setOpened(queue)
    reveal('board-queues', queue)
  }
  const showAgent = (agent: string) => {
    if (!scope.agents.some((a) => a.agent === agent)) narrow(null)
    setOffline(offline || live.agents.some((a) => a.agent === agent && a.status === 'offline'))
    reveal('board-agents', agent)
  }
  const shown = queues.find((q) => q.queue === opened)
  const drop = (to: QueueView, interaction: string) => {
    const contact = live.line?.contacts?.find((w) => w.interaction === interaction)
    if (contact !== undefined && contact.queue !== to.queue) void placing.move(contact, to)
  }
  const sums = {
    waiting: queues.reduce((n, q) => n + q.waiting, 0),
    talking: scope.agents.filter((a) => a.activity === 'talking').length,
    available: scope.agents.filter((a) => a.status === 'available' && a.activity === 'idle').length,
  }
  return (
    <Page
      title={t('board.title')}
      aside={
        <div className={classes.scope}>
          {projects.length > 1 && (
            <Select
              aria-label={t('board.project')}
              placeholder={t('board.allProjects')}
              clearable
              data={projects}
              value={projects.includes(project) ? project : null}
              onChange={narrow}
              data-testid="board-project"
            />
          )}
          <b data-testid="board-sums">{t('board.sums', sums)}</b>
        </div>
      }
    >
      <HelpRequests />
      <MoreTime />
      {live.hello?.mayMonitor === true && <Alerts onQueue={showQueue} onAgent={showAgent} />}
      <Section
        title={t('board.question')}
        testId="board"
        aside={
          queues.length > 0 && (
            <Mark tone={over > 0 ? 'bad' : 'good'} icon={over > 0 ? 'warn' : 'check'}>
              {over > 0 ? t('board.trouble', { count: over }) : t('board.allGood')}
            </Mark>
          )
        }
      >
        <Table
          label={t('board.queues')}
          testId="board-queues"
          columns={phone ? columns.filter((c) => onPhone.includes(c.key)) : columns}
          rows={queues}
          rowKey={(q) => q.queue}
          compact={compact}
          cards
          tone={(q) => {
            const { tone } = levelLooks[waitLevel(q, now)]
            return tone === 'bad' || tone === 'warning' ? tone : undefined
          }}
          onDrop={{ type: dragged, take: drop }}
          empty={t('board.noQueues')}
        />
      </Section>
      {shown !== undefined && <Waiting queue={shown} onClose={() => setOpened('')} />}
      <Section
        title={t('board.agents')}
        aside={
          <Switch
            label={t('board.showOffline')}
            checked={offline}
            onChange={(e) => setOffline(e.currentTarget.checked)}
            data-testid="show-offline"
          />
        }
      >
        <Table
          label={t('board.agents')}
          testId="board-agents"
          columns={agentColumns}
          rows={agents}
          rowKey={(a) => a.agent}
          compact={compact}
          cards
          empty={t('board.noAgents')}
        />
      </Section>
    </Page>
  )
}
