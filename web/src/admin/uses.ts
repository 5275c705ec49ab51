import type { Translate } from '../i18n/language.ts'
import { refusalText } from '../i18n/said.ts'
import type { TextKey } from '../i18n/texts.ts'
import { ApiError, type Use } from '../wire/http.ts'

/** Who needs a thing: entry point “Main”, flow “Menu” (step line). Each once, a flow with its steps. */
export function usersOf(t: Translate, uses: readonly Use[]): string {
  const steps = new Map<string, { use: Use; nodes: string[] }>()
  for (const use of uses) {
    const at = `${use.kind} ${use.id}`
    const known = steps.get(at) ?? { use, nodes: [] }
    if (use.node !== '' && !known.nodes.includes(use.node)) known.nodes.push(use.node)
    steps.set(at, known)
  }
  return [...steps.values()]
    .map(({ use, nodes }) => {
      const name = use.name === '' ? use.key : use.name
      const known = t(`admin.needs.${use.kind}` as TextKey, { name })
      const said = known.startsWith('admin.') ? name : known
      return nodes.length === 0 ? said : t('admin.needingSteps', { use: said, steps: nodes.join(', ') })
    })
    .join(', ')
}

/** Why the server refused, in the user's language; with who needs the thing, if that is why. */
export function refusalOf(t: Translate, problem: unknown): string {
  if (!(problem instanceof ApiError) || problem.uses.length === 0) return refusalText(t, problem)
  return t('admin.inUse', { users: usersOf(t, problem.uses) })
}
