import type { AgentView, QueueView } from '../wire/desk.gen.ts'

/** The projects of queues, by name. */
export const projectsOf = (queues: readonly QueueView[]): string[] =>
  [...new Set(queues.map((q) => q.project))].toSorted()

/**
 * What a board shows that is narrowed to a project: its queues and who serves any of them. A project that has no queue,
 * such as one whose name has changed, narrows nothing.
 */
export function within(project: string, queues: readonly QueueView[], agents: readonly AgentView[]) {
  const own = queues.filter((q) => q.project === project)
  if (own.length === 0) return { queues: [...queues], agents: [...agents] }
  const ids = new Set(own.map((q) => q.queue))
  return { queues: own, agents: agents.filter((a) => a.queues?.some((q) => ids.has(q)) === true) }
}
