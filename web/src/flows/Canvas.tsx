import { ActionIcon, Tooltip } from '@mantine/core'
import {
  applyNodeChanges,
  Background,
  type Connection,
  type Edge,
  Handle,
  MarkerType,
  MiniMap,
  type Node,
  type NodeChange,
  type NodeProps,
  Panel,
  Position,
  ReactFlow,
  ReactFlowProvider,
  useNodesInitialized,
  useReactFlow,
  useUpdateNodeInternals,
} from '@xyflow/react'
import '@xyflow/react/dist/base.css'
import { type DragEvent, useEffect, useMemo, useRef, useState } from 'react'
import { useFormat, useLanguage } from '../app/hooks.tsx'
import { Icon, type IconName } from '../ui/Icon.tsx'
import { cardHeight, cardWidth } from './arrange.ts'
import { type Marks, useEditor, useF, useHere, useMarks } from './context.tsx'
import { grave } from './editor.ts'
import classes from './flows.module.css'
import { moveNodes, removeNodes, setWay, waysOf } from './program.ts'
import own from './rehearsal.module.css'
import { dragType, iconOf, kindName, problemText, summary, wayName } from './words.ts'

interface Card extends Record<string, unknown> {
  title: string
  icon: IconName
  summary: string
  comment: string
  start: boolean
  ways: ({ name: string; label: string; open: boolean } & Passed)[]
  problems: string[]
  passed: Passed
}

/** What is known of a node or way: today's count, and whether a test passes it. */
interface Passed {
  count: number | undefined
  unseen: boolean
}

const passedOf = ({ counts, unseen }: Marks, name: string): Passed => ({
  count: counts?.get(name),
  unseen: unseen.has(name),
})

function PassedMark({ count, unseen }: Passed) {
  const t = useF()
  const format = useFormat()
  return (
    <>
      {unseen && (
        <span className={own.unseen} title={t('flow.notPassed')}>
          <Icon name="circle" size={12} />
        </span>
      )}
      {count !== undefined && (
        <span className={own.count} data-zero={count === 0} title={t('flow.todayN', { n: format.number(count) })}>
          {format.number(count)}
        </span>
      )}
    </>
  )
}

type CardNode = Node<Card, 'card'>

function NodeCard({ id, data, selected }: NodeProps<CardNode>) {
  const t = useF()
  const update = useUpdateNodeInternals()
  const ways = data.ways.map((w) => w.name).join(' ')
  // biome-ignore lint/correctness/useExhaustiveDependencies: the points of connection follow the ways
  useEffect(() => update(id), [update, id, ways, data.comment])
  return (
    <div
      className={classes.card}
      data-selected={selected}
      data-bad={data.problems.length > 0}
      data-unseen={data.passed.unseen}
      data-testid={`card-${id}`}
    >
      <Handle type="target" position={Position.Left} className={classes.in ?? ''} />
      <div className={classes.cardHead}>
        <Icon name={data.icon} size={16} />
        <b>{data.title}</b>
        <PassedMark {...data.passed} />
        {data.start && <span className={classes.start}>{t('flow.start')}</span>}
        {data.problems.length > 0 && (
          <span className={classes.problemMark} title={data.problems.join('\n')}>
            <Icon name="warn" size={16} />
          </span>
        )}
      </div>
      <div className={classes.cardText}>
        <code>{id}</code>
        {data.summary !== '' && <span> {data.summary}</span>}
      </div>
      {data.comment !== '' && <div className={classes.cardComment}>{data.comment}</div>}
      {data.ways.map((w) => (
        <div key={w.name} className={classes.way} data-open={w.open} data-unseen={w.unseen}>
          <span className={own.atWay}>
            <PassedMark count={w.count} unseen={w.unseen} />
          </span>
          {w.label}
          <Handle type="source" position={Position.Right} id={w.name} className={classes.out ?? ''} />
        </div>
      ))}
    </div>
  )
}

const nodeTypes = { card: NodeCard }

function useCards(): { cards: CardNode[]; edges: Edge[] } {
  const t = useF()
  const language = useLanguage()
  const { kinds } = useHere()
  const { program, problems, selected } = useEditor()
  const marks = useMarks()
  return useMemo(() => {
    const cards: CardNode[] = []
    const edges: Edge[] = []
    for (const [id, node] of Object.entries(program.nodes)) {
      const kind = kinds.get(node.kind)
      const ways = waysOf(kind, node)
      const wrong = grave(problems)
        .filter((p) => p.node === id)
        .map((p) => problemText(t, p))
      const title = kindName(t, node.kind)
      const words = summary(kind, node, language)
      cards.push({
        id,
        type: 'card',
        position: program.layout?.[id] ?? { x: 0, y: 0 },
        selected: selected.includes(id),
        ariaLabel: [
          title,
          id,
          words,
          wrong.length > 0 ? t('flow.problemCount', { count: wrong.length }) : '',
          marks.unseen.has(id) ? t('flow.notPassed') : '',
        ]
          .filter((s) => s !== '')
          .join(', '),
        initialWidth: cardWidth,
        initialHeight: cardHeight(program, id, kinds),
        data: {
          title,
          icon: iconOf(kind, node.kind),
          summary: words,
          comment: node.comment ?? '',
          start: program.start === id,
          ways: ways.map((w) => ({
            name: w.name,
            label: wayName(t, kind, w.name, { node, language }),
            open: w.to === '' && !w.optional,
            ...passedOf(marks, `${id}.${w.name}`),
          })),
          passed: passedOf(marks, id),
          problems: wrong,
        },
      })
      for (const w of ways) {
        if (program.nodes[w.to] === undefined) continue
        const near = selected.includes(id) || selected.includes(w.to)
        edges.push({
          id: `${id}|${w.name}`,
          source: id,
          sourceHandle: w.name,
          target: w.to,
          className: [near ? classes.nearEdge : classes.edge, marks.unseen.has(`${id}.${w.name}`) ? own.unseenEdge : '']
            .join(' ')
            .trim(),
          markerEnd: { type: MarkerType.ArrowClosed, color: near ? 'var(--lk-active)' : 'var(--lk-quiet)' },
          zIndex: near ? 1 : 0,
        })
      }
    }
    return { cards, edges }
  }, [program, problems, selected, marks, kinds, language, t])
}

function Drawing() {
  const t = useF()
  const { editor, kinds, add } = useHere()
  const { selected } = useEditor()
  const flow = useReactFlow()
  const { cards, edges } = useCards()
  const [nodes, setNodes] = useState<CardNode[]>(cards)
  const [chosenEdges, setChosenEdges] = useState<readonly string[]>([])
  const latest = useRef(nodes)
  const measured = useNodesInitialized()
  const fitted = useRef(false)
  useEffect(() => {
    if (!measured || fitted.current) return
    fitted.current = true
    const box = document.querySelector('.react-flow')?.getBoundingClientRect()
    const bounds = flow.getNodesBounds(latest.current)
    const start = flow.getNode(editor.state.get().program.start)
    const fits = box !== undefined && Math.min(box.width / bounds.width, box.height / bounds.height) > 0.62
    if (fits || box === undefined || start === undefined) void flow.fitView({ maxZoom: 1, padding: 0.08 })
    // Cards too small to read help nobody: a large flow begins with its start, the map shows the rest.
    else
      void flow.setViewport({ x: 24 - start.position.x * 0.8, y: box.height / 3 - start.position.y * 0.8, zoom: 0.8 })
  }, [measured, flow, editor])
  useEffect(() => {
    const before = new Map(latest.current.map((n) => [n.id, n]))
    latest.current = cards.map((c) => {
      const old = before.get(c.id)
      return old?.measured === undefined ? c : { ...c, measured: old.measured }
    })
    setNodes(latest.current)
  }, [cards])
  // What is chosen elsewhere, in the list or among the problems, comes into sight.
  const one = selected.length === 1 ? selected[0] : undefined
  useEffect(() => {
    const place = one === undefined ? undefined : editor.state.get().program.layout?.[one]
    if (place === undefined) return
    const a = flow.flowToScreenPosition(place)
    const box = document.querySelector('.react-flow')?.getBoundingClientRect()
    if (box === undefined || box.width === 0) return
    const seen = a.x > box.left && a.x < box.right - 60 && a.y > box.top && a.y < box.bottom - 40
    if (!seen) void flow.setCenter(place.x + cardWidth / 2, place.y + 60, { zoom: flow.getZoom(), duration: 0 })
  }, [one, editor, flow])

  const changed = (changes: NodeChange<CardNode>[]) => {
    const kept = changes.filter((c) => c.type !== 'remove')
    latest.current = applyNodeChanges(kept, latest.current)
    setNodes(latest.current)
    if (kept.some((c) => c.type === 'select'))
      editor.select(latest.current.filter((n) => n.selected === true).map((n) => n.id))
    const moved = kept.flatMap((c) =>
      c.type === 'position' && c.dragging !== true && c.position !== undefined ? [[c.id, c.position] as const] : [],
    )
    if (moved.length > 0) {
      const { program } = editor.state.get()
      const far = moved.filter(([id, at]) => {
        const was = program.layout?.[id]
        return was === undefined || Math.round(at.x) !== was.x || Math.round(at.y) !== was.y
      })
      if (far.length > 0) editor.change(moveNodes(program, Object.fromEntries(far)), 'move')
    }
  }
  const connect = (c: Connection) => {
    if (c.sourceHandle !== null) editor.change(setWay(editor.state.get().program, c.source, c.sourceHandle, c.target))
  }
  const drop = (event: DragEvent) => {
    const kind = event.dataTransfer.getData(dragType)
    if (kind === '') return
    event.preventDefault()
    const at = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY })
    add(kind, { x: at.x - cardWidth / 2, y: at.y - 24 })
  }
  const cut = (edge: Edge) => {
    const { program } = editor.state.get()
    const kind = kinds.get(program.nodes[edge.source]?.kind ?? '')
    const way = edge.sourceHandle ?? ''
    return setWay(program, edge.source, way, '', kind?.keys === true && /^[0-9*#]$/.test(way))
  }
  return (
    <ReactFlow<CardNode>
      nodes={nodes}
      edges={edges.map((e) => (chosenEdges.includes(e.id) ? { ...e, selected: true } : e))}
      nodeTypes={nodeTypes}
      onNodesChange={changed}
      onEdgesChange={(changes) =>
        setChosenEdges((before) => {
          const chosen = new Set(before)
          for (const c of changes) {
            if (c.type === 'select' && c.selected) chosen.add(c.id)
            else if (c.type === 'select') chosen.delete(c.id)
          }
          return [...chosen]
        })
      }
      onConnect={connect}
      onReconnect={(edge, c) => {
        const { program } = editor.state.get()
        const freed = edge.source === c.source && edge.sourceHandle === c.sourceHandle ? program : cut(edge)
        if (c.sourceHandle !== null) editor.change(setWay(freed, c.source, c.sourceHandle, c.target))
      }}
      onDelete={({ nodes: gone, edges: ways }) => {
        if (gone.length > 0) {
          const ids = gone.map((n) => n.id)
          editor.change(removeNodes(editor.state.get().program, ids, kinds))
        } else for (const e of ways) editor.change(cut(e))
      }}
      onDragOver={(event) => {
        if (event.dataTransfer.types.includes(dragType)) event.preventDefault()
      }}
      onDrop={drop}
      deleteKeyCode={['Delete', 'Backspace']}
      multiSelectionKeyCode={['Shift', 'Control', 'Meta']}
      selectionKeyCode="Shift"
      edgesFocusable={false}
      minZoom={0.15}
      maxZoom={1.6}
      aria-label={t('flow.canvas')}
      ariaLabelConfig={{
        'node.a11yDescription.default': t('flow.canvasHint'),
        'node.a11yDescription.keyboardDisabled': t('flow.canvasHint'),
        'edge.a11yDescription.default': t('flow.wayHint'),
        'node.a11yDescription.ariaLiveMessage': ({ direction }) => t('flow.moved', { direction }),
        'minimap.ariaLabel': t('flow.map'),
        'handle.ariaLabel': t('flow.wayHint'),
      }}
    >
      <Background gap={22} color="var(--lk-line-strong)" />
      <MiniMap
        className={classes.map ?? ''}
        position="bottom-right"
        style={{ width: 150, height: 96 }}
        pannable
        zoomable
        nodeColor={(n) => ((n as CardNode).data.problems.length > 0 ? 'var(--lk-bad)' : 'var(--lk-quiet)')}
        maskColor="color-mix(in srgb, var(--lk-ground) 75%, transparent)"
        bgColor="var(--lk-surface)"
      />
      <Panel position="bottom-left" className={classes.zoom ?? ''}>
        {(
          [
            ['plus', 'flow.zoomIn', () => flow.zoomIn()],
            ['minus', 'flow.zoomOut', () => flow.zoomOut()],
            ['fit', 'flow.fit', () => flow.fitView({ maxZoom: 1, padding: 0.12 })],
          ] as const
        ).map(([icon, label, run]) => (
          <Tooltip key={icon} label={t(label)}>
            <ActionIcon variant="default" size={30} aria-label={t(label)} onClick={() => void run()}>
              <Icon name={icon} size={16} />
            </ActionIcon>
          </Tooltip>
        ))}
      </Panel>
    </ReactFlow>
  )
}

/** The drawing: cards with their ways out, to be moved and connected. */
export function Canvas() {
  return (
    <div className={classes.canvas} data-testid="flow-canvas">
      <ReactFlowProvider>
        <Drawing />
      </ReactFlowProvider>
    </div>
  )
}
