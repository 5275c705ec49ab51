import { NumberInput, Select, Switch } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useApp, useLanguage, useT } from '../app/hooks.tsx'
import { wordFor } from '../i18n/language.ts'
import { api } from '../wire/api.ts'
import type { Flow, Project, Trigger } from '../wire/model.ts'
import classes from './admin.module.css'
import { NameAndKey } from './NameAndKey.tsx'
import { codeOf, Loaded, OwnForm, useSaving } from './OwnForm.tsx'
import { TriggerAddress } from './TriggerAddress.tsx'
import { EventRule, ScheduleRule } from './TriggerRule.tsx'
import { TriggerRuns } from './TriggerRuns.tsx'
import { body, freshTrigger, isAlone, type Kind, kinds, shownFields } from './trigger.ts'

const order: ('label' | 'input' | 'description' | 'error')[] = ['label', 'input', 'description', 'error']

export function TriggerScreen({ id }: { id: string }) {
  return (
    <Loaded kind="triggers" id={id} load={(which) => api.one<Trigger>('triggers', which)} fresh={freshTrigger}>
      {(found) => <TriggerForm start={found} />}
    </Loaded>
  )
}

/** When it starts which flow; what it has started stands below. */
function TriggerForm({ start }: { start: Trigger }) {
  const t = useT()
  const app = useApp()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const saving = useSaving('triggers', shownFields)
  const { faults } = saving
  const [saved] = useState(start) // a reload in the background must not take what was typed
  const [v, setV] = useState(start)
  const fresh = saved.id === ''
  const dirty = JSON.stringify(v) !== JSON.stringify(saved)

  const save = () =>
    saving.attempt(async () => {
      const kept = fresh
        ? await api.add<Trigger>('triggers', body(v))
        : await api.put<Trigger>('triggers', v.id, body(v))
      app.toast(t('common.saved'))
      // A web hook is nothing without its address, which is made on its own screen.
      if (kept.kind !== 'hook' || kept.hasAddress) saving.leave()
      else if (fresh) await navigate({ to: '/set-up/$kind/$id', params: { kind: 'triggers', id: kept.id } })
    })
  const remove = () =>
    void saving.attempt(async () => {
      await api.remove('triggers', saved.id)
      const { name } = saved
      app.toast(t('admin.deleted', { name }), {
        action: {
          label: t('common.undo'),
          run: () => {
            api.add('triggers', body(saved)).then(
              async () => {
                await queries.invalidateQueries({ queryKey: ['set-up'] })
                app.toast(t(saved.hasAddress ? 'triggers.addressGone' : 'admin.restored', { name }))
              },
              (e: unknown) => app.toast(wordFor(t, 'errors', codeOf(e)), { tone: 'bad' }),
            )
          },
        },
      })
      saving.leave()
    })
  return (
    <>
      <OwnForm kind="triggers" saving={saving} dirty={dirty} save={save} remove={fresh ? undefined : remove}>
        <NameAndKey value={v} kept={!fresh} faults={faults} onChange={(named) => setV({ ...v, ...named })} />
        <ProjectAndFlow value={v} faults={faults} onChange={setV} />
        <Select
          label={t('triggers.kind')}
          data={kinds.map((k) => ({ value: k, label: t(`triggers.kinds.${k}`) }))}
          value={v.kind}
          error={faults.kind}
          allowDeselect={false}
          onChange={(kind) => setV({ ...v, kind: kind as Kind })}
          data-testid="field-kind"
        />
        <NumberInput
          label={t('triggers.perMinute')}
          description={t('triggers.perMinuteHint')}
          inputWrapperOrder={order}
          value={v.rule.perMinute ?? 0}
          error={faults['rule.perMinute']}
          min={0}
          clampBehavior="none"
          onChange={(n) => setV({ ...v, rule: { ...v.rule, perMinute: Math.round(Number(n)) } })}
          data-testid="field-perMinute"
        />
        {v.kind === 'schedule' && (
          <ScheduleRule rule={v.rule} faults={faults} onChange={(rule) => setV({ ...v, rule })} />
        )}
        {v.kind === 'event' && <EventRule rule={v.rule} faults={faults} onChange={(rule) => setV({ ...v, rule })} />}
        {saved.kind === 'hook' && v.kind === 'hook' && !fresh && <TriggerAddress trigger={saved} />}
        <Switch
          className={classes.whole}
          label={t('triggers.on')}
          description={t('triggers.onHint')}
          checked={v.disabled !== true}
          onChange={(e) => setV({ ...v, disabled: !e.currentTarget.checked })}
          data-testid="field-on"
        />
      </OwnForm>
      {!fresh && <TriggerRuns trigger={saved} dirty={dirty} />}
    </>
  )
}

interface PartProps {
  value: Trigger
  faults: Readonly<Record<string, string>>
  onChange(value: Trigger): void
}

function ProjectAndFlow({ value, faults, onChange }: PartProps) {
  const t = useT()
  const language = useLanguage()
  const projects = useQuery({ queryKey: ['set-up', 'projects'], queryFn: () => api.list<Project>('projects') })
  const flows = useQuery({ queryKey: ['set-up', 'flows'], queryFn: () => api.list<Flow>('flows') })
  const choices = (rows: readonly { id: string; name: string }[]) =>
    rows.map((r) => ({ value: r.id, label: r.name })).toSorted((a, b) => a.label.localeCompare(b.label, language))
  // The flow it has stays to be seen, whatever became of it.
  const fitting = choices((flows.data ?? []).filter((f) => isAlone(f) || f.id === value.flowId))
  const none = flows.data !== undefined && fitting.length === 0
  return (
    <>
      <Select
        label={t('admin.project')}
        data={choices(projects.data ?? [])}
        value={value.projectId}
        error={faults.projectId}
        required
        allowDeselect={false}
        placeholder={t('desk.chooseGroup')}
        onChange={(projectId) => onChange({ ...value, projectId: projectId ?? '' })}
        data-testid="field-projectId"
      />
      <Select
        label={t('admin.flow')}
        description={t(none ? 'triggers.noFlows' : 'triggers.flowHint')}
        inputWrapperOrder={order}
        data={fitting}
        value={value.flowId}
        error={faults.flowId}
        required
        allowDeselect={false}
        searchable={fitting.length > 8}
        placeholder={t('desk.chooseGroup')}
        onChange={(flowId) => onChange({ ...value, flowId: flowId ?? '' })}
        data-testid="field-flowId"
      />
    </>
  )
}
