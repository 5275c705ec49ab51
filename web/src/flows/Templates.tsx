import { useQuery } from '@tanstack/react-query'
import { useId, useMemo } from 'react'
import { useLanguage } from '../app/hooks.tsx'
import { type FlowTranslate, flowWord } from '../i18n/flows.ts'
import { api } from '../wire/api.ts'
import { cardHeight, cardWidth } from './arrange.ts'
import { freshProgram, type Kinds, type Program, targets } from './program.ts'
import classes from './templates.module.css'
import { kindsOf, templatesOf } from './templates.ts'

interface Props {
  t: FlowTranslate
  /** Key of the chosen one; empty: none. */
  value: string
  onChange(key: string, program: Program): void
}

/** What a new flow begins with: nothing, or a program that comes along, told and sketched. */
export function Templates({ t, value, onChange }: Props) {
  const language = useLanguage()
  const group = useId()
  const table = useQuery({ queryKey: ['flow-kinds'], queryFn: api.flowKinds, staleTime: 300_000 })
  const [kinds, all] = useMemo(() => {
    if (table.data === undefined) return [new Map() as Kinds, []]
    const known = kindsOf(table.data)
    return [known, templatesOf(table.data, known, language)]
  }, [table.data, language])
  const choices = [
    { key: '', name: t('flow.beginEmpty'), about: t('flow.beginEmptyDoc'), program: freshProgram() },
    ...all.map((m) => ({ ...m, about: flowWord(t, 'beginDoc', m.key) ?? m.program.comment ?? '' })),
  ]
  return (
    <fieldset className={classes.templates} data-testid="templates">
      <legend>{t('flow.begin')}</legend>
      {choices.map((c) => (
        <label key={c.key} data-chosen={c.key === value || undefined}>
          <input
            type="radio"
            name={group}
            checked={c.key === value}
            onChange={() => onChange(c.key, c.program)}
            data-testid={`template-${c.key || 'empty'}`}
          />
          <span>
            <b>{c.name}</b>
            <small>{c.about}</small>
          </span>
          <Sketch program={c.program} kinds={kinds} />
        </label>
      ))}
    </fieldset>
  )
}

const rim = 20

/** How a program is drawn, too small to be read: its nodes and the ways between them. */
function Sketch({ program, kinds }: { program: Program; kinds: Kinds }) {
  const cards = Object.keys(program.nodes).map((id, i) => {
    const at = program.layout?.[id] ?? { x: i * cardWidth * 1.4, y: 0 }
    return { id, ...at, height: cardHeight(program, id, kinds) }
  })
  const left = Math.min(...cards.map((c) => c.x)) - rim
  const top = Math.min(...cards.map((c) => c.y)) - rim
  const width = Math.max(...cards.map((c) => c.x)) + cardWidth + rim - left
  const height = Math.max(...cards.map((c) => c.y + c.height)) + rim - top
  const lines = cards.flatMap((from) => {
    const node = program.nodes[from.id]
    const goals = node === undefined ? [] : targets(node)
    return cards.filter((to) => goals.includes(to.id)).map((to) => ({ from, to }))
  })
  return (
    <svg viewBox={`${left} ${top} ${width} ${height}`} className={classes.sketch} aria-hidden="true">
      {lines.map(({ from, to }) => {
        const [x1, y1] = [from.x + cardWidth, from.y + from.height / 2]
        const y2 = to.y + to.height / 2
        const reach = Math.max(60, Math.abs(to.x - x1) / 2)
        const path = `M ${x1} ${y1} C ${x1 + reach} ${y1} ${to.x - reach} ${y2} ${to.x} ${y2}`
        return <path key={`${from.id} ${to.id}`} d={path} />
      })}
      {cards.map((c) => (
        <rect key={c.id} x={c.x} y={c.y} width={cardWidth} height={c.height} rx="14" />
      ))}
    </svg>
  )
}
