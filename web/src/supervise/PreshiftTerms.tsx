import { Button, NumberInput, Select, TextInput } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useT } from '../app/hooks.tsx'
import { Icon } from '../ui/Icon.tsx'
import { api } from '../wire/api.ts'
import type { ChecklistItem, ShiftTerms } from '../wire/model.ts'
import { Sent } from './PreshiftDialogs.tsx'
import classes from './supervise.module.css'

interface Props {
  onClose(): void
}

/** What is asked before a shift. */
export function TermsDialog({ onClose }: Props) {
  const { data } = useQuery({ queryKey: ['shift-terms'], queryFn: api.shiftTerms })
  return data === undefined ? null : <Terms onClose={onClose} before={data} />
}

function Terms({ onClose, before }: Props & { before: ShiftTerms }) {
  const t = useT()
  const client = useQueryClient()
  const [terms, setTerms] = useState(before)
  const demand = (field: 'check' | 'checklist') => (
    <Select
      label={t(`preshift.term.${field}`)}
      data={(['block', 'warn', 'off'] as const).map((value) => ({ value, label: t(`preshift.demand.${value}`) }))}
      value={terms[field]}
      allowDeselect={false}
      onChange={(v) => setTerms((all) => ({ ...all, [field]: v ?? 'off' }))}
      data-testid={`term-${field}`}
    />
  )
  const figure = (
    field: 'holdsH' | 'earlyMin' | 'absentMin' | 'mostNoise' | 'leastScore',
    min: number,
    max: number,
    by = 1,
  ) => (
    <NumberInput
      label={t(`preshift.term.${field}`)}
      min={min}
      max={max}
      allowDecimal={by !== 1}
      step={by === 1 ? 1 : 0.1}
      value={terms[field] / by}
      onChange={(v) => setTerms((all) => ({ ...all, [field]: Math.round(Number(v) * by) }))}
      data-testid={`term-${field}`}
    />
  )
  return (
    <Sent
      title={t('preshift.terms')}
      testId="preshift-terms-dialog"
      save={t('board.lead.save')}
      onSend={async () => {
        await api.setShiftTerms(terms)
        await client.invalidateQueries({ queryKey: ['shift-terms'] })
      }}
      onClose={onClose}
    >
      {demand('check')}
      {figure('mostNoise', -90, 0)}
      {figure('leastScore', 0, 4.5, 100)}
      {demand('checklist')}
      {figure('holdsH', 1, 48)}
      {figure('earlyMin', 0, 240)}
      {figure('absentMin', 0, 480)}
    </Sent>
  )
}

/** The list of what agents look after at their workplaces. */
export function ChecklistDialog({ onClose }: Props) {
  const { data } = useQuery({ queryKey: ['checklist'], queryFn: api.checklist })
  return data === undefined ? null : <List onClose={onClose} before={data} />
}

const languages = ['en', 'ru', 'th'] as const
type Row = ChecklistItem & { row: number }

/** A key nobody has to think of. */
function newKey(items: readonly ChecklistItem[]): string {
  let n = items.length + 1
  while (items.some((i) => i.key === `item${n}`)) n++
  return `item${n}`
}

function List({ onClose, before }: Props & { before: ChecklistItem[] }) {
  const t = useT()
  const client = useQueryClient()
  const [items, setItems] = useState<Row[]>(() => before.map((i, row) => ({ ...i, row })))
  const change = (row: number, with_: (i: Row) => Row) =>
    setItems((all) => all.map((i) => (i.row === row ? with_(i) : i)))
  const add = () =>
    setItems((all) => [
      ...all,
      { key: newKey(all), part: 'start', texts: {}, row: Math.max(-1, ...all.map((i) => i.row)) + 1 },
    ])
  const send = async () => {
    await api.setChecklist(
      items.map(({ key, part, texts }) => ({
        key,
        part,
        texts: Object.fromEntries(Object.entries(texts).filter(([, text]) => text.trim() !== '')),
      })),
    )
    await client.invalidateQueries({ queryKey: ['checklist'] })
  }
  return (
    <Sent
      title={t('preshift.listEdit')}
      testId="preshift-list-dialog"
      save={t('board.lead.save')}
      onSend={send}
      onClose={onClose}
    >
      <p className={classes.hint}>{t('preshift.listText')}</p>
      {items.map((item, n) => (
        <fieldset key={item.row} className={classes.item} data-testid={`item-${n}`}>
          <legend>{t('preshift.item', { n: n + 1 })}</legend>
          <Select
            label={t('preshift.part')}
            data={(['start', 'end'] as const).map((value) => ({ value, label: t(`preshift.parts.${value}`) }))}
            value={item.part}
            allowDeselect={false}
            onChange={(v) => change(item.row, (i) => ({ ...i, part: v === 'end' ? 'end' : 'start' }))}
          />
          {languages.map((l) => (
            <TextInput
              key={l}
              label={t('preshift.textIn', { language: t(`words.language.${l}`) })}
              maxLength={200}
              value={item.texts[l] ?? ''}
              onChange={(e) => {
                const { value } = e.currentTarget
                change(item.row, (i) => ({ ...i, texts: { ...i.texts, [l]: value } }))
              }}
              data-testid={`item-${n}-${l}`}
            />
          ))}
          <Button
            variant="subtle"
            color="gray"
            onClick={() => setItems((all) => all.filter((i) => i.row !== item.row))}
            leftSection={<Icon name="cross" size={14} />}
            aria-label={t('preshift.removeItem', { n: n + 1 })}
          >
            {t('preshift.remove')}
          </Button>
        </fieldset>
      ))}
      <Button variant="default" onClick={add} data-testid="item-add">
        {t('preshift.addItem')}
      </Button>
    </Sent>
  )
}
