import type { SkillNeed, User } from '../wire/model.ts'

/** Whether none of these agents has the skill as it is asked for; what is only preferred, at all. */
export function nobodyHas(
  need: SkillNeed,
  agents: readonly string[],
  users: readonly Pick<User, 'id' | 'skills' | 'disabled'>[],
): boolean {
  return !users.some(
    (u) =>
      agents.includes(u.id) &&
      !u.disabled &&
      (u.skills ?? []).some((l) => l.skillId === need.skillId && l.level >= Math.max(1, need.level)),
  )
}
