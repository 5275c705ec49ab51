import { expect, test } from 'vitest'
import type { AgentView, QueueView } from '../wire/desk.gen.ts'
import { projectsOf, within } from './scope.ts'

const queue = (id: string, project: string) => ({ queue: id, project }) as QueueView
const agent = (id: string, queues: string[] | null) => ({ agent: id, queues }) as AgentView

const queues = [queue('taxi', 'Swift Taxi'), queue('sales', 'Neon'), queue('support', 'Neon')]
const agents = [agent('anna', ['sales', 'taxi']), agent('boris', ['taxi']), agent('nina', []), agent('vera', null)]

test('the projects by name, each once', () => {
  expect(projectsOf(queues)).toEqual(['Neon', 'Swift Taxi'])
})

test.each([
  ['Neon', ['sales', 'support'], ['anna']],
  ['Swift Taxi', ['taxi'], ['anna', 'boris']],
  ['', ['taxi', 'sales', 'support'], ['anna', 'boris', 'nina', 'vera']],
  ['no longer there', ['taxi', 'sales', 'support'], ['anna', 'boris', 'nina', 'vera']],
])('a board narrowed to %j', (project, ofQueues, ofAgents) => {
  const shown = within(project, queues, agents)
  expect(shown.queues.map((q) => q.queue)).toEqual(ofQueues)
  expect(shown.agents.map((a) => a.agent)).toEqual(ofAgents)
})
