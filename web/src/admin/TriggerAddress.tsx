import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useApp, useT } from '../app/hooks.tsx'
import { refusalText } from '../i18n/said.ts'
import { Copy } from '../parts/Copy.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Mark } from '../ui/Mark.tsx'
import { api } from '../wire/api.ts'
import type { Trigger } from '../wire/model.ts'
import classes from './admin.module.css'

/** A web hook's address: made here, shown once, voided by the next. */
export function TriggerAddress({ trigger }: { trigger: Trigger }) {
  const t = useT()
  const app = useApp()
  const queries = useQueryClient()
  const [has, setHas] = useState(trigger.hasAddress)
  const [asking, setAsking] = useState(false)
  const [busy, setBusy] = useState(false)
  const [made, setMade] = useState('')
  const make = async () => {
    setBusy(true)
    try {
      const { path } = await api.newTriggerAddress(trigger.id)
      setMade(location.origin + path)
      setHas(true)
      await queries.invalidateQueries({ queryKey: ['set-up', 'triggers'], exact: true })
    } catch (e) {
      app.toast(refusalText(t, e), { tone: 'bad' })
    } finally {
      setAsking(false)
      setBusy(false)
    }
  }
  return (
    <fieldset className={`${classes.whole} ${classes.group}`} data-testid="trigger-address">
      <legend>{t('triggers.address')}</legend>
      {has ? (
        <p className={classes.note}>{t('triggers.addressKept')}</p>
      ) : (
        <Mark tone="warning" icon="warn">
          {t('triggers.addressNone')}
        </Mark>
      )}
      <div className={classes.bar}>
        <Button
          variant="default"
          loading={busy && !asking}
          onClick={() => (has ? setAsking(true) : void make())}
          data-testid="make-address"
        >
          {t(has ? 'triggers.newAddress' : 'triggers.makeAddress')}
        </Button>
      </div>
      {asking && (
        <Dialog
          opened
          onClose={() => setAsking(false)}
          title={t('triggers.newAddressTitle', { name: trigger.name })}
          closeLabel={t('common.close')}
          testId="renew-address"
        >
          <p>{t('triggers.newAddressSure')}</p>
          <div className={classes.bar}>
            <Button color="red" loading={busy} onClick={() => void make()} data-testid="renew-sure">
              {t('triggers.newAddress')}
            </Button>
            <Button variant="default" onClick={() => setAsking(false)} data-autofocus>
              {t('common.cancel')}
            </Button>
          </div>
        </Dialog>
      )}
      {made !== '' && <Made name={trigger.name} address={made} onClose={() => setMade('')} />}
    </fieldset>
  )
}

function Made({ name, address, onClose }: { name: string; address: string; onClose(): void }) {
  const t = useT()
  return (
    <Dialog
      opened
      onClose={onClose}
      closeOnEscape={false}
      title={t('triggers.addressMade', { name })}
      closeLabel={t('common.close')}
      testId="made-address"
    >
      <div className={classes.stacked}>
        <p role="status">{t('triggers.addressOnce')}</p>
        <div className={classes.bar}>
          <code className={classes.secret} data-testid="address">
            {address}
          </code>
          <Copy value={address} />
        </div>
        <p className={classes.note}>{t('triggers.addressHow')}</p>
        <code className={classes.secret}>{"curl -X POST -H 'Content-Type: application/json' -d '{}' …"}</code>
        <Button onClick={onClose} data-testid="address-done">
          {t('triggers.addressDone')}
        </Button>
      </div>
    </Dialog>
  )
}
