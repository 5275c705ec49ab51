import { ActionIcon, Textarea, TextInput } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useApp, useFormat, useLanguage, useT } from '../app/hooks.tsx'
import { maskedNumber, phoneNumber } from '../i18n/format.ts'
import { wordFor } from '../i18n/language.ts'
import type { TextKey } from '../i18n/texts.ts'
import { named } from '../parts/names.ts'
import { Icon } from '../ui/Icon.tsx'
import { Facts } from '../ui/Page.tsx'
import { api } from '../wire/api.ts'
import type { WorkView } from '../wire/desk.gen.ts'
import { ApiError } from '../wire/http.ts'
import type { Customer } from '../wire/model.ts'
import classes from './desk.module.css'

/** A number with its middle hidden until somebody needs it. */
export function NumberText({ address }: { address: string }) {
  const t = useT()
  const [open, setOpen] = useState(false)
  if (address === '') return <span>{t('common.withheld')}</span>
  const hidden = maskedNumber(address)
  return (
    <span className={classes.number}>
      {open ? phoneNumber(address) : hidden}
      {hidden !== address && (
        <ActionIcon
          size="sm"
          variant="subtle"
          color="gray"
          aria-label={open ? t('common.hideNumber') : t('common.showNumber')}
          aria-pressed={open}
          onClick={() => setOpen(!open)}
        >
          <Icon name="eye" size={15} />
        </ActionIcon>
      )}
    </span>
  )
}

function Editing({ customer }: { customer: Customer }) {
  const t = useT()
  const app = useApp()
  const queries = useQueryClient()
  const [name, setName] = useState(customer.name)
  const [note, setNote] = useState(customer.note)
  const [problem, setProblem] = useState<Record<string, string>>({})
  const save = async () => {
    const change = {
      ...(name === customer.name ? {} : { name }),
      ...(note === customer.note ? {} : { note }),
    }
    if (Object.keys(change).length === 0) return
    try {
      queries.setQueryData(['customer', customer.id], await api.changeCustomer(customer.id, change))
      setProblem({})
      app.toast(t('desk.savedCustomer'))
    } catch (error) {
      const faults = error instanceof ApiError ? error.fields : []
      setProblem(Object.fromEntries(faults.map((f) => [f.field, wordFor(t, 'rules', f.rule)])))
      const code = error instanceof ApiError ? error.code : 'internal'
      app.toast(wordFor(t, 'errors', code), {
        tone: 'bad',
        action: { label: t('common.retry'), run: () => void save() },
      })
    }
  }
  return (
    <>
      <TextInput
        label={t('desk.customerName')}
        value={name}
        error={problem.name}
        onChange={(e) => setName(e.currentTarget.value)}
        onBlur={save}
        autoComplete="off"
        data-testid="customer-name"
      />
      <Textarea
        label={t('desk.customerNote')}
        description={t('desk.customerNoteHint')}
        value={note}
        error={problem.note}
        onChange={(e) => setNote(e.currentTarget.value)}
        onBlur={save}
        autosize
        minRows={2}
        maxRows={6}
        data-testid="customer-note"
      />
    </>
  )
}

/** Who it is and what happened before. */
export function CustomerCard({ work }: { work: WorkView }) {
  const t = useT()
  const format = useFormat()
  const language = useLanguage()
  const queries = useQueryClient()
  const id = work.customer
  const customer = useQuery({ queryKey: ['customer', id], queryFn: () => api.customer(id), enabled: id !== '' })
  const earlier = useQuery({
    queryKey: ['customer-interactions', id],
    queryFn: () => api.customerInteractions(id),
    enabled: id !== '',
  })
  const { phase } = work
  useEffect(() => {
    // What was just finished belongs to the history of the next call.
    if (phase === 'offered') void queries.invalidateQueries({ queryKey: ['customer-interactions', id] })
  }, [phase, id, queries])
  const facts = [
    { name: t('desk.queue'), value: work.queueName },
    { name: t('desk.project'), value: work.projectName },
    { name: t('desk.dialed'), value: `${work.entryName} · ${phoneNumber(work.centerAddress)}` },
    { name: t('desk.speaks'), value: wordFor(t, 'words.language', work.language) },
  ]
  const before = (earlier.data?.items ?? []).filter((i) => i.id !== work.interaction)
  const name = customer.data?.name || work.customerName
  return (
    <>
      <section className={classes.card} aria-label={t('desk.customer')} data-testid="customer" data-customer={id}>
        <h2>{t('desk.customer')}</h2>
        {phase !== 'offered' && (
          <p className={classes.who} data-testid="customer-who">
            {name || t('desk.unknownCustomer')}
          </p>
        )}
        <div className={classes.form}>
          {phase !== 'offered' && <NumberText address={work.customerAddress} />}
          <Facts facts={facts.filter((f) => f.value !== '')} />
          {customer.data !== undefined && <Editing key={customer.data.id} customer={customer.data} />}
          {customer.isError && <p role="alert">{t('errors.loading')}</p>}
        </div>
      </section>
      <section className={classes.card} aria-label={t('desk.earlier')} data-testid="earlier">
        <h2>{t('desk.earlier')}</h2>
        {earlier.isLoading && <p className={classes.quiet}>{t('common.loading')}</p>}
        {earlier.isError && <p role="alert">{t('errors.loading')}</p>}
        {!earlier.isLoading && before.length === 0 && <p className={classes.quiet}>{t('desk.noEarlier')}</p>}
        <ul className={classes.timeline}>
          {before.map((i) => (
            <li key={i.id}>
              <time dateTime={new Date(i.arrivedMs).toISOString()}>{format.dateTime(i.arrivedMs)}</time>
              <div>
                <b>{named(i.disposition, language) || t(`words.outcome.${i.outcome}` as TextKey)}</b>
                {` · ${i.queueName || i.entryName}${i.agentName === '' ? '' : ` · ${i.agentName}`}`}
                {i.note !== '' && <p>{i.note}</p>}
              </div>
            </li>
          ))}
        </ul>
      </section>
    </>
  )
}
