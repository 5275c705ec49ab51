import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useNow, useT, useValue, useWorld } from '../app/hooks.tsx'
import { shortcutFor } from '../commands/all.ts'
import { hangUp } from '../commands/control.ts'
import { type Missing, warnedUntil } from '../state/ending.ts'
import { Icon } from '../ui/Icon.tsx'
import { api } from '../wire/api.ts'
import type { WorkView } from '../wire/desk.gen.ts'
import classes from './desk.module.css'

/**
 * What is missing for the end of the talk, above the button that was pressed: said while the customer can still be
 * asked. It stands on every screen, since calls can be ended on every screen.
 */
export function Lacking({ work }: { work: WorkView }) {
  const t = useT()
  const world = useWorld()
  const { desk } = world
  const now = useNow()
  const own = useValue(world.prefs).shortcuts
  const warned = useValue(desk.warned)
  useValue(desk.drafts.all)
  const list = useQuery({ queryKey: ['dispositions'], queryFn: api.dispositions, staleTime: 60_000 })
  useEffect(() => {
    if (list.data !== undefined) desk.outcomes.set(list.data)
  }, [list.data, desk])
  const current = warned?.interaction === work.interaction && now - warned.at < warnedUntil
  const lacking = current ? desk.missing(work) : []
  const words = (m: Missing) => {
    if (m.what === 'outcome') return t('call.lackOutcome')
    if (m.what === 'note') return t('errors.note_needed')
    return t(`${m.fault.key}Now`, { seconds: m.fault.seconds, now: m.fault.now })
  }
  const shortcut = shortcutFor(hangUp, own)
  const again = shortcut === '' ? t('call.endAnyway') : t('call.endAnywayKey', { key: shortcut })
  // Read once with each warning, and not again with each second of the talk.
  const said = useRef({ seq: 0, text: '' })
  if (current && said.current.seq !== warned.seq)
    said.current = { seq: warned.seq, text: [t('call.lacking'), ...lacking.map(words), again].join(' ') }
  return (
    <>
      <div role="alert" className="visuallyHidden">
        {lacking.length > 0 ? said.current.text : ''}
      </div>
      {lacking.length > 0 && (
        <div className={classes.lacking} data-testid="lacking">
          <Icon name="warn" />
          <ul aria-label={t('call.lacking')}>
            {lacking.map((m) => (
              <li key={m.what} data-lacks={m.what}>
                {words(m)}
              </li>
            ))}
          </ul>
          <span>{again}</span>
          {location.pathname !== '/desk' && (
            <Button size="compact-sm" variant="white" color="dark" onClick={() => world.go('/desk')}>
              {t('call.toOutcome')}
            </Button>
          )}
        </div>
      )}
    </>
  )
}
