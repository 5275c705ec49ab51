import { Button } from '@mantine/core'
import { useState } from 'react'
import { useFormat, useT } from '../app/hooks.tsx'
import { Table } from '../ui/Table.tsx'
import type { PhoneAccount, PhoneSecret } from '../wire/model.ts'
import { Copy } from './Copy.tsx'

interface Props {
  account: PhoneAccount
  /** Makes a new secret; missing: this user may not. */
  renew?: () => Promise<PhoneSecret>
  revoke?: () => Promise<void>
}

/** What SIP phones sign in with, and those that have. A new secret is shown once. */
export function SipPhones({ account, renew, revoke }: Props) {
  const t = useT()
  const format = useFormat()
  const [secret, setSecret] = useState('')
  const [busy, setBusy] = useState(false)
  const server = `${account.host === '' ? location.hostname : account.host}:${account.port}`
  const run = (what: () => Promise<void>) => {
    setBusy(true)
    what().finally(() => setBusy(false))
  }
  const rows = [
    { label: t('phones.server'), value: server },
    { label: t('phones.account'), value: account.account },
    ...(secret === '' ? [] : [{ label: t('phones.secret'), value: secret }]),
  ]
  return (
    <section aria-label={t('phones.title')} data-testid="sip-phones">
      <h2>{t('phones.title')}</h2>
      {account.account === '' ? (
        <p>{t('phones.none')}</p>
      ) : (
        <dl>
          {rows.map((r) => (
            <div key={r.label}>
              <dt>{r.label}</dt>
              <dd>
                <code>{r.value}</code> <Copy value={r.value} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      {secret !== '' && <p role="status">{t('phones.once')}</p>}
      {renew !== undefined && (
        <Button
          variant="default"
          disabled={busy}
          title={account.account === '' ? undefined : t('phones.renewHint')}
          onClick={() => run(async () => setSecret((await renew()).secret))}
          data-testid="renew-secret"
        >
          {t(account.account === '' ? 'phones.make' : 'phones.renew')}
        </Button>
      )}
      {revoke !== undefined && account.account !== '' && (
        <Button
          variant="subtle"
          color="red"
          disabled={busy}
          onClick={() =>
            run(async () => {
              await revoke()
              setSecret('')
            })
          }
          data-testid="revoke-secret"
        >
          {t('phones.revoke')}
        </Button>
      )}
      <h3>{t('phones.devices')}</h3>
      <Table
        label={t('phones.devices')}
        testId="phone-devices"
        rows={account.devices}
        rowKey={(d) => d.uri}
        empty={t('phones.noDevices')}
        columns={[
          { key: 'device', title: t('phones.device'), names: true, cell: (d) => (d.device === '' ? d.uri : d.device) },
          { key: 'address', title: t('phones.address'), cell: (d) => `${d.address} ${d.transport}` },
          { key: 'since', title: t('phones.since'), cell: (d) => format.dateTime(d.sinceMs) },
          { key: 'seen', title: t('phones.seen'), cell: (d) => format.dateTime(d.seenMs) },
        ]}
      />
    </section>
  )
}
