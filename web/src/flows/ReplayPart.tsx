import { Button, Select } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useEffect, useId, useState } from 'react'
import { useFormat, useValue } from '../app/hooks.tsx'
import { flowWord } from '../i18n/flows.ts'
import { refusalText } from '../i18n/said.ts'
import { Icon } from '../ui/Icon.tsx'
import { useEditor, useF, useHere, useKeys } from './context.tsx'
import classes from './flows.module.css'
import own from './rehearsal.module.css'
import { lastDays, linesOf, meanSeconds, Replay, type Replayed } from './replay.ts'

const periods = ['1', '7', '28'] as const
const shown = 50 // changed calls in the list

/** Past calls played through what is drawn: what would have come of them. */
export function ReplayPart({ onOpen }: { onOpen(id: string): void }) {
  const t = useF()
  const format = useFormat()
  const { editor } = useHere()
  const { flow } = useEditor()
  const [replay] = useState(() => new Replay(flow.id))
  const [days, setDays] = useState<string>('1')
  const { running, done, result, error } = useValue(replay.state)
  const title = useId()
  useEffect(() => () => replay.stop(), [replay])
  return (
    <section aria-labelledby={title} className={classes.stack} data-testid="replay-part">
      <h3 id={title} className={classes.label}>
        {t('flow.replay')}
      </h3>
      <p className={classes.quiet}>{t('flow.replayHint')}</p>
      <Select
        size="xs"
        label={t('flow.replayPeriod')}
        data={periods.map((d) => ({ value: d, label: t('flow.replayDays', { count: Number(d) }) }))}
        value={days}
        allowDeselect={false}
        onChange={(v) => setDays(v ?? '1')}
      />
      <div className={classes.buttons}>
        <Button
          size="xs"
          leftSection={<Icon name="play" size={14} />}
          loading={running}
          onClick={() => void replay.run(editor.state.get().program, lastDays(Number(days)))}
          data-testid="replay"
        >
          {t('flow.replayRun')}
        </Button>
        {running && (
          <Button size="xs" variant="default" onClick={() => replay.stop()}>
            {t('flow.replayStop')}
          </Button>
        )}
      </div>
      {running && (
        <progress value={done} max={1} aria-label={t('flow.replay')} className={own.progress}>
          {format.share(done)}
        </progress>
      )}
      <div role="status" className={classes.stack} data-testid="replay-result" data-running={running}>
        {error !== null && (
          <p className={classes.wrong}>
            {error.fields.length > 0 ? t('flow.rehearsalBlocked') : refusalText(t, error)}
          </p>
        )}
        {result !== null && !running && <Result result={result} onOpen={onOpen} />}
      </div>
    </section>
  )
}

/** What would have come of the calls, beside what came of them. */
export function Result({ result, onOpen }: { result: Replayed; onOpen(id: string): void }) {
  const t = useF()
  const format = useFormat()
  const { program } = useEditor()
  const queues = useKeys('queues')
  const queue = (key: string) => queues.find((q) => q.value === key)?.label ?? key
  if (result.calls === 0) return <p className={classes.quiet}>{t('flow.replayNone')}</p>
  const outcome = (o: Replayed['changes'][number]['was']) =>
    [flowWord(t, 'replayEnd', o.end) ?? o.end, o.queue ? queue(o.queue) : ''].filter((s) => s !== '').join(': ')
  const places = Object.entries(result.unknownAt).filter(([node]) => program.nodes[node] !== undefined)
  const mean = (side: 'was' | 'now') => format.number(Math.round(meanSeconds(result, side)))
  return (
    <>
      <p data-testid="replay-summary" data-different={result.different} data-calls={result.calls}>
        {t('flow.replaySummary', { calls: result.calls, different: result.different })}
      </p>
      <table className={own.compared}>
        <thead>
          <tr>
            <td />
            <th scope="col">{t('flow.was')}</th>
            <th scope="col">{t('flow.is')}</th>
          </tr>
        </thead>
        <tbody>
          {linesOf(result).map((l) => (
            <tr key={`${l.name} ${l.queue ?? ''}`}>
              <th scope="row">{l.name === 'queue' ? `· ${queue(l.queue ?? '')}` : t(`flow.replayLine.${l.name}`)}</th>
              <td>{format.number(l.was)}</td>
              <td>{format.number(l.now)}</td>
            </tr>
          ))}
          <tr>
            <th scope="row">{t('flow.replaySeconds')}</th>
            <td>{mean('was')}</td>
            <td>{mean('now')}</td>
          </tr>
        </tbody>
      </table>
      {result.unknown > 0 && (
        <div className={classes.quiet}>
          {t('flow.replayUnknown', { count: result.unknown })}
          <ul data-testid="replay-unknown">
            {Object.entries(result.unknownWhy).map(([why, n]) => (
              <li key={why} data-why={why}>
                {flowWord(t, 'replayWhy', why) ?? why}: {format.number(n)}
              </li>
            ))}
          </ul>
          {places.length > 0 && (
            <>
              {t('flow.replayAt')}:{' '}
              {places.map(([node, n]) => (
                <Button key={node} size="compact-xs" variant="subtle" onClick={() => onOpen(node)}>
                  {node}: {format.number(n)}
                </Button>
              ))}
            </>
          )}
        </div>
      )}
      {result.guessed > 0 && <p className={classes.quiet}>{t('flow.replayGuessed', { count: result.guessed })}</p>}
      {result.changes.length > 0 && (
        <ul className={own.moments} data-testid="replay-changes">
          {result.changes.slice(0, shown).map((c) => (
            <li key={c.interaction} className={own.change}>
              <Link to="/interactions/$id" params={{ id: c.interaction }}>
                {format.dateTime(new Date(c.at).getTime())}
              </Link>
              <span>
                {outcome(c.was)} → {outcome(c.now)}
              </span>
            </li>
          ))}
        </ul>
      )}
      {result.different > shown && (
        <p className={classes.quiet}>{t('flow.replayMore', { count: result.different - shown })}</p>
      )}
    </>
  )
}
