import { Button, Select, Textarea, Tooltip } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { useLanguage, useNow, useT, useValue, useWorld } from '../app/hooks.tsx'
import { shortcutFor } from '../commands/all.ts'
import { extend, finish } from '../commands/call.ts'
import { duration } from '../i18n/format.ts'
import { named } from '../parts/names.ts'
import { talkFault, talkTime, warnedUntil } from '../state/ending.ts'
import { isTask, prolonging } from '../state/talk.ts'
import { Keys } from '../ui/Key.tsx'
import { api } from '../wire/api.ts'
import type { WorkView } from '../wire/desk.gen.ts'
import type { Disposition } from '../wire/model.ts'
import classes from './desk.module.css'

/** First levels and what belongs to each, of one project, in their order. */
export function levels(all: Disposition[], project: string): { group: Disposition; leaves: Disposition[] }[] {
  const mine = all.filter((d) => d.projectId === project).toSorted((a, b) => a.position - b.position)
  return mine
    .filter((d) => d.parentId === '')
    .map((group) => ({ group, leaves: mine.filter((d) => d.parentId === group.id) }))
}

/** Outcome and note: from the answer on, so that nothing has to be remembered until wrap-up. */
export function Outcome({ work }: { work: WorkView | null }) {
  const t = useT()
  // The outcome is for who has the customer in hand.
  if (work === null || work.phase === 'offered' || work.part === 'party' || work.part === 'monitor') {
    return (
      <section className={classes.card} aria-label={t('desk.contact')}>
        <h2>{t('desk.contact')}</h2>
        <p className={classes.quiet}>
          {work?.part === 'party' || work?.part === 'monitor'
            ? t('desk.hasIt', { agent: work.agentName })
            : t('desk.nothing')}
        </p>
      </section>
    )
  }
  return <OutcomeForm work={work} />
}

function OutcomeForm({ work }: { work: WorkView }) {
  const t = useT()
  const language = useLanguage()
  const world = useWorld()
  const now = useNow()
  const { desk } = world
  const drafts = useValue(desk.drafts.all)
  const busy = useValue(desk.busy)
  const own = useValue(world.prefs).shortcuts
  const list = useQuery({ queryKey: ['dispositions'], queryFn: api.dispositions, staleTime: 60_000 })
  const draft = drafts[work.interaction] ?? { disposition: work.disposition, note: work.note, dirty: false }
  const groups = levels(list.data ?? [], work.project)
  const groupOf = groups.find(
    (g) => g.group.id === draft.disposition || g.leaves.some((l) => l.id === draft.disposition),
  )
  const [picked, setPicked] = useState('')
  const warned = useValue(desk.warned)
  const [tried, setTried] = useState(false)
  const asked = tried || warned?.interaction === work.interaction
  const form = useRef<HTMLDivElement>(null)
  const group = groups.find((g) => g.group.id === (picked || groupOf?.group.id))
  const edit = (change: { disposition?: string; note?: string }) => desk.drafts.edit(work.interaction, change)
  const flush = () => desk.drafts.flush(work.interaction)
  const wrapping = work.phase === 'wrapping_up'
  const ends = wrapping || isTask(work) // a task has no wrap-up
  const missing = work.dispositionRequired && draft.disposition === ''
  const chosen = group?.leaves.find((l) => l.id === draft.disposition)
  const talk = talkTime(work, now)
  const fault = talkFault(chosen, talk)
  const unfit = (group?.leaves ?? []).filter((l) => talkFault(l, talk) !== null).length
  const noteNeeded = chosen?.noteRequired === true
  const noteMissing = noteNeeded && draft.note.trim() === ''
  const left = work.wrapUntil - now
  const prolong = prolonging(work)
  const extensions = work.wrapExtensions - work.wrapExtended
  const choose = (id: string) => {
    edit({ disposition: id })
    flush()
  }
  // What was said to be missing is at hand at once, the first of it under the hand.
  const first = useRef(0)
  useEffect(() => {
    if (warned === null || warned.seq === first.current || warned.interaction !== work.interaction) return
    first.current = warned.seq
    if (desk.now() - warned.at >= warnedUntil) return
    const field = desk.missing(work)[0]?.field
    if (field === undefined) return
    const at = field === 'note' ? 'note' : group === undefined ? 'disposition-group' : 'disposition'
    form.current?.querySelector<HTMLElement>(`[data-testid="${at}"]`)?.focus()
  })
  return (
    <section className={classes.card} aria-label={t('desk.contact')} data-testid="outcome">
      <h2>{t('desk.contact')}</h2>
      <div className={classes.form} ref={form}>
        {work.part === 'handed' && <p data-testid="own-part">{t(work.survey ? 'desk.surveyed' : 'desk.handed')}</p>}
        {work.part === 'agent' && work.survey && <p data-testid="survey-after">{t('desk.surveyAfter')}</p>}
        {(work.notes ?? []).map((n) => (
          <blockquote key={n.at} className={classes.earlierNote} data-testid="earlier-note">
            <small>{t('desk.notesOf', { who: n.name })}</small>
            {n.note}
          </blockquote>
        ))}
        {wrapping && (
          <span className={classes.countdown} data-near={work.wrapUntil > 0 && left < 15_000} data-testid="wrap-left">
            {work.wrapUntil > 0 ? t('desk.wrapEnds', { time: duration(left + 999) }) : t('desk.wrapOpen')}
          </span>
        )}
        <p role="status" className={classes.quiet} data-testid="more-time" hidden={!wrapping || !work.moreTime}>
          {wrapping && work.moreTime
            ? t(`desk.moreTime.${work.moreTime as 'asked' | 'granted' | 'refused'}`, { who: work.moreTimeBy })
            : ''}
        </p>
        <Select
          label={t('desk.group')}
          placeholder={t('desk.chooseGroup')}
          data={groups.map((g) => ({ value: g.group.id, label: named(g.group.names, language) }))}
          value={group?.group.id ?? null}
          onChange={(id) => {
            setPicked(id ?? '')
            const chosen = groups.find((g) => g.group.id === id)
            choose(chosen !== undefined && chosen.leaves.length === 0 ? chosen.group.id : '')
          }}
          required={work.dispositionRequired}
          error={asked && missing && group === undefined ? t('errors.disposition_needed') : undefined}
          data-testid="disposition-group"
        />
        <Select
          label={t('desk.disposition')}
          placeholder={t('desk.chooseGroup')}
          description={unfit > 0 ? t('desk.unfit', { count: unfit }) : undefined}
          data={(group?.leaves ?? []).map((l) => ({
            value: l.id,
            label: named(l.names, language),
            disabled: talkFault(l, talk) !== null,
          }))}
          renderOption={({ option }) => {
            const why = talkFault(
              group?.leaves.find((l) => l.id === option.value),
              talk,
            )
            return (
              <span className={classes.outcomeOption}>
                {option.label}
                {why !== null && <small>{t(`${why.key}Now`, { seconds: why.seconds, now: why.now })}</small>}
              </span>
            )
          }}
          value={group?.leaves.some((l) => l.id === draft.disposition) === true ? draft.disposition : null}
          disabled={group === undefined || group.leaves.length === 0}
          onChange={(id) => choose(id ?? '')}
          error={
            asked && missing && group !== undefined
              ? t('errors.disposition_needed')
              : fault === null
                ? undefined
                : wrapping
                  ? t(fault.key, { seconds: fault.seconds })
                  : t(`${fault.key}Now`, { seconds: fault.seconds, now: fault.now })
          }
          required={work.dispositionRequired}
          data-testid="disposition"
        />
        <Textarea
          label={t('desk.note')}
          description={t('desk.noteHint')}
          value={draft.note}
          onChange={(e) => edit({ note: e.currentTarget.value })}
          onBlur={flush}
          required={noteNeeded}
          error={asked && noteMissing ? t('errors.note_needed') : undefined}
          autosize
          minRows={5}
          maxRows={14}
          data-testid="note"
        />
        <span className={classes.saved} data-testid="draft-state">
          {draft.dirty ? t('desk.draftSaving') : draft.note === '' ? '' : t('desk.draftSaved')}
        </span>
        {ends && (
          <div className={classes.foot}>
            <Button
              onClick={() => {
                setTried(true)
                if (!missing && !noteMissing && fault === null) void desk.finish(work.interaction)
              }}
              loading={busy.has(`finish ${work.interaction}`)}
              rightSection={<Keys shortcut={shortcutFor(finish, own)} />}
              data-testid="finish"
            >
              {t('desk.finish')}
            </Button>
            {prolong !== null && (
              <Tooltip
                label={prolong === 'ask' ? t('desk.extendAskHint') : t('desk.extendLeft', { count: extensions })}
              >
                <Button
                  variant="default"
                  onClick={() => extend.run(world)}
                  rightSection={<Keys shortcut={shortcutFor(extend, own)} />}
                  data-testid="extend"
                  data-by={prolong}
                >
                  {t(prolong === 'ask' ? 'desk.extendAsk' : 'desk.extend')}
                </Button>
              </Tooltip>
            )}
          </div>
        )}
      </div>
    </section>
  )
}
