import { Button, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useFormat, useNow, useT, useValue, useWorld } from '../app/hooks.tsx'
import { Mark } from '../ui/Mark.tsx'
import type { WorkView } from '../wire/desk.gen.ts'
import classes from './desk.module.css'

/** The number of a task as people say it. */
export const taskNumber = (number: number): string => `T-${number}`

/** What is to be done in a few words, its number, and until when. */
export function TaskFacts({ work }: { work: WorkView }) {
  const t = useT()
  const format = useFormat()
  const now = useNow()
  const { task } = work
  if (task === undefined) return null
  const due = t('desk.taskDue', { time: format.dateTime(task.due) })
  return (
    <>
      <b data-testid="task-subject">
        {taskNumber(task.number)} · {task.subject}
      </b>
      {now > task.due ? (
        <Mark tone="bad" icon="warn">
          {t('desk.taskOverdue', { time: format.dateTime(task.due) })}
        </Mark>
      ) : (
        <span data-testid="task-due">{due}</span>
      )}
    </>
  )
}

/** A moment as the field for date and time has it, by the clock of this computer. */
export function localInput(at: Date): string {
  const two = (n: number) => String(n).padStart(2, '0')
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`
}

/** What is to be done for the customer, and putting it back for later. */
export function Task({ work }: { work: WorkView }) {
  const t = useT()
  const { task } = work
  if (task === undefined) return null
  return (
    <section className={classes.card} aria-label={t('desk.task')} data-testid="task">
      <h2>{t('desk.task')}</h2>
      <p className={classes.line}>
        <TaskFacts work={work} />
      </p>
      {task.round > 1 && <p className={classes.quiet}>{t('desk.taskAgain', { n: task.round - 1 })}</p>}
      {task.text !== '' && (
        <p style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }} data-testid="task-text">
          {task.text}
        </p>
      )}
      {work.phase === 'connected' && <PutBack work={work} />}
    </section>
  )
}

function PutBack({ work }: { work: WorkView }) {
  const t = useT()
  const now = useNow()
  const { desk } = useWorld()
  const busy = useValue(desk.busy)
  const [until, setUntil] = useState('')
  const [note, setNote] = useState('')
  const [tried, setTried] = useState(false)
  const at = until === '' ? Number.NaN : new Date(until).getTime()
  const wrong = Number.isNaN(at) || at <= now
  return (
    <details data-testid="put-back">
      <summary>{t('desk.taskPutBack')}</summary>
      <div className={classes.form}>
        <TextInput
          type="datetime-local"
          label={t('desk.taskUntil')}
          description={t('desk.taskUntilHint')}
          value={until}
          min={localInput(new Date(now))}
          onChange={(e) => setUntil(e.currentTarget.value)}
          error={tried && wrong ? t('desk.taskUntilWrong') : undefined}
          required
          data-testid="put-back-until"
        />
        <Textarea
          label={t('desk.taskWhy')}
          value={note}
          onChange={(e) => setNote(e.currentTarget.value)}
          autosize
          minRows={2}
          data-testid="put-back-note"
        />
        <div className={classes.foot}>
          <Button
            variant="default"
            onClick={() => {
              setTried(true)
              if (!wrong) void desk.putBack(work.interaction, at, note)
            }}
            loading={busy.has(`put_back ${work.interaction}`)}
            data-testid="put-back-do"
          >
            {t('desk.taskPutBackDo')}
          </Button>
        </div>
      </div>
    </details>
  )
}
