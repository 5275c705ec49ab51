import { Button } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import { useT } from '../app/hooks.tsx'
import type { WorkView } from '../wire/desk.gen.ts'

const CallLaterForm = lazy(async () => ({ default: (await import('./CallLaterForm.tsx')).CallLaterForm }))

/** Promises the customer in hand a call at a time, as the agent's own or everybody's. */
export function CallLater({ work }: { work: WorkView }) {
  const t = useT()
  const [open, setOpen] = useState(false)
  if (work.channel !== 'voice' || work.customerAddress === '' || work.part !== 'agent') return null
  if (work.phase !== 'connected' && work.phase !== 'wrapping_up') return null
  return (
    <>
      <Button variant="default" onClick={() => setOpen(true)} data-testid="call-later">
        {t('callLater.open')}
      </Button>
      <Suspense>{open && <CallLaterForm work={work} onClose={() => setOpen(false)} />}</Suspense>
    </>
  )
}
