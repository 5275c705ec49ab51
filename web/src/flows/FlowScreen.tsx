import { Button, SegmentedControl } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { type KeyboardEvent, lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react'
import { useApp, useT } from '../app/hooks.tsx'
import { typing } from '../commands/keyboard.ts'
import type { FlowTranslate } from '../i18n/flows.ts'
import { wordFor } from '../i18n/language.ts'
import { Icon } from '../ui/Icon.tsx'
import { api } from '../wire/api.ts'
import { ApiError } from '../wire/http.ts'
import type { Flow, FlowKinds } from '../wire/model.ts'
import { placeFor, tidied } from './arrange.ts'
import { Bar, type Clipboard, type Panel } from './Bar.tsx'
import { Begin } from './Begin.tsx'
import { copyNodes, pasteNodes, readClip } from './clip.ts'
import { type Here, HereProvider, useEditor, useF, useFlowTexts, useHere } from './context.tsx'
import { Conflict, Publish } from './Dialogs.tsx'
import { Editor, type Problem } from './editor.ts'
import classes from './flows.module.css'
import { Inspector } from './Inspector.tsx'
import { NodePalette } from './NodePalette.tsx'
import { Outline } from './Outline.tsx'
import { FlowPanel, ProblemsPanel } from './Panels.tsx'
import { addNode, type Kinds, removeNodes, setWay, waysOf } from './program.ts'
import { RehearsalPanel } from './RehearsalPanel.tsx'
import { Stage } from './stage.ts'
import { kindsOf } from './templates.ts'
import { untouched } from './tests.ts'
import { Versions } from './Versions.tsx'
import { kindName, offered } from './words.ts'

const Canvas = lazy(async () => ({ default: (await import('./Canvas.tsx')).Canvas }))

/** Loads a flow, the kinds of nodes and the editor's texts. */
export function FlowScreen() {
  const plain = useT()
  const t = useFlowTexts()
  const { id = '' } = useParams({ strict: false })
  const table = useQuery({ queryKey: ['flow-kinds'], queryFn: api.flowKinds, staleTime: 300_000 })
  const flow = useQuery({
    queryKey: ['flow', id],
    queryFn: () => api.one<Flow>('flows', id),
    staleTime: Number.POSITIVE_INFINITY, // the editor keeps its own; a reload must not take what was drawn
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  })
  const error = flow.error ?? table.error
  if (error !== null) {
    return <p role="alert">{wordFor(plain, 'errors', error instanceof ApiError ? error.code : 'internal')}</p>
  }
  if (t === null || flow.data === undefined || table.data === undefined) return <p>{plain('common.loading')}</p>
  return <Loaded key={id} flow={flow.data} table={table.data} t={t} />
}

function useMakeEditor(flow: Flow, kinds: Kinds): Editor | null {
  const [editor, setEditor] = useState<Editor | null>(null)
  const first = useRef(flow)
  useEffect(() => {
    const { id } = first.current
    const made = new Editor(first.current, kinds, {
      check: async (program) => (await api.checkFlow(program, id)).problems as Problem[],
      save: (revision, program) => api.saveDraft(id, revision, program),
      load: () => api.one<Flow>('flows', id),
      now: () => Date.now(),
      later: (ms, run) => {
        const timer = setTimeout(run, ms)
        return () => clearTimeout(timer)
      },
    })
    setEditor(made)
    const leaving = (event: BeforeUnloadEvent) => {
      if (made.state.get().saving === 'saved') return
      void made.flush()
      event.preventDefault()
    }
    addEventListener('beforeunload', leaving)
    return () => {
      removeEventListener('beforeunload', leaving)
      made.end()
    }
  }, [kinds])
  return editor
}

function Loaded({ flow, table, t }: { flow: Flow; table: FlowKinds; t: FlowTranslate }) {
  const kinds = useMemo(() => kindsOf(table), [table])
  const editor = useMakeEditor(flow, kinds)
  const [said, say] = useState('')
  const [stage] = useState(() => new Stage())
  const here = useMemo<Here | null>(() => {
    if (editor === null) return null
    const add: Here['add'] = (kind, at) => {
      addTo(editor, kinds, kind, at)
      say(t('flow.added', { name: kindName(t, offered(kind).kind) }))
    }
    return { editor, kinds, table, stage, add, say }
  }, [editor, kinds, table, stage, t])
  useEffect(() => {
    document.title = `${flow.name} · Linekeeper`
  }, [flow.name])
  if (here === null) return null
  return (
    <HereProvider value={here}>
      <Screen />
      <div className={classes.said} aria-live="polite">
        {said}
      </div>
    </HereProvider>
  )
}

/** Adds a node; without a place it goes behind the chosen one, into its first way that leads nowhere or between. */
function addTo(editor: Editor, kinds: Kinds, wanted: string, at?: { x: number; y: number }): void {
  const { kind: name, params } = offered(wanted)
  const kind = kinds.get(name)
  if (kind === undefined) return
  const { program, selected } = editor.state.get()
  const after = at === undefined && selected.length === 1 ? selected[0] : undefined
  let [next, id] = addNode(program, kind, at ?? placeFor(program, kinds, after, name), params)
  const node = after === undefined ? undefined : program.nodes[after]
  if (after !== undefined && node !== undefined) {
    const ways = waysOf(kinds.get(node.kind), node)
    const open = ways.find((w) => w.to === '' && !w.optional)
    const only = ways.find((w) => w.name === 'next')
    if (open !== undefined) next = setWay(next, after, open.name, id)
    else if (only !== undefined && kind.next === true) {
      next = setWay(setWay(next, after, 'next', id), id, 'next', only.to)
    }
  }
  editor.change(at === undefined ? tidied(program, next, kinds) : next, '', [id])
}

function Screen() {
  const t = useF()
  const { editor } = useHere()
  const { flow, program, selected, problems } = useEditor()
  const narrow = useMediaQuery('(max-width: 900px)', undefined, { getInitialValueInEffect: false }) === true
  const [view, setView] = useState<'drawing' | 'list'>(narrow ? 'list' : 'drawing')
  const [panel, setPanel] = useState<Panel>('step')
  const [aside, setAside] = useState(false) // on a phone: the panel instead of the flow
  const [adding, setAdding] = useState(false)
  const [publishing, setPublishing] = useState(false)
  const [beginning, setBeginning] = useState<'offered' | 'asked' | 'done'>(flow.version === 1 ? 'offered' : 'done')
  const stay = useRef(false) // a rehearsal's moment was clicked: its list stays
  const side = useRef<HTMLElement>(null)
  const one = selected.length === 1 ? selected[0] : undefined
  useEffect(() => {
    if (one !== undefined && !stay.current) setPanel('step')
    stay.current = false
  }, [one])
  const offering = beginning === 'asked' || (beginning === 'offered' && untouched(program))
  const clip = useClipboard()
  const open = (id: string, field = '') => {
    editor.select(id === '' ? [] : [id], field)
    setPanel(id === '' ? 'flow' : 'step')
    setAside(true)
    if (field === '') setTimeout(() => side.current?.querySelector<HTMLElement>('h2')?.focus(), 0)
  }
  const stand = (id: string) => {
    stay.current = id !== one
    editor.select([id])
  }
  const keys = (event: KeyboardEvent) => {
    if (typing(event.target) || !(event.ctrlKey || event.metaKey) || event.altKey) return
    const key = event.key.toLowerCase()
    if (key === 'z' && !event.shiftKey) editor.undo()
    else if (key === 'y' || (key === 'z' && event.shiftKey)) editor.redo()
    else return
    event.preventDefault()
  }
  const show = (next: Panel) => {
    setPanel(next)
    setAside(true)
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: undo and redo from wherever the focus is
    <div className={classes.screen} data-aside={aside} data-begin={offering} onKeyDown={keys} data-testid="flow-editor">
      <Bar
        view={view}
        onView={(v) => {
          setView(v)
          setAside(false)
        }}
        onPanel={show}
        onPublish={() => setPublishing(true)}
        onFind={(id) => open(id)}
        onAdd={() => setAdding(!adding)}
        adding={adding}
        narrow={narrow}
        onBegin={() => setBeginning('asked')}
        clip={clip}
      />
      {offering && <Begin onDone={() => setBeginning('done')} />}
      <div className={classes.body} data-adding={adding}>
        {(!narrow || adding) && (
          <NodePalette
            {...(narrow
              ? {
                  onAdded: () => {
                    setAdding(false)
                    setAside(true)
                  },
                }
              : {})}
          />
        )}
        <div className={classes.middle}>
          {view === 'drawing' ? (
            <Suspense fallback={<p>{t('common.loading')}</p>}>
              <Canvas key={beginning} />
            </Suspense>
          ) : (
            <Outline onOpen={open} />
          )}
        </div>
        <aside className={classes.side} aria-label={t(`flow.${panel === 'flow' ? 'flowPanel' : panel}`)} ref={side}>
          <Button
            className={classes.back ?? ''}
            size="compact-sm"
            variant="subtle"
            leftSection={<Icon name="left" size={14} />}
            onClick={() => setAside(false)}
          >
            {t('flow.back')}
          </Button>
          <SegmentedControl
            size="xs"
            fullWidth
            aria-label={t('flow.editor')}
            value={panel}
            onChange={(v) => setPanel(v as Panel)}
            data={[
              { value: 'step', label: t('flow.step') },
              { value: 'flow', label: t('flow.flowPanel') },
              {
                value: 'problems',
                label: problems.length > 0 ? `${t('flow.problems')} ${problems.length}` : t('flow.problems'),
              },
              { value: 'rehearsal', label: t('flow.tests') },
              { value: 'versions', label: t('flow.versions') },
            ]}
          />
          {panel === 'step' && <Inspector />}
          {panel === 'flow' && <FlowPanel />}
          {panel === 'problems' && <ProblemsPanel onOpen={(p) => open(p.node ?? '', p.field ?? '')} />}
          {panel === 'rehearsal' && <RehearsalPanel onOpen={stand} />}
          {panel === 'versions' && <Versions />}
        </aside>
      </div>
      {publishing && (
        <Publish
          onClose={() => setPublishing(false)}
          onProblems={() => {
            setPublishing(false)
            show('problems')
          }}
          onTests={() => {
            setPublishing(false)
            show('rehearsal')
          }}
        />
      )}
      <Conflict />
    </div>
  )
}

/** Copies and pastes nodes as JSON: by the browser's own keys, and by the menu. */
function useClipboard(): Clipboard {
  const t = useF()
  const app = useApp()
  const { editor, kinds, say } = useHere()
  const tools = useMemo(() => {
    const text = () => {
      const { program, selected } = editor.state.get()
      return selected.length === 0 ? null : JSON.stringify(copyNodes(program, selected))
    }
    const put = (data: string) => {
      const found = readClip(data)
      if (found === null) return false
      const [next, ids] = pasteNodes(editor.state.get().program, found, 48)
      editor.change(next, '', ids)
      return true
    }
    const told = () => say(t('flow.copied', { count: editor.state.get().selected.length }))
    return { text, put, told }
  }, [editor, say, t])
  useEffect(() => {
    const elsewhere = (event: Event) => typing(event.target) || getSelection()?.isCollapsed === false
    const copy = (event: ClipboardEvent) => {
      const text = elsewhere(event) ? null : tools.text()
      if (text === null) return
      event.clipboardData?.setData('text/plain', text)
      event.preventDefault()
      tools.told()
      if (event.type === 'cut') {
        const { program, selected } = editor.state.get()
        editor.change(removeNodes(program, selected, kinds), '', [])
      }
    }
    const paste = (event: ClipboardEvent) => {
      if (typing(event.target)) return
      if (tools.put(event.clipboardData?.getData('text/plain') ?? '')) event.preventDefault()
    }
    document.addEventListener('copy', copy)
    document.addEventListener('cut', copy)
    document.addEventListener('paste', paste)
    return () => {
      document.removeEventListener('copy', copy)
      document.removeEventListener('cut', copy)
      document.removeEventListener('paste', paste)
    }
  }, [tools, editor, kinds])
  return {
    copy: async () => {
      const text = tools.text()
      if (text === null) return
      await navigator.clipboard.writeText(text)
      tools.told()
    },
    paste: async () => {
      const text = await navigator.clipboard.readText().catch(() => '')
      if (!tools.put(text)) app.toast(t('flow.nothingToPaste'))
    },
  }
}
