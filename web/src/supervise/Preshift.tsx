import { Button, Menu } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useFormat, useLanguage, useMe, useNow, useT, useValue, useWorld } from '../app/hooks.tsx'
import { duration } from '../i18n/format.ts'
import { wordFor } from '../i18n/language.ts'
import { named } from '../parts/names.ts'
import { type ArrivalState, arrivalOf, shiftTrouble } from '../parts/shift.ts'
import { Icon, type IconName } from '../ui/Icon.tsx'
import { Mark, type Tone } from '../ui/Mark.tsx'
import { Page, Section } from '../ui/Page.tsx'
import { type Column, Table } from '../ui/Table.tsx'
import { api } from '../wire/api.ts'
import type { AgentView } from '../wire/desk.gen.ts'
import { AllowDialog, SpotDialog, StartsDialog } from './PreshiftDialogs.tsx'
import { ChecklistDialog, TermsDialog } from './PreshiftTerms.tsx'
import classes from './supervise.module.css'

const looks: Record<ArrivalState, { tone: Tone; icon: IconName }> = {
  none: { tone: 'quiet', icon: 'circle' },
  expected: { tone: 'quiet', icon: 'clock' },
  overdue: { tone: 'warning', icon: 'clock' },
  absent: { tone: 'bad', icon: 'warn' },
  inTime: { tone: 'good', icon: 'check' },
  late: { tone: 'warning', icon: 'clock' },
}

type Open = { what: 'allow' | 'spot' | 'starts'; agent: AgentView } | { what: 'terms' } | { what: 'list' } | null

/** Who has come, and who can begin? */
export function Preshift() {
  const t = useT()
  const me = useMe()
  const { desk } = useWorld()
  const live = useValue(desk.live)
  const now = useNow()
  const [open, setOpen] = useState<Open>(null)
  useEffect(() => desk.watchBoard(), [desk])
  const leads = me.permissions.includes('set_others_status')
  const agents = live.agents.toSorted(
    (a, b) => shiftTrouble(b, now) - shiftTrouble(a, now) || a.name.localeCompare(b.name),
  )
  const bad = agents.filter((a) => shiftTrouble(a, now) >= 40).length
  const columns: Column<AgentView>[] = [
    { key: 'agent', title: t('board.agent'), names: true, bare: true, cell: (a) => a.name },
    { key: 'arrival', title: t('preshift.arrival'), cell: (a) => <Arrival agent={a} /> },
    { key: 'check', title: t('preshift.check'), cell: (a) => <CheckCell agent={a} /> },
    { key: 'list', title: t('preshift.list'), cell: (a) => <ListCell agent={a} /> },
    {
      key: 'notices',
      title: t('nav.notices'),
      cell: ({ shift: s }) =>
        s.noticesAsked === 0 ? (
          '–'
        ) : (
          <Mark
            tone={s.noticesDone === s.noticesAsked ? 'good' : 'warning'}
            icon={s.noticesDone === s.noticesAsked ? 'check' : 'clock'}
          >
            {t('preshift.confirmed', { done: s.noticesDone, all: s.noticesAsked })}
          </Mark>
        ),
    },
    { key: 'begins', title: t('preshift.begins'), cell: (a) => <Begins agent={a} /> },
    ...(leads
      ? [
          {
            key: 'act',
            title: t('board.line.change'),
            bare: true,
            cell: (a: AgentView) => (
              <Menu position="bottom-end" withinPortal={false} floatingStrategy="fixed" zIndex={340}>
                <Menu.Target>
                  <Button
                    size="compact-sm"
                    variant="default"
                    rightSection={<Icon name="down" size={13} />}
                    aria-label={t('board.lead.of', { agent: a.name })}
                    data-testid="preshift-change"
                  >
                    {t('board.line.change')}
                  </Button>
                </Menu.Target>
                <Menu.Dropdown>
                  {(['allow', 'spot', 'starts'] as const).map((what) => (
                    <Menu.Item key={what} onClick={() => setOpen({ what, agent: a })} data-testid={`preshift-${what}`}>
                      {t(`preshift.do.${what}`)}
                    </Menu.Item>
                  ))}
                </Menu.Dropdown>
              </Menu>
            ),
          },
        ]
      : []),
  ]
  const close = () => setOpen(null)
  return (
    <Page
      title={t('nav.preshift')}
      aside={
        leads && (
          <div className={classes.row}>
            <Button variant="default" onClick={() => setOpen({ what: 'list' })} data-testid="preshift-list">
              {t('preshift.listEdit')}
            </Button>
            <Button variant="default" onClick={() => setOpen({ what: 'terms' })} data-testid="preshift-terms">
              {t('preshift.terms')}
            </Button>
          </div>
        )
      }
    >
      <Section
        title={t('preshift.question')}
        testId="preshift"
        aside={
          agents.length > 0 && (
            <Mark tone={bad > 0 ? 'bad' : 'good'} icon={bad > 0 ? 'warn' : 'check'}>
              {bad > 0 ? t('preshift.trouble', { count: bad }) : t('preshift.allGood')}
            </Mark>
          )
        }
      >
        <Table
          label={t('nav.preshift')}
          testId="preshift-agents"
          columns={columns}
          rows={agents}
          rowKey={(a) => a.agent}
          cards
          tone={(a) => {
            const n = shiftTrouble(a, now)
            return n >= 40 ? 'bad' : n > 0 ? 'warning' : undefined
          }}
          empty={t('board.noAgents')}
        />
      </Section>
      {open?.what === 'allow' && <AllowDialog agent={open.agent} onClose={close} />}
      {open?.what === 'spot' && <SpotDialog agent={open.agent} onClose={close} />}
      {open?.what === 'starts' && <StartsDialog agent={open.agent} onClose={close} />}
      {open?.what === 'terms' && <TermsDialog onClose={close} />}
      {open?.what === 'list' && <ChecklistDialog onClose={close} />}
    </Page>
  )
}

interface Of {
  agent: AgentView
}

function Arrival({ agent }: Of) {
  const t = useT()
  const format = useFormat()
  const now = useNow()
  const { shift } = agent
  const { state, ms } = arrivalOf(shift, now)
  const look = looks[state]
  return (
    <div>
      <Mark tone={look.tone} icon={look.icon}>
        {t(`preshift.state.${state}`, { time: duration(ms) })}
      </Mark>
      {shift.planned > 0 && (
        <small className={classes.small}>{t('preshift.planned', { time: format.dateTime(shift.planned) })}</small>
      )}
      {shift.arrived > 0 && (
        <small className={classes.small}>
          {t('preshift.arrived', { time: format.time(shift.arrived) })}
          {shift.credited !== shift.arrived && ` · ${t('preshift.credited', { time: format.time(shift.credited) })}`}
        </small>
      )}
    </div>
  )
}

function CheckCell({ agent }: Of) {
  const t = useT()
  const format = useFormat()
  const { check, lacks } = agent.shift
  if (agent.phone !== 'browser') return t('preshift.noCheck')
  if (check === undefined && agent.shift.arrived === 0) return '–'
  if (check === undefined) {
    const lack = lacks?.find((l) => l.code === 'phone_check')
    return (
      <Mark tone={lack?.blocks === true ? 'bad' : 'quiet'} icon={lack?.blocks === true ? 'cross' : 'circle'}>
        {t('preshift.unchecked')}
      </Mark>
    )
  }
  const values = [
    check.noiseDb < 0 ? t('preshift.noise', { db: format.number(Math.round(check.noiseDb)) }) : '',
    check.score > 0 ? t('preshift.score', { score: format.number(check.score) }) : '',
    check.roundTripMs > 0 ? t('preshift.roundTrip', { ms: format.number(Math.round(check.roundTripMs)) }) : '',
  ].filter((v) => v !== '')
  return (
    <div>
      <Mark tone={check.passed ? 'good' : 'bad'} icon={check.passed ? 'check' : 'cross'}>
        {check.passed
          ? t('preshift.passed', { time: format.time(check.at) })
          : t('preshift.failed', {
              what: (check.failed ?? []).map((step) => wordFor(t, 'preshift.step', step)).join(', '),
            })}
      </Mark>
      {values.length > 0 && <small className={classes.small}>{values.join(' · ')}</small>}
      {check.input !== '' && <small className={classes.small}>{check.input}</small>}
    </div>
  )
}

function ListCell({ agent }: Of) {
  const t = useT()
  const format = useFormat()
  const language = useLanguage()
  const { data: items = [] } = useQuery({ queryKey: ['checklist'], queryFn: api.checklist })
  const ticked = new Set(agent.shift.ticked ?? [])
  const { spot } = agent.shift
  const parts = (['start', 'end'] as const).map((part) => {
    const all = items.filter((i) => i.part === part)
    const left = all.filter((i) => !ticked.has(i.key))
    return { part, all: all.length, done: all.length - left.length, left }
  })
  if (items.length === 0 || (agent.shift.arrived === 0 && ticked.size === 0)) return '–'
  return (
    <div>
      {parts
        .filter((p) => p.all > 0 && (p.part === 'start' || p.done > 0))
        .map((p) => (
          <span key={p.part} className={classes.line}>
            <Mark tone={p.left.length === 0 ? 'good' : 'warning'} icon={p.left.length === 0 ? 'check' : 'clock'}>
              {t(`preshift.ticked.${p.part}`, { done: p.done, all: p.all })}
            </Mark>
            {p.done > 0 && p.left.length > 0 && (
              <small className={classes.small}>
                {t('preshift.left', { what: p.left.map((i) => named(i.texts, language)).join(', ') })}
              </small>
            )}
          </span>
        ))}
      {spot !== undefined && (
        <small className={classes.small}>
          {t(spot.good ? 'preshift.spotGood' : 'preshift.spotBad', { by: spot.by, time: format.time(spot.at) })}
          {spot.note !== '' && `: ${spot.note}`}
        </small>
      )}
    </div>
  )
}

function Begins({ agent }: Of) {
  const t = useT()
  const format = useFormat()
  const { shift } = agent
  const blocks = (shift.lacks ?? []).filter((l) => l.blocks)
  return (
    <div>
      {shift.arrived === 0 ? (
        '–'
      ) : (
        <Mark tone={blocks.length > 0 ? 'bad' : 'good'} icon={blocks.length > 0 ? 'cross' : 'check'}>
          {blocks.length > 0
            ? t('preshift.cannot', { what: blocks.map((l) => wordFor(t, 'shift.lack', l.code)).join(', ') })
            : t('preshift.can')}
        </Mark>
      )}
      {shift.allowedAt > 0 && (
        <small className={classes.small}>
          {t('preshift.allowed', { by: shift.allowedBy, time: format.time(shift.allowedAt) })}: {shift.allowedNote}
        </small>
      )}
    </div>
  )
}
