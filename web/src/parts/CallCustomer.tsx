import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useMe, useT, useValue, useWorld } from '../app/hooks.tsx'
import { phoneNumber } from '../i18n/format.ts'
import { onDuty } from '../state/rights.ts'
import { Icon } from '../ui/Icon.tsx'
import { api } from '../wire/api.ts'

/** Opens the dialog for calling a customer, with his numbers; nothing for who calls nobody or has a call in hand. */
export function CallCustomer({ id, name, address }: { id: string; name: string; address: string }) {
  const t = useT()
  const me = useMe()
  const world = useWorld()
  const live = useValue(world.desk.live)
  const may = address !== '' && onDuty(me, live) && live.work.length === 0
  const customer = useQuery({ queryKey: ['customer', id], queryFn: () => api.customer(id), enabled: may && id !== '' })
  if (!may) return null
  const whom = name === '' ? phoneNumber(address) : name
  const others = (customer.data?.numbers ?? []).filter((n) => n !== address)
  return (
    <Button
      size="compact-sm"
      variant="default"
      leftSection={<Icon name="phone" size={15} />}
      onClick={() => {
        world.callee.set({ name: whom, numbers: [address, ...others] })
        world.panels.update((p) => ({ ...p, dial: true }))
      }}
      data-testid="call-customer"
    >
      {t('dial.callWhom', { name: whom })}
    </Button>
  )
}
