import * as audit from './audit.ts'
import { core } from './core.ts'
import { reading } from './reading.ts'
import * as refusals from './refusals.ts'
import { setUp } from './setUp.ts'

export const en = { ...core, ...reading, ...audit, ...setUp, ...refusals }
