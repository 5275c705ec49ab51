import { Checkbox, TagsInput, TextInput } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useF, useKeys } from './context.tsx'
import classes from './flows.module.css'
import { countsText, drawsOf, hoursOf, type MoreField, ownGone, saysMore, setMore, setOwnGone } from './more.ts'
import own from './rehearsal.module.css'
import { pairsOf, pairsText, parsed, written } from './setting.ts'
import { Maybe, Typed } from './TestParts.tsx'
import type { Script } from './tests.ts'

interface Props {
  script: Script
  change(next: Script): void
}

const text = (v: unknown) => (typeof v === 'string' ? v : '')
const list = (v: unknown) => (Array.isArray(v) ? v.map(String) : [])
const pairs = (v: unknown) => pairsText(typeof v === 'object' && v !== null ? (v as Record<string, string>) : {})

/** What few tests say: open when this one does. */
export function TestMore({ script, change }: Props) {
  const t = useF()
  const says = saysMore(script)
  const [open, setOpen] = useState(says)
  useEffect(() => {
    if (says) setOpen(true)
  }, [says])
  return (
    <details
      className={classes.items}
      open={open}
      onToggle={(e) => setOpen(e.currentTarget.open)}
      data-testid="test-more"
    >
      <summary className={classes.label}>{t('flow.testMore')}</summary>
      {open && <Fields script={script} change={change} />}
    </details>
  )
}

function Fields({ script, change }: Props) {
  const t = useF()
  const queues = useKeys('queues')
  const entries = useKeys('entries')
  const projects = useKeys('projects')
  const set = (field: MoreField) => (value: unknown) => change(setMore(script, field, value))
  const box = (field: 'calls_back' | 'asked', label: string) => (
    <Checkbox
      size="xs"
      label={label}
      checked={script[field] === true}
      onChange={(e) => set(field)(e.currentTarget.checked)}
    />
  )
  return (
    <div className={classes.stack}>
      <div className={own.halves}>
        <TextInput
          size="xs"
          label={t('flow.more_line')}
          inputMode="tel"
          value={text(script.line)}
          onChange={(e) => set('line')(e.currentTarget.value.trim())}
        />
        <Maybe
          label={t('flow.more_entry')}
          none={t('flow.notSet')}
          value={text(script.entry)}
          data={entries}
          onChange={set('entry')}
        />
        <Maybe
          label={t('flow.more_project')}
          none={t('flow.notSet')}
          value={text(script.project)}
          data={projects}
          onChange={set('project')}
        />
        <Maybe
          label={t('flow.more_waits')}
          none={t('flow.no')}
          value={text(script.waits)}
          data={queues}
          onChange={set('waits')}
        />
      </div>
      <Checkbox
        size="xs"
        label={t('flow.more_ownGone')}
        checked={ownGone(script)}
        onChange={(e) => change(setOwnGone(script, e.currentTarget.checked))}
      />
      {box('calls_back', t('flow.more_callsBack'))}
      {box('asked', t('flow.more_asked'))}
      <TagsInput
        size="xs"
        label={t('flow.more_full')}
        placeholder="15:00"
        value={list(script.full)}
        onChange={(all) => set('full')(hoursOf(all))}
      />
      <Typed
        label={t('flow.more_agents')}
        hint={t('flow.more_agentsHint')}
        value={pairs(script.agents)}
        onLeave={(v) => set('agents')(pairsOf(v))}
      />
      <TextInput
        size="xs"
        label={t('flow.more_lastAgent')}
        value={text(script.last_agent)}
        onChange={(e) => set('last_agent')(e.currentTarget.value.trim())}
      />
      <Typed
        label={t('flow.more_numbers')}
        hint={t('flow.more_numbersHint')}
        value={pairs(script.numbers)}
        onLeave={(v) => set('numbers')(pairsOf(v))}
      />
      <Typed
        label={t('flow.more_counters')}
        hint={t('flow.more_countersHint')}
        value={pairs(script.counters)}
        onLeave={(v) => set('counters')(countsText(v))}
        testId="test-counters"
      />
      <Typed
        label={t('flow.more_chance')}
        hint={t('flow.more_chanceHint')}
        value={list(script.chance).join(' ')}
        onLeave={(v) => set('chance')(drawsOf(v))}
      />
      <Typed
        label={t('flow.more_customers')}
        hint={'[{"name": "Anna", "numbers": ["+442071234567"], "fields": {"contract": "12"}}]'}
        value={written(script.customers)}
        onLeave={(v) => set('customers')(v.trim() === '' ? undefined : parsed(v))}
      />
      <Typed
        label={t('flow.more_rows')}
        hint={'{"billing": [[{"due": 700}]]}'}
        value={written(script.rows)}
        onLeave={(v) => set('rows')(v.trim() === '' ? undefined : parsed(v))}
      />
    </div>
  )
}
