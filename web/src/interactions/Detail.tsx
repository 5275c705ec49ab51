import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import type { KeyboardEvent } from 'react'
import { useFormat, useLanguage, useMe, useT } from '../app/hooks.tsx'
import { duration, phoneNumber } from '../i18n/format.ts'
import { wordFor } from '../i18n/language.ts'
import { CallCustomer } from '../parts/CallCustomer.tsx'
import { OutcomeMark } from '../parts/Looks.tsx'
import { MonitorMenu } from '../parts/Monitor.tsx'
import { named } from '../parts/names.ts'
import { Transcript } from '../parts/Transcript.tsx'
import { Icon } from '../ui/Icon.tsx'
import { Facts, Page, Section } from '../ui/Page.tsx'
import { type Column, Table } from '../ui/Table.tsx'
import { api } from '../wire/api.ts'
import { ApiError } from '../wire/http.ts'
import type { InteractionDetail, LeftMessage, Recording, Segment, SurveyAnswer, TimelineEvent } from '../wire/model.ts'
import classes from './interactions.module.css'
import { Keeping } from './Keeping.tsx'
import { SipLadder } from './Ladder.tsx'
import { Legs, TalkPicture } from './Legs.tsx'
import tabs from './ladder.module.css'
import { Player } from './Player.tsx'
import { Sent } from './Sent.tsx'
import { partiesOf, sentence } from './sentence.ts'

/** The number dialed, with the name of its entry; who was called has come by none. */
const dialed = (i: InteractionDetail) => [i.entryName, phoneNumber(i.centerAddress)].filter((x) => x !== '').join(' · ')

function InShort({ i }: { i: InteractionDetail }) {
  const t = useT()
  const format = useFormat()
  const language = useLanguage()
  const facts = [
    { name: t('interactions.arrived'), value: format.dateTime(i.arrivedMs) },
    { name: t('interactions.outcome'), value: <OutcomeMark outcome={i.outcome} /> },
    {
      name: t('interactions.customer'),
      value: (
        <>
          {i.customerName} {i.customerAddress === '' ? t('common.withheld') : phoneNumber(i.customerAddress)}{' '}
          <CallCustomer id={i.customerId} name={i.customerName} address={i.customerAddress} />
        </>
      ),
    },
    { name: t('interactions.dialed'), value: dialed(i) },
    { name: t('interactions.project'), value: i.projectName },
    { name: t('interactions.trunk'), value: i.trunkName },
    { name: t('interactions.queue'), value: i.queueName },
    { name: t('interactions.agent'), value: i.agentName },
    { name: t('interactions.wait'), value: i.queuedMs === 0 ? '' : duration(i.waitMs) },
    { name: t('interactions.talk'), value: i.answeredMs === 0 ? '' : duration(i.talkMs) },
    { name: t('interactions.wrapUp'), value: i.wrapUpMs === 0 ? '' : duration(i.wrapUpMs) },
    { name: t('interactions.cause'), value: wordFor(t, 'words.cause', i.cause) },
    ...(i.abuseMs > 0
      ? [
          {
            name: t('interactions.insultedAt'),
            value: `${format.dateTime(i.abuseMs)}${i.hangUpReview ? `, ${t('interactions.notCounted')}` : ''}`,
          },
        ]
      : []),
    ...(i.hangUpReview || i.hangUpReason !== ''
      ? [{ name: t('interactions.hangUpReason'), value: i.hangUpReason || t('interactions.noReason') }]
      : []),
    { name: t('interactions.disposition'), value: named(i.disposition, language) },
    {
      name: t('interactions.leftIn'),
      value:
        i.leftIn === '' ? (
          ''
        ) : (
          <Link to="/interactions/$id" params={{ id: i.leftIn }} data-testid="left-in">
            {t('interactions.theCall')}
          </Link>
        ),
    },
    { name: t('interactions.language'), value: wordFor(t, 'words.language', i.language) },
    { name: t('interactions.id'), value: <code>{i.id}</code> },
  ]
  return (
    <Section title={t('interactions.facts')} testId="facts">
      <div className={classes.card}>
        <Facts facts={facts.filter((f) => f.value !== '')} />
        {i.note !== '' && (
          <>
            <h3>{t('interactions.note')}</h3>
            <p style={{ whiteSpace: 'pre-line', margin: 0 }}>{i.note}</p>
          </>
        )}
      </div>
    </Section>
  )
}

function Timeline({ events }: { events: TimelineEvent[] }) {
  const t = useT()
  const language = useLanguage()
  const format = useFormat()
  const who = partiesOf(t, events)
  return (
    <Section title={t('interactions.timeline')} testId="timeline">
      <ol className={`${classes.card} ${classes.events}`}>
        {events.map((e) => {
          const s = sentence(t, e, language, who)
          if (s === null) return null
          return (
            <li key={e.seq} data-kind={e.kind}>
              <time dateTime={new Date(e.atMs).toISOString()}>{format.time(e.atMs)}</time>
              <Icon name={s.icon} size={16} />
              <div>
                <p>{s.text}</p>
                {s.detail !== '' && <small>{s.detail}</small>}
              </div>
            </li>
          )
        })}
      </ol>
    </Section>
  )
}

function Segments({ segments }: { segments: Segment[] }) {
  const t = useT()
  const columns: Column<Segment>[] = [
    { key: 'queue', title: t('interactions.queue'), names: true, cell: (s) => s.queueName },
    { key: 'agent', title: t('interactions.agent'), cell: (s) => s.agentName || '–' },
    { key: 'outcome', title: t('interactions.outcome'), cell: (s) => <OutcomeMark outcome={s.outcome} /> },
    {
      key: 'wait',
      title: t('interactions.wait'),
      figure: true,
      cell: (s) => {
        const end = s.answeredMs || s.leftMs
        return end === 0 ? '–' : duration(end - s.queuedMs)
      },
    },
    { key: 'talk', title: t('interactions.talk'), figure: true, cell: (s) => duration(s.talkMs) },
    { key: 'wrap', title: t('interactions.wrapUp'), figure: true, cell: (s) => duration(s.wrapUpMs) },
  ]
  return (
    <Section title={t('interactions.segments')}>
      <Table
        label={t('interactions.segments')}
        testId="segments"
        columns={columns}
        rows={segments}
        rowKey={(s) => String(s.seq)}
        empty="–"
        compact
      />
    </Section>
  )
}

/** What the customer answered, above all after the talk. */
function Answers({ answers }: { answers: SurveyAnswer[] }) {
  const t = useT()
  const scale = (a: SurveyAnswer) => (a.scale === 'yes_no' ? (a.score === 1 ? 'yes' : 'no') : a.scale)
  const columns: Column<SurveyAnswer>[] = [
    { key: 'question', title: t('interactions.question'), names: true, cell: (a) => a.question },
    {
      key: 'score',
      title: t('interactions.score'),
      cell: (a) => t(`interactions.scoreOf.${scale(a)}`, { score: a.score }),
    },
    { key: 'queue', title: t('interactions.queue'), cell: (a) => a.queueName || '–' },
    { key: 'agent', title: t('interactions.agent'), cell: (a) => a.agentName || '–' },
  ]
  return (
    <Section title={t('interactions.answers')}>
      <Table
        label={t('interactions.answers')}
        testId="answers"
        columns={columns}
        rows={answers}
        rowKey={(a) => a.question}
        empty="–"
        compact
      />
    </Section>
  )
}

/** What the customer left to be listened to, such as his own words in a survey. */
function Messages({ messages }: { messages: LeftMessage[] }) {
  const t = useT()
  const format = useFormat()
  return (
    <Section title={t('interactions.messages')} testId="messages">
      <div className={classes.card}>
        {messages.map((m) => (
          <div key={m.interactionId}>
            <Link to="/interactions/$id" params={{ id: m.interactionId }}>
              {format.dateTime(m.arrivedMs)}
            </Link>
            <Transcript of={m.transcript} />
          </div>
        ))}
      </div>
    </Section>
  )
}

/** The two views; whoever may not see the signalling has no tabs. */
function Tabs({ sip }: { sip: boolean }) {
  const t = useT()
  const navigate = useNavigate()
  const { id = '' } = useParams({ strict: false })
  const go = (tab: string) =>
    navigate({ to: '/interactions/$id', params: { id }, search: tab === '' ? {} : { tab }, replace: true })
  const keys = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.key !== 'ArrowRight' && event.key !== 'ArrowLeft') return
    const other = event.currentTarget.querySelector<HTMLButtonElement>('[aria-selected="false"]')
    other?.focus()
    other?.click()
  }
  return (
    <div className={tabs.tabs} role="tablist" aria-label={t('ladder.tabs')} onKeyDown={keys}>
      {['', 'sip'].map((tab) => (
        <button
          key={tab}
          type="button"
          role="tab"
          aria-selected={(tab === 'sip') === sip}
          tabIndex={(tab === 'sip') === sip ? 0 : -1}
          onClick={() => go(tab)}
          data-testid={`tab-${tab || 'overview'}`}
        >
          {t(tab === 'sip' ? 'ladder.title' : 'ladder.overview')}
        </button>
      ))}
    </div>
  )
}

const playable = (r: Recording) => r.state === 'complete' || r.state === 'partial'

/** One interaction: what happened, step by step, and how it sounded. */
export function Detail() {
  const t = useT()
  const format = useFormat()
  const { id = '' } = useParams({ strict: false })
  const { tab = '' } = useSearch({ strict: false }) as { tab?: string }
  const maySee = useMe().permissions.includes('see_interactions')
  const sip = maySee && tab === 'sip'
  const open = (i: InteractionDetail | undefined) => i !== undefined && i.endedMs === 0
  const waits = (i: InteractionDetail | undefined) =>
    i !== undefined && [...i.recordings, ...i.messages].some((r) => r.transcript?.state === 'waiting')
  const one = useQuery({
    queryKey: ['interaction', id],
    queryFn: () => api.interaction(id),
    refetchInterval: (q) => (open(q.state.data) || waits(q.state.data) ? 3000 : false),
  })
  const events = useQuery({
    queryKey: ['events', id],
    queryFn: () => api.events(id),
    refetchInterval: open(one.data) ? 3000 : false,
  })
  const i = one.data
  const error = one.error ?? events.error
  return (
    <Page
      title={t('interactions.detail')}
      aside={
        <span style={{ display: 'inline-flex', gap: 16, alignItems: 'center' }}>
          {i?.agentId && (i.phase === 'connected' || i.phase === 'interrupted') && (
            <MonitorMenu interaction={i.id} agent={i.agentName} />
          )}
          <Link to="/interactions">
            <Icon name="left" size={14} /> {t('interactions.title')}
          </Link>
        </span>
      }
    >
      {error !== null && (
        <p role="alert">{wordFor(t, 'errors', error instanceof ApiError ? error.code : 'internal')}</p>
      )}
      {i === undefined && error === null && <p>{t('common.loading')}</p>}
      {maySee && i?.channel === 'voice' && <Tabs sip={sip} />}
      {i !== undefined && sip && <SipLadder id={i.id} open={open(i)} />}
      {i !== undefined && !sip && (
        <div className={classes.detail} data-testid="interaction" data-outcome={i.outcome}>
          <div>
            <InShort i={i} />
            <Section title={t('player.title')} testId="recording">
              {i.recording === '' && <p>{t('interactions.noRecording')}</p>}
              {i.recording !== '' && !i.mayListen && <p>{t('interactions.mayNotListen')}</p>}
              {i.recording === 'running' && i.mayListen && <p>{t('player.running')}</p>}
              {(i.recording === 'complete' || i.recording === 'partial') && i.mayListen && (
                <Player id={i.id} marks={i.recordings.find(playable)?.marks ?? []} />
              )}
              {i.recordings.map((r) => (
                <Transcript key={r.id} of={r.transcript} why />
              ))}
              <TalkPicture legs={i.legs} />
              {i.recording === 'removed' && <p>{t('player.removed')}</p>}
              {i.recordings
                .filter((r) => r.detail !== '')
                .map((r) => (
                  <p
                    key={r.id}
                  >{`${format.time(r.startedMs)} ${wordFor(t, 'words.recording', r.state)}: ${r.detail}`}</p>
                ))}
              {i.recordings.some(playable) && <Keeping i={i} />}
            </Section>
            {i.answers.length > 0 && <Answers answers={i.answers} />}
            {i.messages.length > 0 && <Messages messages={i.messages} />}
            {i.sent.length > 0 && <Sent sent={i.sent} />}
            {i.segments.length > 0 && <Segments segments={i.segments} />}
            <Legs legs={i.legs} />
          </div>
          <Timeline events={events.data?.items ?? []} />
        </div>
      )}
    </Page>
  )
}
