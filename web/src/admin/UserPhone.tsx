import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useMe } from '../app/hooks.tsx'
import { SipPhones } from '../parts/SipPhones.tsx'
import { api } from '../wire/api.ts'

/** The SIP phones of a user, beside his form. */
export function UserPhone({ id }: { id: string }) {
  const me = useMe()
  const queries = useQueryClient()
  const key = ['user-phone', id]
  const shown = useQuery({ queryKey: key, queryFn: () => api.userPhone(id), refetchInterval: 5000 })
  if (shown.data === undefined) return null
  if (!me.permissions.includes('manage_access')) return <SipPhones account={shown.data} />
  return (
    <SipPhones
      account={shown.data}
      renew={async () => {
        const made = await api.renewPhoneSecret(id)
        await queries.invalidateQueries({ queryKey: key })
        return made
      }}
      revoke={async () => {
        await api.revokePhoneSecret(id)
        await queries.invalidateQueries({ queryKey: key })
      }}
    />
  )
}
