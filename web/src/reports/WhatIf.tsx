import { Button, Select } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useApp, useFormat, useT } from '../app/hooks.tsx'
import { wordFor } from '../i18n/language.ts'
import { refusalText } from '../i18n/said.ts'
import { Page, Section } from '../ui/Page.tsx'
import type { WhatIfStart } from '../wire/model.ts'
import { whatIfs } from '../wire/whatIf.ts'
import { ChangeForm } from './ChangeForm.tsx'
import { asked, changeText, type Draft } from './changeText.ts'
import classes from './reports.module.css'
import { WhatIfOutcomes } from './WhatIfOutcomes.tsx'

const turns = ['0', '2', '4', '8']

/** Plays past days again after changes, and shows what they would have made of them. */
export function WhatIf() {
  const t = useT()
  const start = useQuery({ queryKey: ['what-if'], queryFn: whatIfs.start })
  return (
    <Page title={t('whatIf.title')} aside={<Link to="/report">{t('whatIf.back')}</Link>}>
      <p className={classes.quiet}>{t('whatIf.intro')}</p>
      {start.isError && <p role="alert">{refusalText(t, start.error)}</p>}
      {start.data?.days.length === 0 && <p>{t('whatIf.noDays')}</p>}
      {start.data !== undefined && start.data.days.length > 0 && <Playing start={start.data} />}
    </Page>
  )
}

function Playing({ start }: { start: WhatIfStart }) {
  const t = useT()
  const app = useApp()
  const format = useFormat()
  const [day, setDay] = useState(start.days[0]?.day ?? '')
  const [weeks, setWeeks] = useState('0')
  const [changes, setChanges] = useState<(Draft & { id: number })[]>([])
  const [next, setNext] = useState(1)
  const begin = useMutation({
    mutationFn: async () => {
      const run = await whatIfs.play({ day, weeks: Number(weeks), changes: changes.map(asked) })
      // The words belong to what was played, whatever is changed in the form afterwards.
      const said = changes.map((c) => changeText(t, c, start)).join('; ')
      return { id: run.id, said: said === '' ? t('whatIf.said.nothing') : said }
    },
    onError: (problem) => app.toast(refusalText(t, problem), { tone: 'bad' }),
  })
  const id = begin.data?.id ?? ''
  const run = useQuery({
    queryKey: ['what-if', id],
    queryFn: () => whatIfs.look(id),
    enabled: id !== '',
    refetchInterval: (query) => (query.state.data?.state === 'running' ? 100 : false),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const running = begin.isPending || (id !== '' && !run.isError && (run.data?.state ?? 'running') === 'running')
  const add = () => {
    const [queue] = start.queues
    const agent = start.agents[0]?.login ?? ''
    setChanges([
      ...changes,
      {
        id: next,
        kind: 'agents',
        queue: queue?.key ?? '',
        agent,
        by: 1,
        strategy: 'longest_idle',
        from: 0,
        to: 0,
      },
    ])
    setNext(next + 1)
  }
  const dayName = (text: string) => format.date(Date.parse(`${text}T12:00:00Z`))
  return (
    <>
      <div className={classes.filters}>
        <Select
          label={t('whatIf.day')}
          w={280}
          allowDeselect={false}
          data={start.days.map((d) => ({
            value: d.day,
            label: t('whatIf.dayOf', { day: dayName(d.day), count: d.customers }),
          }))}
          value={day}
          onChange={(v) => setDay(v ?? '')}
          data-testid="what-if-day"
        />
        <Select
          label={t('whatIf.days')}
          w={230}
          allowDeselect={false}
          data={turns.map((n) => ({
            value: n,
            label: n === '0' ? t('whatIf.alone') : t('whatIf.weeks', { count: Number(n) }),
          }))}
          value={weeks}
          onChange={(v) => setWeeks(v ?? '0')}
          data-testid="what-if-weeks"
        />
      </div>
      <Section title={t('whatIf.changes')}>
        {changes.length === 0 && <p className={classes.quiet}>{t('whatIf.none')}</p>}
        {changes.length > 0 && (
          <ul className={classes.changes}>
            {changes.map((c, i) => (
              <ChangeForm
                key={c.id}
                number={i}
                draft={c}
                start={start}
                onChange={(d) => setChanges(changes.map((o) => (o.id === c.id ? { ...d, id: c.id } : o)))}
                onRemove={() => setChanges(changes.filter((o) => o.id !== c.id))}
              />
            ))}
          </ul>
        )}
        <div className={classes.actions}>
          <Button variant="default" onClick={add} disabled={changes.length >= 50} data-testid="add-change">
            {t('whatIf.add')}
          </Button>
          <Button onClick={() => begin.mutate()} disabled={running} data-testid="play">
            {t('whatIf.run')}
          </Button>
          {running && id !== '' && (
            <Button
              variant="default"
              onClick={() => void whatIfs.stop(id).catch((e: unknown) => app.toast(refusalText(t, e), { tone: 'bad' }))}
              data-testid="stop-playing"
            >
              {t('whatIf.stop')}
            </Button>
          )}
          <span role="status" data-testid="what-if-state">
            {running &&
              (run.data?.of ?? 0) > 0 &&
              t('whatIf.progress', { done: run.data?.done ?? 0, of: run.data?.of ?? 0 })}
            {run.data?.state === 'stopped' && t('whatIf.stopped')}
          </span>
        </div>
        {run.isError && <p role="alert">{refusalText(t, run.error)}</p>}
        {run.data?.state === 'failed' && <p role="alert">{wordFor(t, 'errors', run.data.failure ?? 'internal')}</p>}
      </Section>
      {run.data?.result !== undefined && <WhatIfOutcomes result={run.data.result} changes={begin.data?.said ?? ''} />}
    </>
  )
}
