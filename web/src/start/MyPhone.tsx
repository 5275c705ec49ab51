import { Button, Select, TextInput } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useApp, useT } from '../app/hooks.tsx'
import { wordFor } from '../i18n/language.ts'
import { SipPhones } from '../parts/SipPhones.tsx'
import { Page } from '../ui/Page.tsx'
import { api } from '../wire/api.ts'
import { ApiError } from '../wire/http.ts'
import type { MyPhone as Mine } from '../wire/model.ts'

/** What one is called on: chosen here if one may, and whether the SIP phone is there. */
export function MyPhone() {
  const t = useT()
  const mine = useQuery({ queryKey: ['my-phone'], queryFn: api.myPhone, refetchInterval: 5000 })
  return (
    <Page title={t('phones.mine')}>
      {mine.data === undefined ? <p>{t('common.loading')}</p> : <Choice mine={mine.data} />}
    </Page>
  )
}

function Choice({ mine }: { mine: Mine }) {
  const t = useT()
  const app = useApp()
  const queries = useQueryClient()
  const [phone, setPhone] = useState<string>(mine.phone)
  const [number, setNumber] = useState(mine.number)
  const [error, setError] = useState('')
  const save = async () => {
    setError('')
    try {
      await api.chooseMyPhone(phone, number)
      app.toast(t('common.saved'))
      location.reload() // the desk begins anew with the other phone
    } catch (problem) {
      setError(wordFor(t, 'errors', problem instanceof ApiError ? problem.code : 'internal'))
    }
  }
  const renew = async () => {
    const made = await api.renewMyPhoneSecret()
    await queries.invalidateQueries({ queryKey: ['my-phone'] })
    return made
  }
  return (
    <>
      {error !== '' && <p role="alert">{error}</p>}
      <Select
        label={t('admin.phone')}
        value={phone}
        disabled={!mine.chooses}
        allowDeselect={false}
        description={mine.chooses ? undefined : t('phones.fixed')}
        data={(['browser', 'sip', 'outside'] as const).map((p) => ({ value: p, label: t(`words.phone.${p}`) }))}
        onChange={(v) => setPhone(v ?? 'browser')}
        data-testid="my-phone-kind"
      />
      {phone === 'outside' && (
        <TextInput
          label={t('admin.phoneNumber')}
          description={t('admin.phoneNumberHint')}
          value={number}
          disabled={!mine.chooses}
          onChange={(e) => setNumber(e.currentTarget.value)}
          data-testid="my-phone-number"
        />
      )}
      {mine.chooses && (
        <Button onClick={() => void save()} mt="sm" data-testid="save-my-phone">
          {t('phones.save')}
        </Button>
      )}
      {mine.phone === 'sip' && mine.uri === '' && <SipPhones account={mine} renew={renew} />}
    </>
  )
}
