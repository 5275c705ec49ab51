import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, useRef, useState } from 'react'
import { useFormat, useT } from '../app/hooks.tsx'
import { wordFor } from '../i18n/language.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { Icon } from '../ui/Icon.tsx'
import { Section } from '../ui/Page.tsx'
import { Table } from '../ui/Table.tsx'
import { api } from '../wire/api.ts'
import { ApiError } from '../wire/http.ts'
import classes from './ladder.module.css'
import { type Column, columnsOf, milliseconds, type Step, since, stepsOf } from './steps.ts'

/** What a step says in words: for screen readers, and the title of its text. */
function useWords(columns: Column[]) {
  const t = useT()
  const format = useFormat()
  const name = (at: number) => (columns[at]?.leg === -1 ? t('ladder.us') : (columns[at]?.party ?? ''))
  return {
    name,
    time: (step: Step) =>
      `${format.time(step.atUs / 1000)}.${String(Math.floor(step.atUs / 1000) % 1000).padStart(3, '0')}`,
    say: (step: Step) =>
      t(step.repeated ? 'ladder.sayAgain' : 'ladder.say', {
        from: name(step.from),
        to: name(step.to),
        what: step.message.start,
        cseq: step.message.cseq,
      }),
  }
}

/** The arrows between the parties; arrow keys walk them, Enter opens one. */
function Diagram({ columns, steps, onOpen }: { columns: Column[]; steps: Step[]; onOpen(step: Step): void }) {
  const t = useT()
  const words = useWords(columns)
  const list = useRef<HTMLOListElement>(null)
  const keys = (event: KeyboardEvent) => {
    const all = [...(list.current?.querySelectorAll('button') ?? [])]
    const at = all.indexOf(document.activeElement as HTMLButtonElement)
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key]
    if (next === undefined) return
    all[next]?.focus()
    event.preventDefault()
  }
  return (
    <div className={classes.scroll}>
      <div
        className={classes.diagram}
        style={{ minWidth: 84 + columns.length * 128, maxWidth: 116 + columns.length * 340 }}
        data-testid="ladder"
      >
        <div className={classes.heads} aria-hidden="true">
          <span />
          <div style={{ gridTemplateColumns: `repeat(${columns.length}, 1fr)` }}>
            {columns.map((c, at) => (
              <span key={c.key} data-us={c.leg === -1}>
                <b>{words.name(at)}</b>
                <small>{c.address}</small>
              </span>
            ))}
          </div>
        </div>
        <ol ref={list} onKeyDown={keys} aria-label={t('ladder.title')}>
          {steps.map((step, at) => {
            const [first, last] = step.from < step.to ? [step.from, step.to] : [step.to, step.from]
            return (
              <li key={step.key}>
                <button
                  type="button"
                  tabIndex={at === 0 ? 0 : -1}
                  onClick={() => onOpen(step)}
                  data-tone={step.tone}
                  data-again={step.repeated}
                >
                  <span className={classes.time}>{at === 0 ? words.time(step) : since(step.sinceMs)}</span>
                  <span className="visuallyHidden">{words.say(step)}</span>
                  <span
                    aria-hidden="true"
                    className={classes.lanes}
                    style={{ gridTemplateColumns: `repeat(${columns.length}, 1fr)` }}
                  >
                    {columns.map((c) => (
                      <span key={c.key} className={classes.lane} />
                    ))}
                    <span
                      className={classes.arrow}
                      data-left={step.to < step.from}
                      style={{
                        left: `${((first + 0.5) * 100) / columns.length}%`,
                        width: `${((last - first) * 100) / columns.length}%`,
                      }}
                    >
                      <span>
                        {step.message.start}
                        {!step.repeated && step.message.repeats > 0 && <i> ×{step.message.repeats + 1}</i>}
                        {step.message.body && <i> SDP</i>}
                      </span>
                    </span>
                  </span>
                </button>
              </li>
            )
          })}
        </ol>
      </div>
    </div>
  )
}

/** The same as rows. */
function Rows({ columns, steps, onOpen }: { columns: Column[]; steps: Step[]; onOpen(step: Step): void }) {
  const t = useT()
  const words = useWords(columns)
  return (
    <Table
      label={t('ladder.title')}
      testId="ladder-table"
      rows={steps}
      rowKey={(s) => s.key}
      onOpen={onOpen}
      empty={t('ladder.none')}
      compact
      columns={[
        { key: 'time', title: t('ladder.time'), figure: true, cell: (s) => words.time(s) },
        { key: 'since', title: t('ladder.since'), figure: true, cell: (s) => milliseconds(s.sinceMs) },
        { key: 'from', title: t('ladder.from'), cell: (s) => words.name(s.from) },
        { key: 'to', title: t('ladder.to'), cell: (s) => words.name(s.to) },
        {
          key: 'what',
          title: t('ladder.message'),
          names: true,
          cell: (s) => (s.repeated ? t('ladder.again', { what: s.message.start }) : s.message.start),
        },
        { key: 'cseq', title: 'CSeq', cell: (s) => s.message.cseq },
        { key: 'by', title: t('ladder.by'), cell: (s) => s.message.transport },
      ]}
    />
  )
}

/** The signalling of an interaction's calls. */
export function SipLadder({ id, open }: { id: string; open: boolean }) {
  const t = useT()
  const [table, setTable] = useState(false)
  const [shown, setShown] = useState<Step | null>(null)
  const found = useQuery({
    queryKey: ['ladder', id],
    queryFn: () => api.ladder(id),
    refetchInterval: open ? 3000 : false,
  })
  const ladder = found.data
  const columns = ladder === undefined ? [] : columnsOf(ladder)
  const steps = ladder === undefined ? [] : stepsOf(ladder, columns)
  const words = useWords(columns)
  const missing = ladder?.legs.reduce((sum, leg) => sum + leg.missing, 0) ?? 0
  return (
    <Section
      title={t('ladder.title')}
      testId="sip"
      aside={
        steps.length > 0 && (
          <div className={classes.actions}>
            <Button variant="default" size="compact-sm" aria-pressed={table} onClick={() => setTable(!table)}>
              {t(table ? 'ladder.asDiagram' : 'ladder.asTable')}
            </Button>
            <Button variant="default" size="compact-sm" component="a" href={api.ladderAddress(id)} download>
              <Icon name="download" size={14} /> {t('ladder.export')}
            </Button>
          </div>
        )
      }
    >
      {found.error !== null && (
        <p role="alert">{wordFor(t, 'errors', found.error instanceof ApiError ? found.error.code : 'internal')}</p>
      )}
      {ladder === undefined && found.error === null && <p>{t('common.loading')}</p>}
      {ladder !== undefined && steps.length === 0 && <p>{t('ladder.none')}</p>}
      {missing > 0 && <p>{t('ladder.missing', { count: missing })}</p>}
      {steps.length > 0 && !table && <Diagram columns={columns} steps={steps} onOpen={setShown} />}
      {steps.length > 0 && table && <Rows columns={columns} steps={steps} onOpen={setShown} />}
      <Dialog
        opened={shown !== null}
        onClose={() => setShown(null)}
        title={shown === null ? '' : shown.message.start}
        closeLabel={t('common.close')}
        size="xl"
        testId="sip-message"
      >
        {shown !== null && (
          <>
            <p className={classes.about}>
              {words.time(shown)} · {shown.message.transport} ·{' '}
              {shown.message.out ? shown.message.local : shown.message.remote}
              {' → '}
              {shown.message.out ? shown.message.remote : shown.message.local}
            </p>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
            <pre className={classes.text} tabIndex={0}>
              {shown.message.text}
            </pre>
          </>
        )}
      </Dialog>
    </Section>
  )
}
