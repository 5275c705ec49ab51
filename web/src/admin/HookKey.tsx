import { Button } from '@mantine/core'
import { useState } from 'react'
import { useApp, useT } from '../app/hooks.tsx'
import { refusalText } from '../i18n/said.ts'
import { Copy } from '../parts/Copy.tsx'
import { api } from '../wire/api.ts'
import classes from './admin.module.css'

/** The key by which a program knows that an alert comes from here; shown when it is asked for. */
export function HookKey({ address }: { address: string }) {
  const t = useT()
  const app = useApp()
  const [shown, setShown] = useState({ address: '', key: '' })
  if (!/^https?:\/\/[^/]/.test(address)) return null
  const show = () =>
    api.hookKey(address).then(
      ({ key }) => setShown({ address, key }),
      (problem: unknown) => app.toast(refusalText(t, problem), { tone: 'bad' }),
    )
  return (
    <fieldset className={`${classes.whole} ${classes.group}`} data-testid="hook-key">
      <legend>{t('alertRules.keyTitle')}</legend>
      <p className={classes.note}>{t('alertRules.keyHint')}</p>
      {shown.address === address ? (
        <p className={classes.bar}>
          <code data-testid="hook-key-text">{shown.key}</code>
          <Copy value={shown.key} />
        </p>
      ) : (
        <Button variant="default" onClick={() => void show()} data-testid="hook-key-show">
          {t('alertRules.keyShow')}
        </Button>
      )}
    </fieldset>
  )
}
