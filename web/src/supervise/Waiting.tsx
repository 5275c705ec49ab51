import { Button, Menu, NumberInput, Select, Textarea } from '@mantine/core'
import { type FormEvent, useEffect, useState } from 'react'
import { useApp, useFormat, useMe, useNow, useT, useValue, useWorld } from '../app/hooks.tsx'
import { duration, phoneNumber } from '../i18n/format.ts'
import { refusalText } from '../i18n/said.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { Icon } from '../ui/Icon.tsx'
import { Mark } from '../ui/Mark.tsx'
import { Section } from '../ui/Page.tsx'
import { type Column, Table } from '../ui/Table.tsx'
import { api } from '../wire/api.ts'
import type { QueueView, WaitingView } from '../wire/desk.gen.ts'
import classes from './supervise.module.css'
import { Unserved } from './Unserved.tsx'

/** What is dragged from the line onto a queue. */
export const dragged = 'application/x-linekeeper-waiting'

type What = 'move' | 'priority' | 'pick'

const nameOf = (w: WaitingView, hidden: string) => w.customerName || phoneNumber(w.customerAddress) || hidden

/** Changes places; what it did is said, with a way back where there is one. */
export function usePlacing() {
  const t = useT()
  const app = useApp()
  const run = async (work: () => Promise<unknown>, done: string, back?: () => Promise<unknown>) => {
    try {
      await work()
      const undo = back === undefined ? {} : { action: { label: t('callbacks.undo'), run: () => void again(back) } }
      app.toast(done, undo)
    } catch (problem) {
      app.toast(refusalText(t, problem), { tone: 'bad' })
    }
  }
  const again = (work: () => Promise<unknown>) => run(work, t('board.line.undone'))
  const who = (w: WaitingView) => nameOf(w, t('board.line.hidden'))
  return {
    move: (w: WaitingView, to: QueueView, note = '') =>
      run(
        () => api.moveWaiting(w.interaction, { queue: w.queue, priority: w.priority, note }, to.queue),
        t('board.line.moved', { who: who(w), queue: to.name }),
        () => api.moveWaiting(w.interaction, { queue: to.queue, priority: w.priority, note: '' }, w.queue),
      ),
    prioritise: (w: WaitingView, to: number, note = '') =>
      run(
        () => api.prioritiseWaiting(w.interaction, { queue: w.queue, priority: w.priority, note }, to),
        t('board.line.prioritised', { who: who(w), priority: to }),
        () => api.prioritiseWaiting(w.interaction, { queue: w.queue, priority: to, note: '' }, w.priority),
      ),
    pick: (w: WaitingView, agent: string, name: string, note = '') =>
      run(
        () => api.pickWaiting(w.interaction, { queue: w.queue, priority: w.priority, note }, agent),
        t('board.line.picked', { who: who(w), agent: name }),
      ),
  }
}

/** Who waits in a queue, in the order of their places; rows are dragged onto queues, or changed by their menu. */
export function Waiting({ queue, onClose }: { queue: QueueView; onClose(): void }) {
  const t = useT()
  const format = useFormat()
  const app = useApp()
  const { desk } = useWorld()
  const live = useValue(desk.live)
  const { compact } = useValue(app.prefs)
  const now = useNow()
  const me = useMe()
  const placing = usePlacing()
  const [asking, setAsking] = useState<{ what: What; contact: WaitingView } | null>(null)
  useEffect(() => desk.watchLine(queue.queue), [desk, queue.queue])
  const line = live.line?.queue === queue.queue ? live.line : null
  const rows = line?.contacts ?? []
  const may = me.permissions.includes('move_waiting')
  const who = (w: WaitingView) => nameOf(w, t('board.line.hidden'))
  const first = Math.min(100, Math.max(0, ...rows.map((w) => w.priority)) + 1)
  const expected = (w: WaitingView) => {
    if (!w.waitKnown) return '–'
    const range = { low: w.waitLowMs / 60_000, high: w.waitHighMs / 60_000 }
    return t(`board.wait.${range.low === 0 ? 'less' : range.high === 0 ? 'more' : 'between'}`, range)
  }
  const columns: Column<WaitingView>[] = [
    {
      key: 'place',
      title: t('board.line.place'),
      figure: true,
      cell: (w) => (w.place > 0 ? format.number(w.place) : '–'),
    },
    {
      key: 'who',
      title: t('board.line.who'),
      names: true,
      cell: (w) => (
        <>
          {w.channel === 'voicemail' && <Icon name="record" size={14} />} {who(w)}
          {w.customerName !== '' && <small className={classes.small}>{phoneNumber(w.customerAddress)}</small>}
        </>
      ),
    },
    { key: 'since', title: t('board.line.since'), figure: true, cell: (w) => duration(now - w.since) },
    { key: 'expected', title: t('board.expected'), cell: expected },
    { key: 'priority', title: t('board.line.priority'), figure: true, cell: (w) => format.number(w.priority) },
    {
      key: 'state',
      title: t('board.state'),
      cell: (w) => (
        <>
          {w.asked !== '' && (
            <Mark tone="active" icon="bell">
              {t('board.line.asked', { agent: w.asked })}
            </Mark>
          )}
          {w.only !== '' && (
            <Mark tone="warning" icon="user">
              {t('board.line.only', { agent: w.only })}
            </Mark>
          )}
          {w.unserved && <Unserved of={w} staff={queue.staff} />}
          {w.placed !== '' && <small className={classes.small}>{t('board.line.placed', { by: w.placed })}</small>}
        </>
      ),
    },
  ]
  const act = (w: WaitingView) =>
    w.asked === '' && (
      <Menu position="bottom-end" withinPortal={false} floatingStrategy="fixed" zIndex={340}>
        <Menu.Target>
          <Button
            size="compact-sm"
            variant="default"
            rightSection={<Icon name="down" size={13} />}
            aria-label={t('board.line.changeOf', { who: who(w) })}
            data-testid="line-change"
          >
            {t('board.line.change')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {w.place !== 1 && w.priority < first && (
            <Menu.Item onClick={() => void placing.prioritise(w, first)} data-testid="line-first">
              {t('board.line.first')}
            </Menu.Item>
          )}
          <Menu.Item onClick={() => setAsking({ what: 'priority', contact: w })} data-testid="line-priority">
            {t('board.line.setPriority')}
          </Menu.Item>
          {!w.promised && (
            <Menu.Item onClick={() => setAsking({ what: 'move', contact: w })} data-testid="line-move">
              {t('board.line.move')}
            </Menu.Item>
          )}
          {!w.promised && w.only === '' && (
            <Menu.Item onClick={() => setAsking({ what: 'pick', contact: w })} data-testid="line-pick">
              {t('board.line.pick')}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
    )
  if (may) columns.push({ key: 'change', title: t('board.line.change'), bare: true, cell: act })
  const title = t('board.line.title', { queue: queue.name })
  return (
    <Section
      title={title}
      testId="line"
      aside={
        <Button size="compact-sm" variant="default" onClick={onClose} data-testid="line-close">
          {t('common.close')}
        </Button>
      }
    >
      {may && rows.length > 0 && <p className={classes.hint}>{t('board.line.hint')}</p>}
      <Table
        label={title}
        testId="board-line"
        columns={columns}
        rows={rows}
        rowKey={(w) => w.interaction}
        compact={compact}
        cards
        {...(may
          ? { onDrag: (w: WaitingView) => (w.asked === '' && !w.promised ? [dragged, w.interaction] : null) }
          : {})}
        empty={line === null ? t('common.loading') : t('board.line.empty')}
      />
      {line !== null && line.all > rows.length && <p>{t('board.line.more', { count: line.all - rows.length })}</p>}
      {asking !== null && (
        <PlaceDialog {...asking} who={who(asking.contact)} queue={queue} onClose={() => setAsking(null)} />
      )}
    </Section>
  )
}

interface PlaceProps {
  what: What
  contact: WaitingView
  who: string
  queue: QueueView
  onClose(): void
}

/** Asks where to, how high or for whom, and why. */
function PlaceDialog({ what, contact, who, queue, onClose }: PlaceProps) {
  const t = useT()
  const { desk } = useWorld()
  const live = useValue(desk.live)
  const placing = usePlacing()
  const [to, setTo] = useState('')
  const [priority, setPriority] = useState(contact.priority)
  const [note, setNote] = useState('')
  const others = live.queues.filter((q) => q.queue !== queue.queue)
  const free = live.agents.filter((a) => a.status === 'available' && a.activity === 'idle')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const chosen = others.find((q) => q.queue === to)
    const agent = free.find((a) => a.agent === to)
    if (what === 'priority') void placing.prioritise(contact, priority, note)
    else if (chosen !== undefined) void placing.move(contact, chosen, note)
    else if (agent !== undefined) void placing.pick(contact, agent.agent, agent.name, note)
    onClose()
  }
  return (
    <Dialog
      opened
      onClose={onClose}
      title={t(`board.line.titles.${what}`, { who })}
      closeLabel={t('common.close')}
      size="md"
      testId="line-dialog"
    >
      <form onSubmit={submit} className={classes.form}>
        {what === 'priority' && (
          <NumberInput
            label={t('board.line.priority')}
            description={t('board.line.priorityHint')}
            data-autofocus
            min={-100}
            max={100}
            allowDecimal={false}
            value={priority}
            onChange={(v) => setPriority(typeof v === 'number' ? v : 0)}
            data-testid="line-to"
          />
        )}
        {what === 'move' && (
          <Select
            label={t('board.queue')}
            data-autofocus
            searchable
            comboboxProps={{ withinPortal: false }}
            data={others.map((q) => ({ value: q.queue, label: `${q.name} · ${q.project}` }))}
            value={to === '' ? null : to}
            onChange={(v) => setTo(v ?? '')}
            data-testid="line-to"
          />
        )}
        {what === 'pick' && (
          <Select
            label={t('board.agent')}
            description={free.length === 0 ? t('board.line.nobodyFree') : t('board.line.pickHint')}
            data-autofocus
            searchable
            comboboxProps={{ withinPortal: false }}
            data={free.map((a) => ({ value: a.agent, label: a.name }))}
            value={to === '' ? null : to}
            onChange={(v) => setTo(v ?? '')}
            data-testid="line-to"
          />
        )}
        <Textarea
          label={t('board.line.note')}
          description={t('board.line.noteHint')}
          maxLength={200}
          autosize
          value={note}
          onChange={(e) => setNote(e.currentTarget.value)}
          data-testid="line-note"
        />
        <Button type="submit" disabled={what !== 'priority' && to === ''} data-testid="line-save">
          {t(`board.line.do.${what}`)}
        </Button>
      </form>
    </Dialog>
  )
}
