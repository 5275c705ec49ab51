import * as audit from './audit.ts'
import { core } from './core.ts'
import * as reading from './reading.ts'
import { setUp } from './setUp.ts'

export const ru = { ...core, ...reading, ...audit, ...setUp }
