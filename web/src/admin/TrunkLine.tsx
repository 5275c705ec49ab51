import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useT } from '../app/hooks.tsx'
import { wordFor } from '../i18n/language.ts'
import { Mark } from '../ui/Mark.tsx'
import { api } from '../wire/api.ts'
import { ApiError } from '../wire/http.ts'
import type { TrunkLine } from '../wire/model.ts'
import classes from './admin.module.css'

/** How all lines are now, asked again every few seconds while somebody looks. */
function useLine(id: string): TrunkLine | undefined {
  const lines = useQuery({ queryKey: ['trunk-lines'], queryFn: api.trunkLines, refetchInterval: 5000 })
  return lines.data?.find((l) => l.trunkId === id)
}

/** A trunk's state in a word. */
export function TrunkState({ id }: { id: string }) {
  const t = useT()
  const line = useLine(id)
  if (line === undefined || line.state === 'unknown')
    return (
      <Mark tone="quiet" icon="dot">
        {t('admin.lineUnknown')}
      </Mark>
    )
  if (line.state === 'up')
    return (
      <Mark tone="good" icon="check">
        {t('admin.lineUp')}
      </Mark>
    )
  return (
    <Mark tone="bad" icon="cross">
      {t('admin.lineDown')}
    </Mark>
  )
}

/** A trunk as it is now: state, registrations, calls, money; and a button that asks the carrier. */
export function TrunkLineNow({ id }: { id: string }) {
  const t = useT()
  const line = useLine(id)
  const [came, setCame] = useState('')
  const [busy, setBusy] = useState(false)
  const test = async () => {
    setBusy(true)
    try {
      const r = await api.testTrunk(id)
      const facts = [r.code === 0 ? '' : String(r.code), r.detail, r.address, r.server]
        .filter((s) => s !== '')
        .join(' · ')
      setCame(t(r.answered ? 'admin.testAnswered' : 'admin.testSilent', { facts, ms: r.tookMs }))
    } catch (problem) {
      setCame(wordFor(t, 'errors', problem instanceof ApiError ? problem.code : 'internal'))
    } finally {
      setBusy(false)
    }
  }
  return (
    <section className={classes.whole} aria-label={t('admin.lineNow')} data-testid="trunk-line">
      <p>
        <TrunkState id={id} /> {line?.detail} {line !== undefined && t('admin.lineCalls', { count: line.calls })}
      </p>
      {line?.registrations.map((r) => (
        <p key={r.registrar}>
          {t(r.state === 'registered' ? 'admin.registeredAt' : 'admin.notRegisteredAt', { registrar: r.registrar })}{' '}
          {r.detail}
        </p>
      ))}
      {line?.spent.map((s) => (
        <p key={s.rate}>{t('admin.spent', { rate: s.rate, spent: s.spent.toFixed(2), limit: s.limit.toFixed(2) })}</p>
      ))}
      <Button variant="default" onClick={test} loading={busy} data-testid="test-trunk">
        {t('admin.testTrunk')}
      </Button>
      <p role="status">{came}</p>
    </section>
  )
}
