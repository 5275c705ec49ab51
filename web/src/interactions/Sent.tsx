import { useFormat, useT } from '../app/hooks.tsx'
import { phoneNumber } from '../i18n/format.ts'
import { Section } from '../ui/Page.tsx'
import { type Column, Table } from '../ui/Table.tsx'
import type { SentMessage } from '../wire/model.ts'

/** E-mail and SMS that flows have sent, and what became of each. */
export function Sent({ sent }: { sent: SentMessage[] }) {
  const t = useT()
  const format = useFormat()
  const columns: Column<SentMessage>[] = [
    {
      key: 'to',
      title: t('interactions.sentTo'),
      names: true,
      cell: (m) => `${t(`interactions.sentWay.${m.way}`)}, ${m.way === 'sms' ? phoneNumber(m.to) : m.to}`,
    },
    { key: 'at', title: t('interactions.sentAt'), cell: (m) => format.dateTime(m.endedMs || m.createdMs) },
    {
      key: 'state',
      title: t('interactions.sentState'),
      cell: (m) => [t(`interactions.sentStates.${m.state}`), m.detail].filter((x) => x !== '').join(': '),
    },
    {
      key: 'text',
      title: t('interactions.sentText'),
      cell: (m) => (m.secret ? t('interactions.sentSecret') : [m.subject, m.text].filter((x) => x !== '').join(': ')),
    },
  ]
  return (
    <Section title={t('interactions.sent')}>
      <Table
        label={t('interactions.sent')}
        testId="sent"
        columns={columns}
        rows={sent}
        rowKey={(m) => `${m.createdMs} ${m.way} ${m.to}`}
        empty="–"
        compact
      />
    </Section>
  )
}
