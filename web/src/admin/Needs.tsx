import { Button, NumberInput, Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useT } from '../app/hooks.tsx'
import { Icon } from '../ui/Icon.tsx'
import { api } from '../wire/api.ts'
import type { Relaxation, SkillNeed, User } from '../wire/model.ts'
import classes from './admin.module.css'
import { nobodyHas } from './needs.ts'
import { useSkills } from './SkillLevels.tsx'

interface Props {
  value: SkillNeed[]
  /** Ids of who serves the queue. */
  agents: readonly string[]
  fault: string | undefined
  onChange(value: SkillNeed[]): void
}

/** The skills a queue's customers ask for: how much of each, and what will do after a wait. */
export function Needs({ value, agents, fault, onChange }: Props) {
  const t = useT()
  const skills = useSkills()
  const users = useQuery({ queryKey: ['set-up', 'users'], queryFn: () => api.list<User>('users') })
  const put = (at: number, change: Partial<SkillNeed>) =>
    onChange(value.map((n, i) => (i === at ? { ...n, ...change } : n)))
  const free = skills.filter((s) => !value.some((n) => n.skillId === s.id))
  const nameOf = (id: string) => skills.find((s) => s.id === id)?.name ?? id
  const first = free[0]
  return (
    <fieldset className={classes.group} data-testid="field-needs">
      <legend>{t('routing.needs')}</legend>
      <p className={classes.note}>{t(skills.length === 0 ? 'routing.noSkills' : 'routing.needsHint')}</p>
      {value.map((n, i) => {
        const steps = n.relax ?? []
        const name = nameOf(n.skillId)
        const lacking = users.data === undefined ? false : nobodyHas(n, agents, users.data)
        const step = (at: number, change: Partial<Relaxation>) =>
          put(i, { relax: steps.map((s, k) => (k === at ? { ...s, ...change } : s)) })
        const last = steps.at(-1)
        return (
          <div key={n.skillId} className={classes.need} data-testid={`need-${i}`}>
            <div className={classes.bar}>
              <Select
                label={t('routing.skill')}
                data={[{ value: n.skillId, label: name }, ...free.map((s) => ({ value: s.id, label: s.name }))]}
                value={n.skillId}
                allowDeselect={false}
                searchable={skills.length > 8}
                onChange={(v) => put(i, { skillId: v ?? '' })}
              />
              <NumberInput
                label={t('routing.atLeast')}
                value={n.level}
                min={0}
                max={10}
                allowDecimal={false}
                w={150}
                onChange={(v) => put(i, { level: Number(v) || 0 })}
                data-testid={`need-level-${i}`}
              />
              <Button
                variant="subtle"
                color="red"
                leftSection={<Icon name="trash" size={16} />}
                aria-label={`${t('common.delete')}: ${name}`}
                onClick={() => onChange(value.filter((_, at) => at !== i))}
              >
                {t('common.delete')}
              </Button>
            </div>
            {n.level === 0 && <p className={classes.note}>{t('routing.preferred')}</p>}
            {steps.map((s, k) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: steps have nothing else that tells them apart
              <div key={k} className={classes.bar}>
                <NumberInput
                  label={t('routing.afterSeconds')}
                  value={s.afterMs / 1000}
                  min={1}
                  w={150}
                  onChange={(v) => step(k, { afterMs: Math.round(Number(v) * 1000) })}
                  data-testid={`need-${i}-after-${k}`}
                />
                <NumberInput
                  label={t('routing.willDo')}
                  value={s.level}
                  min={0}
                  max={10}
                  allowDecimal={false}
                  w={190}
                  onChange={(v) => step(k, { level: Number(v) || 0 })}
                  data-testid={`need-${i}-relaxed-${k}`}
                />
                <Button
                  variant="subtle"
                  color="red"
                  aria-label={`${t('common.delete')}: ${name}, ${t('routing.afterSeconds')} ${s.afterMs / 1000}`}
                  onClick={() => put(i, { relax: steps.filter((_, at) => at !== k) })}
                >
                  {t('common.delete')}
                </Button>
              </div>
            ))}
            {n.level > 0 && (last === undefined || last.level > 0) && steps.length < 10 && (
              <Button
                variant="default"
                size="xs"
                onClick={() =>
                  put(i, {
                    relax: [
                      ...steps,
                      { afterMs: (last?.afterMs ?? 0) + 20_000, level: Math.max(0, (last?.level ?? n.level) - 3) },
                    ],
                  })
                }
                data-testid={`need-${i}-relax`}
              >
                {t('routing.relax')}
              </Button>
            )}
            {lacking && (
              <p role="status" className={classes.error} data-testid={`need-${i}-nobody`}>
                {t(n.level > 0 ? 'routing.nobody' : 'routing.nobodyPreferred', { skill: name, level: String(n.level) })}
              </p>
            )}
          </div>
        )
      })}
      <div role="alert">{fault !== undefined && <p className={classes.error}>{fault}</p>}</div>
      {first !== undefined && (
        <Button
          variant="default"
          mt={10}
          onClick={() => onChange([...value, { skillId: first.id, level: 1 }])}
          data-testid="add-need"
        >
          {t('routing.addNeed')}
        </Button>
      )}
    </fieldset>
  )
}
