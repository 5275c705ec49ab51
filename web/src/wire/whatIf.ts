import { request } from './http.ts'
import type { WhatIf, WhatIfAsked, WhatIfStart } from './model.ts'

const one = (which: string) => `/simulations/${encodeURIComponent(which)}`

/** Simulations of past days, beside the other requests so that they are loaded with their screen. */
export const whatIfs = {
  start: () => request<WhatIfStart>('GET', '/simulations/start'),
  play: (asked: WhatIfAsked) => request<WhatIf>('POST', '/simulations', {}, asked),
  /** Waits half a second for the end. */
  look: (which: string) => request<WhatIf>('GET', one(which)),
  stop: (which: string) => request<void>('DELETE', one(which)),
}
