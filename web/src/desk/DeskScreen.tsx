import { Button } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { type KeyboardEvent, lazy, Suspense, useRef, useState } from 'react'
import { useFormat, useNow, useT, useValue, useWorld } from '../app/hooks.tsx'
import { duration } from '../i18n/format.ts'
import type { TextKey } from '../i18n/texts.ts'
import { waitLevel } from '../parts/levels.ts'
import { inHand } from '../state/live.ts'
import { isMessage, isTask, ownParty, setAside } from '../state/talk.ts'
import { Mark, type Tone } from '../ui/Mark.tsx'
import type { WorkView } from '../wire/desk.gen.ts'
import { CallLater } from './CallLater.tsx'
import { CustomerCard, NumberText } from './CustomerCard.tsx'
import classes from './desk.module.css'
import { Offer } from './Offer.tsx'
import { Outcome } from './Outcome.tsx'
import { Parked } from './Parked.tsx'

const Message = lazy(async () => ({ default: (await import('./Message.tsx')).Message }))
const Task = lazy(async () => ({ default: (await import('./Task.tsx')).Task }))

const MyDay = lazy(async () => ({ default: (await import('./MyDay.tsx')).MyDay }))

const pages: { key: string; title: TextKey }[] = [
  { key: 'work', title: 'desk.work' },
  { key: 'customer', title: 'desk.customer' },
  { key: 'contact', title: 'desk.contact' },
]

function WorkItem({ work }: { work: WorkView }) {
  const t = useT()
  const { desk } = useWorld()
  const live = useValue(desk.live)
  const now = useNow()
  const shown = inHand(live)?.interaction === work.interaction
  const several = live.work.length > 1
  const aside = work.phase === 'connected' && setAside(work) && work.part !== 'monitor'
  return (
    <div className={classes.work} data-phase={work.phase} data-shown={shown} data-testid="work-item">
      <div>
        <b>{work.customerName || <NumberText address={work.customerAddress} />}</b>
        <span>{duration(now - (work.answered || work.phaseSince))}</span>
      </div>
      <div>
        <span>{work.queueName}</span>
        {aside ? (
          <Mark tone="warning" icon="pause">
            {t('words.activity.holding')}
          </Mark>
        ) : work.part === 'monitor' ? (
          <Mark tone="active" icon="ear">
            {t('words.activity.monitoring')}
          </Mark>
        ) : isTask(work) && work.phase === 'connected' ? (
          <Mark tone="active" icon="list">
            {t('call.task')}
          </Mark>
        ) : isMessage(work) && work.phase === 'connected' ? (
          <Mark tone="active" icon="record">
            {t('call.message')}
          </Mark>
        ) : (
          <PhaseMark phase={work.phase} />
        )}
      </div>
      {several && (!shown || aside) && work.phase !== 'offered' && (
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => {
            desk.turnTo(work.interaction)
            if (aside) void desk.hold(work.interaction, false, ownParty(work)?.party)
          }}
          data-testid="work-turn"
        >
          {t(aside ? 'desk.goOnWith' : 'desk.turnTo')}
        </Button>
      )}
    </div>
  )
}

function WorkInHand() {
  const t = useT()
  const live = useValue(useWorld().desk.live)
  const format = useFormat()
  const setBy = live.me?.setBy ?? ''
  const empty = live.me?.status === 'available' ? 'desk.waitingAvailable' : 'desk.waitingNot'
  return (
    <section className={classes.card} aria-label={t('desk.work')} data-testid="work">
      <h2>{t('desk.work')}</h2>
      {live.work.length === 0 && <p className={classes.quiet}>{t(empty)}</p>}
      {setBy !== '' && (
        <p className={classes.quiet} data-testid="set-by">
          {t('status.setBy', { by: setBy, time: format.time(live.me?.statusSince ?? 0) })}
        </p>
      )}
      <div className={classes.works}>
        {live.work.map((w) => (
          <WorkItem key={w.interaction} work={w} />
        ))}
      </div>
    </section>
  )
}

const phaseLooks: Record<string, { tone: Tone; icon: 'bell' | 'phone' | 'warn' | 'pen' | 'dot' }> = {
  offered: { tone: 'warning', icon: 'bell' },
  connecting: { tone: 'active', icon: 'phone' },
  dialing: { tone: 'active', icon: 'phone' },
  connected: { tone: 'active', icon: 'phone' },
  interrupted: { tone: 'bad', icon: 'warn' },
  wrapping_up: { tone: 'quiet', icon: 'pen' },
}

function PhaseMark({ phase }: { phase: string }) {
  const t = useT()
  const look = phaseLooks[phase] ?? { tone: 'quiet', icon: 'dot' }
  return (
    <Mark tone={look.tone} icon={look.icon}>
      {t(`words.phase.${phase}` as TextKey)}
    </Mark>
  )
}

function MyQueues() {
  const t = useT()
  const live = useValue(useWorld().desk.live)
  const now = useNow()
  const mine = live.queues.filter((q) => live.me?.queues?.includes(q.queue) === true)
  return (
    <section className={classes.card} aria-label={t('desk.queues')}>
      <h2>{t('desk.queues')}</h2>
      {mine.length === 0 && <p className={classes.quiet}>{t('desk.noQueues')}</p>}
      <ul className={classes.queueList}>
        {mine.map((q) => {
          const level = waitLevel(q, now)
          const tone: Tone = level === 'over' ? 'bad' : level === 'near' ? 'warning' : 'quiet'
          return (
            <li key={q.queue}>
              <span>{q.name}</span>
              {q.waiting > 0 ? (
                <Mark tone={tone} icon={level === 'over' ? 'warn' : 'clock'}>
                  {`${q.waiting} · ${duration(now - q.longestSince)}`}
                </Mark>
              ) : (
                <span>0</span>
              )}
            </li>
          )
        })}
      </ul>
    </section>
  )
}

/** The agent's desk: work in hand, the customer, what this call needs. */
export function DeskScreen() {
  const t = useT()
  const world = useWorld()
  const live = useValue(world.desk.live)
  const [page, setPage] = useState('work')
  const narrow = useMediaQuery('(max-width: 800px)', undefined, { getInitialValueInEffect: false }) === true
  const tabs = useRef<HTMLDivElement>(null)
  const work = inHand(live)
  // On a narrow screen the page that is needed comes forward once: the customer with the answer, the
  // outcome with the wrap-up.
  const shown = useRef('')
  const needed = work === null || work.phase === 'offered' ? '' : work.phase === 'wrapping_up' ? 'contact' : 'customer'
  const now = `${work?.interaction ?? ''} ${needed}`
  if (needed !== '' && shown.current !== now) {
    const another = !shown.current.startsWith(`${work?.interaction} `)
    shown.current = now
    if (another || page === 'work' || needed === 'contact') setPage(needed)
  }
  // So does the outcome when something of it is missing for the hang-up.
  const warned = useValue(world.desk.warned)?.seq ?? 0
  const [told, setTold] = useState(warned)
  if (warned !== told) {
    setTold(warned)
    setPage('contact')
  }
  const keys = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    const at = (pages.findIndex((p) => p.key === page) + step + pages.length) % pages.length
    setPage(pages[at]?.key ?? 'work')
    tabs.current?.querySelectorAll('button')[at]?.focus()
  }
  const offered = live.work.find((w) => w.phase === 'offered')
  return (
    <div data-testid="desk">
      <h1 className="visuallyHidden">{t('desk.title')}</h1>
      <div className={classes.tabs} role="tablist" aria-label={t('desk.pages')} ref={tabs} onKeyDown={keys}>
        {pages.map((p) => (
          <button
            key={p.key}
            type="button"
            role="tab"
            aria-selected={p.key === page}
            tabIndex={p.key === page ? 0 : -1}
            onClick={() => setPage(p.key)}
            data-testid={`desk-tab-${p.key}`}
          >
            {t(p.title)}
          </button>
        ))}
      </div>
      {offered !== undefined && narrow && (
        <div className={classes.above}>
          <Offer work={offered} />
        </div>
      )}
      <div className={classes.columns}>
        <div className={`${classes.column} ${classes.left}`} data-hidden={page !== 'work'}>
          <WorkInHand />
          <Parked />
          <MyQueues />
          <Suspense>
            <MyDay />
          </Suspense>
        </div>
        <div className={classes.column} data-hidden={page !== 'customer'}>
          {offered !== undefined && !narrow && <Offer work={offered} />}
          {work === null ? (
            <section className={classes.card} aria-label={t('desk.customer')}>
              <h2>{t('desk.customer')}</h2>
              <p className={classes.quiet}>{t('desk.nothing')}</p>
            </section>
          ) : (
            <>
              <Suspense>
                {isMessage(work) && work.phase !== 'offered' && (
                  <Message key={`message ${work.interaction}`} work={work} />
                )}
                {isTask(work) && work.phase !== 'offered' && <Task key={`task ${work.interaction}`} work={work} />}
              </Suspense>
              <CustomerCard key={work.interaction} work={work} />
            </>
          )}
        </div>
        <div className={classes.column} data-hidden={page !== 'contact'}>
          <Outcome key={work?.interaction ?? ''} work={work} />
          {work !== null && <CallLater key={`later ${work.interaction}`} work={work} />}
        </div>
      </div>
    </div>
  )
}
