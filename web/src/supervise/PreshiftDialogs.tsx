import { Button, Checkbox, Radio, Textarea, TextInput } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import { useApp, useMe, useNow, useT } from '../app/hooks.tsx'
import { refusalText } from '../i18n/said.ts'
import { dateText } from '../parts/period.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { api } from '../wire/api.ts'
import type { AgentView } from '../wire/desk.gen.ts'
import type { ShiftStart } from '../wire/model.ts'
import classes from './supervise.module.css'

interface Props {
  agent: AgentView
  onClose(): void
}

/** A dialog that is sent, says why not, and closes when it was. */
export function Sent(props: {
  title: string
  testId: string
  save: string
  ready?: boolean
  onSend(): Promise<unknown>
  onClose(): void
  children: ReactNode
}) {
  const t = useT()
  const app = useApp()
  const [busy, setBusy] = useState(false)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    try {
      await props.onSend()
      props.onClose()
    } catch (problem) {
      app.toast(refusalText(t, problem), { tone: 'bad' })
      setBusy(false)
    }
  }
  return (
    <Dialog
      opened
      onClose={props.onClose}
      title={props.title}
      closeLabel={t('common.close')}
      size="lg"
      testId={props.testId}
    >
      <form onSubmit={(e) => void submit(e)} className={classes.form}>
        {props.children}
        <Button type="submit" loading={busy} disabled={props.ready === false} data-testid={`${props.testId}-save`}>
          {props.save}
        </Button>
      </form>
    </Dialog>
  )
}

/** A leader lets somebody work without what he lacks. */
export function AllowDialog({ agent, onClose }: Props) {
  const t = useT()
  const [note, setNote] = useState('')
  return (
    <Sent
      title={t('preshift.allowTitle', { agent: agent.name })}
      testId="preshift-allow-dialog"
      save={t('preshift.allowNow')}
      ready={note.trim() !== ''}
      onSend={() => api.allowAgent(agent.agent, note)}
      onClose={onClose}
    >
      <p className={classes.hint}>{t('preshift.allowText')}</p>
      <Textarea
        label={t('preshift.why')}
        maxLength={500}
        autosize
        minRows={2}
        data-autofocus
        value={note}
        onChange={(e) => setNote(e.currentTarget.value)}
        data-testid="preshift-note"
      />
    </Sent>
  )
}

/** How a leader has found a workplace. */
export function SpotDialog({ agent, onClose }: Props) {
  const t = useT()
  const [note, setNote] = useState('')
  const [found, setFound] = useState('good')
  return (
    <Sent
      title={t('preshift.spotTitle', { agent: agent.name })}
      testId="preshift-spot-dialog"
      save={t('board.lead.save')}
      ready={found === 'good' || note.trim() !== ''}
      onSend={() => api.spotCheck(agent.agent, found === 'good', note.trim())}
      onClose={onClose}
    >
      <Radio.Group label={t('preshift.found')} value={found} onChange={setFound}>
        <Radio value="good" label={t('preshift.foundGood')} mt={8} data-testid="preshift-good" />
        <Radio value="bad" label={t('preshift.foundBad')} mt={8} data-testid="preshift-bad" />
      </Radio.Group>
      <Textarea
        label={t('preshift.spotNote')}
        maxLength={500}
        autosize
        minRows={2}
        value={note}
        onChange={(e) => setNote(e.currentTarget.value)}
        data-testid="preshift-note"
      />
    </Sent>
  )
}

const week = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
const clock = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
const minuteOf = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5))

/** When somebody's shifts begin: by the weekday, and otherwise today. */
export function StartsDialog({ agent, onClose }: Props) {
  const { data } = useQuery({ queryKey: ['shift-starts', agent.agent], queryFn: () => api.shiftStarts(agent.agent) })
  if (data === undefined) return null
  return <Starts agent={agent} onClose={onClose} before={data} />
}

function Starts({ agent, onClose, before }: Props & { before: ShiftStart[] }) {
  const t = useT()
  const zone = useMe().tenant.timeZone
  const today = dateText(useNow(), zone)
  const client = useQueryClient()
  const own = before.find((s) => s.on === today)
  const [times, setTimes] = useState<Record<string, string>>(() =>
    Object.fromEntries(before.filter((s) => s.minute >= 0).map((s) => [s.on, clock(s.minute)])),
  )
  const [other, setOther] = useState(own !== undefined)
  const set = (on: string, at: string) => setTimes((all) => ({ ...all, [on]: at }))
  const send = async () => {
    const at = (on: string) => times[on] ?? ''
    const kept = before.filter((s) => s.on.includes('-') && s.on !== today)
    const byDay = week.filter((d) => at(d) !== '').map((d) => ({ on: d as string, minute: minuteOf(at(d)) }))
    const day = other ? [{ on: today, minute: at(today) === '' ? -1 : minuteOf(at(today)) }] : []
    await api.setShiftStarts(agent.agent, [...byDay, ...kept, ...day])
    await client.invalidateQueries({ queryKey: ['shift-starts', agent.agent] })
  }
  return (
    <Sent
      title={t('preshift.startsTitle', { agent: agent.name })}
      testId="preshift-starts-dialog"
      save={t('board.lead.save')}
      onSend={send}
      onClose={onClose}
    >
      <p className={classes.hint}>{t('preshift.startsText', { zone })}</p>
      <div className={classes.days}>
        {week.map((d) => (
          <TextInput
            key={d}
            type="time"
            label={t(`preshift.days.${d}`)}
            value={times[d] ?? ''}
            onChange={(e) => set(d, e.currentTarget.value)}
            data-testid={`start-${d}`}
          />
        ))}
      </div>
      <Checkbox
        label={t('preshift.otherToday')}
        checked={other}
        onChange={(e) => setOther(e.currentTarget.checked)}
        data-testid="start-other"
      />
      {other && (
        <TextInput
          type="time"
          label={t('preshift.today')}
          description={t('preshift.todayHint')}
          value={times[today] ?? ''}
          onChange={(e) => set(today, e.currentTarget.value)}
          data-testid="start-today"
        />
      )}
    </Sent>
  )
}
