import { NumberInput, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, useRef, useState } from 'react'
import { useLanguage, useT } from '../app/hooks.tsx'
import { named } from '../parts/names.ts'
import { api } from '../wire/api.ts'
import type { Skill, SkillLevel } from '../wire/model.ts'
import classes from './admin.module.css'

/** All skills there are, by name in the user's language. */
export function useSkills(): (Skill & { name: string })[] {
  const language = useLanguage()
  const { data = [] } = useQuery({ queryKey: ['set-up', 'skills'], queryFn: () => api.list<Skill>('skills') })
  return data
    .map((s) => ({ ...s, name: named(s.names, language) || s.key }))
    .toSorted((a, b) => a.name.localeCompare(b.name, language))
}

/** The levels with one changed; 0: without the skill. */
export function withLevel(all: readonly SkillLevel[], skillId: string, level: number): SkillLevel[] {
  const others = all.filter((l) => l.skillId !== skillId)
  return level === 0 ? others : [...others, { skillId, level }]
}

/** What was typed as a level: above 10 the last digit counts, so that a digit replaces what stood there. */
export function levelTyped(typed: string | number): number {
  const n = Math.trunc(Number(typed)) || 0
  return n > 10 ? n % 10 : Math.max(0, n)
}

interface Props {
  value: SkillLevel[]
  fault: string | undefined
  onChange(value: SkillLevel[]): void
}

/** What an agent can do: every skill with its level in one table. Digits write a level, Enter and the tab key go on. */
export function SkillLevels({ value, fault, onChange }: Props) {
  const t = useT()
  const all = useSkills()
  const [find, setFind] = useState('')
  const box = useRef<HTMLFieldSetElement>(null)
  const shown = all.filter((s) => `${s.name} ${s.key}`.toLowerCase().includes(find.trim().toLowerCase()))
  const next = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key !== 'Enter') return
    event.preventDefault() // goes to the next level, and does not save the form
    const inputs = [...(box.current?.querySelectorAll<HTMLInputElement>('table input') ?? [])]
    const to = inputs[inputs.indexOf(event.target as HTMLInputElement) + (event.shiftKey ? -1 : 1)]
    to?.focus()
    to?.select()
  }
  return (
    <fieldset className={classes.group} data-testid="field-skills" ref={box}>
      <legend>{t('routing.skills')}</legend>
      <p className={classes.note}>{t(all.length === 0 ? 'routing.noSkills' : 'routing.skillsHint')}</p>
      {all.length > 12 && (
        <TextInput
          aria-label={t('admin.find')}
          placeholder={t('admin.find')}
          value={find}
          onChange={(e) => setFind(e.currentTarget.value)}
        />
      )}
      {all.length > 0 && (
        <table className={classes.levels}>
          <thead>
            <tr>
              <th scope="col">{t('routing.skill')}</th>
              <th scope="col">{t('routing.level')}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((s) => {
              const level = value.find((l) => l.skillId === s.id)?.level ?? 0
              return (
                <tr key={s.id} data-has={level > 0}>
                  <th scope="row">{s.name}</th>
                  <td>
                    <NumberInput
                      aria-label={`${s.name}: ${t('routing.level')}`}
                      value={level === 0 ? '' : level}
                      min={0}
                      max={10}
                      clampBehavior="none"
                      allowDecimal={false}
                      allowNegative={false}
                      placeholder="–"
                      size="xs"
                      onFocus={(e) => e.currentTarget.select()}
                      onKeyDown={next}
                      onChange={(v) => onChange(withLevel(value, s.id, levelTyped(v)))}
                      data-testid={`level-${s.key}`}
                    />
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      )}
      <div role="alert">{fault !== undefined && <p className={classes.error}>{fault}</p>}</div>
    </fieldset>
  )
}
