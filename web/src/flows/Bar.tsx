import { ActionIcon, Button, Menu, SegmentedControl, Select, Tooltip } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import { useApp, useValue } from '../app/hooks.tsx'
import { Icon } from '../ui/Icon.tsx'
import { Mark } from '../ui/Mark.tsx'
import { flowFiles } from '../wire/flowFile.ts'
import { arrange } from './arrange.ts'
import { useEditor, useF, useHere, useKeys } from './context.tsx'
import { grave, type Saving } from './editor.ts'
import { FileDialog } from './FileDialog.tsx'
import { mustAsk, type Opened, opened, promptsNamed, takePrompts } from './file.ts'
import classes from './flows.module.css'
import { moveNodes } from './program.ts'
import { kindName, refusedText } from './words.ts'

export type Panel = 'step' | 'flow' | 'problems' | 'rehearsal' | 'versions'

/** Copies and pastes steps. */
export interface Clipboard {
  copy(): Promise<void>
  paste(): Promise<void>
}

const marks: Record<Saving, ['good' | 'warning' | 'bad' | 'quiet', 'check' | 'clock' | 'warn' | 'pen']> = {
  saved: ['good', 'check'],
  waiting: ['quiet', 'pen'],
  sending: ['quiet', 'clock'],
  failed: ['bad', 'warn'],
  conflict: ['warning', 'warn'],
}

interface BarProps {
  view: 'drawing' | 'list'
  onView(view: 'drawing' | 'list'): void
  onPanel(panel: Panel): void
  onPublish(): void
  onFind(id: string): void
  onAdd(): void
  onBegin(): void
  adding: boolean
  narrow: boolean
  clip: Clipboard
}

/** Above the flow: how far it is saved, the two views, undo, finding, publishing. */
export function Bar(props: BarProps) {
  const t = useF()
  const { editor, kinds } = useHere()
  const { flow, program, problems, saving, canUndo, canRedo } = useEditor()
  const wrong = grave(problems).length
  const [tone, icon] = marks[saving]
  const state = saving === 'saved' && flow.draft === undefined ? 'same' : saving
  return (
    <div className={classes.bar}>
      <Link to="/set-up/$kind" params={{ kind: 'flows' }} className={classes.up}>
        <Icon name="left" size={14} /> {t('flow.all')}
      </Link>
      <h1 className={classes.title}>{flow.name}</h1>
      <span role="status" className={classes.saving} data-testid="flow-saving" data-saving={state}>
        <Mark tone={tone} icon={icon}>
          {t(`flow.${state}`)}
        </Mark>
      </span>
      <span className={classes.gap} />
      {props.narrow && (
        <Button size="xs" variant="default" aria-expanded={props.adding} onClick={props.onAdd}>
          {t('flow.openPalette')}
        </Button>
      )}
      <SegmentedControl
        size="xs"
        aria-label={t('flow.editor')}
        data-testid="view-list"
        value={props.view}
        onChange={(v) => props.onView(v as 'drawing' | 'list')}
        data={[
          { value: 'drawing', label: t('flow.drawing') },
          { value: 'list', label: t('flow.list') },
        ]}
      />
      <Counting />
      <Tool label={t('flow.undo')} icon="undo" disabled={!canUndo} onClick={() => editor.undo()} />
      <Tool label={t('flow.redo')} icon="redo" disabled={!canRedo} onClick={() => editor.redo()} />
      <Select
        className={classes.find ?? ''}
        size="xs"
        aria-label={t('flow.find')}
        placeholder={t('flow.find')}
        leftSection={<Icon name="search" size={14} />}
        data={Object.entries(program.nodes).map(([id, n]) => ({
          value: id,
          label: `${id} · ${kindName(t, n.kind)}${n.comment === undefined ? '' : ` · ${n.comment.slice(0, 40)}`}`,
        }))}
        value={null}
        onChange={(id) => id !== null && props.onFind(id)}
        searchable
        selectFirstOptionOnChange
      />
      <More {...props} onArrange={() => editor.change(moveNodes(program, arrange(program, kinds)))} />
      {problems.length > 0 && (
        <Button
          size="xs"
          variant="default"
          color={wrong > 0 ? 'red' : 'yellow'}
          onClick={() => props.onPanel('problems')}
          data-testid="problem-count"
        >
          <Mark tone={wrong > 0 ? 'bad' : 'warning'} icon="warn">
            {wrong > 0 ? t('flow.problemCount', { count: wrong }) : t('flow.warnings', { count: problems.length })}
          </Mark>
        </Button>
      )}
      <Button size="xs" onClick={props.onPublish} data-testid="open-publish">
        {t('flow.publish')}
      </Button>
    </div>
  )
}

/** Whether today's counts stand at the steps. */
function Counting() {
  const t = useF()
  const { stage } = useHere()
  const { counting } = useValue(stage.state)
  return (
    <Tooltip label={t('flow.today')}>
      <ActionIcon
        variant={counting ? 'filled' : 'default'}
        size={30}
        aria-label={t('flow.today')}
        aria-pressed={counting}
        onClick={() => stage.put({ counting: !counting })}
        data-testid="show-counts"
      >
        <Icon name="chart" size={16} />
      </ActionIcon>
    </Tooltip>
  )
}

function Tool({
  label,
  icon,
  disabled,
  onClick,
}: {
  label: string
  icon: 'undo' | 'redo'
  disabled: boolean
  onClick(): void
}) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="default" size={30} aria-label={label} disabled={disabled} onClick={onClick}>
        <Icon name={icon} size={16} />
      </ActionIcon>
    </Tooltip>
  )
}

interface MoreProps {
  onArrange(): void
  onPanel(panel: Panel): void
  onBegin(): void
  clip: Clipboard
}

function More({ onArrange, onPanel, onBegin, clip }: MoreProps) {
  const t = useF()
  const app = useApp()
  const queries = useQueryClient()
  const { editor, kinds } = useHere()
  const { flow, program, selected } = useEditor()
  const prompts = useKeys('prompts')
  const file = useRef<HTMLInputElement>(null)
  const [asked, setAsked] = useState<Opened | null>(null)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState('')
  const take = async (from: Opened, replace: string[]) => {
    setBusy(true)
    setError('')
    try {
      const count = await takePrompts(from, replace)
      editor.change(from.program, '', [])
      app.toast(count === 0 ? t('flow.imported') : t('flow.importedWith', { count }))
      setAsked(null)
      if (count > 0) await queries.invalidateQueries({ queryKey: ['set-up'] })
    } catch (problem) {
      setError(refusedText(t, problem))
      setAsked(from)
    } finally {
      setBusy(false)
    }
  }
  const load = async (chosen: File | undefined) => {
    if (chosen === undefined) return
    try {
      const found = await opened(chosen)
      if (found === null) app.toast(t('flow.noFile'), { tone: 'bad' })
      else if (mustAsk(found)) setAsked(found)
      else await take(found, [])
    } catch (problem) {
      app.toast(refusedText(t, problem), { tone: 'bad' })
    }
  }
  const save = async () => {
    const count = promptsNamed(program, kinds).filter((key) => prompts.some((p) => p.value === key)).length
    try {
      const text = () => new Blob([`${JSON.stringify(program, null, 2)}\n`], { type: 'application/json' })
      const url = URL.createObjectURL(count === 0 ? text() : await flowFiles.pack(program))
      const link = document.createElement('a')
      link.href = url
      link.download = `${flow.key}.flow.${count === 0 ? 'json' : 'zip'}`
      link.click()
      setTimeout(() => URL.revokeObjectURL(url), 10_000)
      if (count > 0) app.toast(t('flow.exportedWith', { count }))
    } catch (problem) {
      app.toast(refusedText(t, problem), { tone: 'bad' })
    }
  }
  return (
    <>
      <input
        ref={file}
        type="file"
        accept=".json,.zip,application/json,application/zip"
        hidden
        onChange={(e) => {
          void load(e.currentTarget.files?.[0])
          e.currentTarget.value = ''
        }}
      />
      <Menu position="bottom-end">
        <Menu.Target>
          <Button size="xs" variant="default" rightSection={<Icon name="down" size={12} />} data-testid="flow-more">
            {t('flow.more')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={onArrange}>{t('flow.arrange')}</Menu.Item>
          <Menu.Item disabled={selected.length === 0} onClick={() => void clip.copy()}>
            {t('flow.copySteps')}
          </Menu.Item>
          <Menu.Item onClick={() => void clip.paste()}>{t('flow.pasteSteps')}</Menu.Item>
          <Menu.Divider />
          <Menu.Item onClick={() => onPanel('flow')}>{t('flow.variables')}</Menu.Item>
          <Menu.Item onClick={() => onPanel('rehearsal')} data-testid="more-rehearsal">
            {t('flow.rehearsal')}
          </Menu.Item>
          <Menu.Item onClick={() => onPanel('versions')}>{t('flow.versions')}</Menu.Item>
          <Menu.Divider />
          <Menu.Item onClick={onBegin}>{t('flow.begin')}</Menu.Item>
          <Menu.Item onClick={() => file.current?.click()}>{t('flow.import')}</Menu.Item>
          <Menu.Item onClick={() => void save()} data-testid="export-flow">
            {t('flow.export')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {asked !== null && (
        <FileDialog
          file={asked}
          error={error}
          busy={busy}
          onImport={(replace) => void take(asked, replace)}
          onClose={() => {
            setAsked(null)
            setError('')
          }}
        />
      )}
    </>
  )
}
