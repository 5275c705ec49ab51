import { ActionIcon, Button, Checkbox, NumberInput, Select, TagsInput, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { flowWord } from '../i18n/flows.ts'
import { languages } from '../i18n/language.ts'
import { Icon } from '../ui/Icon.tsx'
import { useEditor, useF, useHere, useKeys } from './context.tsx'
import classes from './flows.module.css'
import own from './rehearsal.module.css'
import { TestMore } from './TestMore.tsx'
import { Maybe } from './TestParts.tsx'
import { TestSetting, WantedVariables } from './TestSetting.tsx'
import {
  type Act,
  type ActKind,
  actKind,
  actKinds,
  asKind,
  atWall,
  type Change,
  type Expect,
  ends,
  linesOf,
  type Opening,
  onlyKeys,
  openingOf,
  put,
  putTest,
  type Script,
  setOpening,
  wallTime,
} from './tests.ts'

/** None and nought are the same: not said. */
const seconds = (v: string | number): number | undefined => (v === '' || Number(v) === 0 ? undefined : Number(v))

/** One test to be changed: who comes and when, what he does, what is expected. */
export function TestForm({ script, index }: { script: Script; index: number }) {
  const t = useF()
  const { editor, table } = useHere()
  const calendars = useKeys('hours')
  const change = (next: Script) => editor.change(putTest(editor.state.get().program, index, next), `test ${index}`)
  const set = (part: Change<Script>) => change(put(script, part))
  const keys = [...new Set([...calendars.map((c) => c.value), ...(script.open ?? []), ...(script.closed ?? [])])]
  return (
    <div className={classes.stack} data-testid={`test-form-${index}`}>
      <TextInput
        size="xs"
        label={t('flow.name')}
        value={script.name}
        maxLength={100}
        error={script.name.trim() === '' ? t('rules.required') : undefined}
        onChange={(e) => set({ name: e.currentTarget.value })}
        data-testid="test-name"
      />
      <div className={own.halves}>
        <Select
          size="xs"
          label={t('flow.by')}
          data={[...new Set(['voice', 'chat', script.channel ?? 'voice'])].map((c) => ({
            value: c,
            label: flowWord(t, 'channel', c) ?? c,
          }))}
          value={script.channel ?? 'voice'}
          allowDeselect={false}
          onChange={(v) => set({ channel: v === 'voice' ? '' : (v ?? '') })}
        />
        <Maybe
          label={t('flow.param.language')}
          none={t('flow.notSet')}
          value={script.language}
          data={table.languages.map((code) => ({
            value: code,
            label: languages.find((l) => l.code === code)?.name ?? code,
          }))}
          onChange={(language) => set({ language })}
        />
        <TextInput
          size="xs"
          label={t('flow.number')}
          placeholder={t('flow.withheld')}
          inputMode="tel"
          value={script.number ?? ''}
          onChange={(e) => set({ number: e.currentTarget.value.trim() })}
        />
        <TextInput
          size="xs"
          type="datetime-local"
          label={t('flow.comes')}
          value={wallTime(script.at)}
          onChange={(e) => {
            const wall = e.currentTarget.value
            set({ at: atWall(wall, script.at, -new Date(wall || Date.now()).getTimezoneOffset()) })
          }}
        />
      </div>
      {keys.length > 0 && (
        <fieldset className={classes.items}>
          <legend className={classes.label}>{t('flow.calendars')}</legend>
          <div className={own.halves}>
            {keys.map((key) => (
              <Maybe
                key={key}
                label={calendars.find((c) => c.value === key)?.label ?? key}
                none={t('flow.asItIs')}
                value={openingOf(script, key)}
                data={(['open', 'closed'] as const).map((o) => ({ value: o, label: t(`flow.edge.${o}`) }))}
                onChange={(v) => change(setOpening(script, key, v as Opening))}
              />
            ))}
          </div>
        </fieldset>
      )}
      <TestSetting script={script} change={change} />
      <TestMore script={script} change={change} />
      <Acts script={script} set={set} />
      <Expected script={script} set={set} change={change} />
    </div>
  )
}

function Acts({ script, set }: { script: Script; set(part: Change<Script>): void }) {
  const t = useF()
  const { program } = useEditor()
  const acts = script.acts ?? []
  const putAct = (i: number, act: Act) => set({ acts: acts.with(i, act) })
  return (
    <fieldset className={classes.items}>
      <legend className={classes.label}>{t('flow.acts')}</legend>
      <p className={classes.quiet}>{t('flow.actsHint')}</p>
      {acts.map((act, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: acts have no name
        <div key={i} className={classes.item}>
          <div className={own.halves}>
            <Select
              size="xs"
              label={t('flow.actN', { n: i + 1 })}
              data={actKinds.map((k) => ({ value: k, label: t(`flow.act.${k}`) }))}
              value={actKind(act)}
              allowDeselect={false}
              onChange={(k) => putAct(i, asKind(act, k as ActKind))}
            />
            {act.keys !== undefined && (
              <TextInput
                size="xs"
                label={t('flow.keys')}
                value={act.keys}
                inputMode="tel"
                onChange={(e) => putAct(i, { ...act, keys: onlyKeys(e.currentTarget.value) })}
                data-testid={`act-keys-${i}`}
              />
            )}
            {act.text !== undefined && (
              <TextInput
                size="xs"
                label={t('flow.types.text')}
                value={act.text}
                onChange={(e) => putAct(i, { ...act, text: e.currentTarget.value })}
              />
            )}
            {act.say !== undefined && (
              <TextInput
                size="xs"
                label={t('flow.types.text')}
                value={act.say}
                onChange={(e) => putAct(i, { ...act, say: e.currentTarget.value })}
              />
            )}
            {actKind(act) !== 'silence' && (
              <NumberInput
                size="xs"
                label={t('flow.after')}
                placeholder={t('flow.afterQuestion')}
                min={0}
                value={act.after ?? ''}
                onChange={(v) => putAct(i, put(act, { after: seconds(v) }))}
              />
            )}
            <Maybe
              label={t('flow.actAt')}
              none={t('flow.anywhere')}
              value={act.node}
              data={Object.keys(program.nodes).map((id) => ({ value: id, label: id }))}
              onChange={(node) => putAct(i, put(act, { node }))}
            />
          </div>
          <ActionIcon
            variant="subtle"
            aria-label={`${t('flow.removeItem')}: ${t('flow.actN', { n: i + 1 })}`}
            onClick={() => set({ acts: acts.filter((_, k) => k !== i) })}
          >
            <Icon name="cross" size={14} />
          </ActionIcon>
        </div>
      ))}
      <Button
        size="xs"
        variant="default"
        leftSection={<Icon name="plus" size={14} />}
        onClick={() => set({ acts: [...acts, { keys: '1' }] })}
        data-testid="add-act"
      >
        {t('flow.addItem')}
      </Button>
      <NumberInput
        size="xs"
        label={t('flow.hangUpAfter')}
        min={0}
        value={script.hang_up_after ?? ''}
        onChange={(v) => set({ hang_up_after: seconds(v) })}
      />
      {(script.channel ?? 'voice') === 'voice' && (
        <Checkbox
          size="xs"
          label={t('flow.deaf')}
          description={t('flow.deafHint')}
          checked={script.deaf === true}
          onChange={(e) => set({ deaf: e.currentTarget.checked ? true : undefined })}
          data-testid="test-deaf"
        />
      )}
    </fieldset>
  )
}

/** Lines as they are typed; the empty one being written is not taken away. */
function Lines({
  label,
  hint,
  value,
  onChange,
}: {
  label: string
  hint: string
  value: string[]
  onChange(v: string[]): void
}) {
  const [text, setText] = useState(value.join('\n'))
  const shown = linesOf(text).join('\n') === value.join('\n') ? text : value.join('\n')
  return (
    <Textarea
      size="xs"
      label={label}
      description={hint}
      autosize
      minRows={2}
      value={shown}
      onChange={(e) => {
        setText(e.currentTarget.value)
        onChange(linesOf(e.currentTarget.value))
      }}
    />
  )
}

function Expected({
  script,
  set,
  change,
}: {
  script: Script
  set(part: Change<Script>): void
  change(next: Script): void
}) {
  const t = useF()
  const { program } = useEditor()
  const queues = useKeys('queues')
  const expect = script.expect ?? {}
  const wish = (part: Change<Expect>) => set({ expect: put(expect, part) })
  return (
    <fieldset className={classes.items}>
      <legend className={classes.label}>{t('flow.expected')}</legend>
      <div className={own.halves}>
        <Maybe
          label={t('flow.ending')}
          none={t('flow.any')}
          value={expect.end}
          data={ends.map((e) => ({ value: e, label: t(`flow.end.${e}`) }))}
          onChange={(end) => wish({ end })}
        />
        <Maybe
          label={t('flow.param.queue')}
          none={t('flow.any')}
          value={expect.queue}
          data={[{ value: 'default', label: t('flow.ownQueue') }, ...queues.filter((q) => q.value !== 'default')]}
          onChange={(queue) => wish({ queue })}
        />
        <NumberInput
          size="xs"
          label={t('flow.within')}
          min={0}
          value={expect.within ?? ''}
          onChange={(v) => wish({ within: seconds(v) })}
        />
        <Maybe
          label={t('flow.queueClosed')}
          none={t('flow.any')}
          value={expect.closed}
          data={(['callback', 'flow', 'hang_up'] as const).map((c) => ({ value: c, label: t(`flow.closedAct.${c}`) }))}
          onChange={(closed) => wish({ closed })}
        />
      </div>
      <Lines
        label={t('flow.hears')}
        hint={t('flow.hearsHint')}
        value={expect.hears ?? []}
        onChange={(hears) => wish({ hears })}
      />
      <TagsInput
        size="xs"
        label={t('flow.passes')}
        data={Object.keys(program.nodes)}
        value={expect.passes ?? []}
        onChange={(passes) => wish({ passes })}
        data-testid="test-passes"
      />
      <WantedVariables script={script} change={change} />
    </fieldset>
  )
}
