import { admin } from './admin.ts'
import { alertRules } from './alertRules.ts'
import { plugins } from './plugins.ts'
import { hours, prompts } from './prompts.ts'
import { routing } from './routing.ts'
import { start } from './start.ts'
import { tokens } from './tokens.ts'
import { triggers } from './triggers.ts'

/** What set-up, the first steps, one's own phone and password say. */
export const setUp = { admin, alertRules, hours, plugins, prompts, routing, start, tokens, triggers }
