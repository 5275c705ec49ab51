import { useQuery } from '@tanstack/react-query'
import { useLanguage, useT } from '../app/hooks.tsx'
import { named } from '../parts/names.ts'
import { Mark } from '../ui/Mark.tsx'
import { api } from '../wire/api.ts'
import type { Skill } from '../wire/model.ts'

interface Lack {
  lackSkill: string
  lackLevel: number
}

/** Why nobody who serves a queue can take a customer, in words. */
function useLack() {
  const t = useT()
  const language = useLanguage()
  const { data = [] } = useQuery({ queryKey: ['set-up', 'skills'], queryFn: () => api.list<Skill>('skills') })
  return ({ lackSkill, lackLevel }: Lack, staff: number) => {
    if (staff === 0) return t('board.unserved.none')
    const skill = data.find((s) => s.id === lackSkill)
    if (skill === undefined) return t('board.unserved.several')
    return t('board.unserved.skill', { skill: named(skill.names, language) || skill.key, level: lackLevel })
  }
}

/** What is said where nobody can take somebody in line; nothing where somebody can. */
export function Unserved({ of, staff }: { of: Lack; staff: number }) {
  const lack = useLack()
  return (
    <Mark tone="bad" icon="warn">
      <span data-testid="unserved">{lack(of, staff)}</span>
    </Mark>
  )
}
