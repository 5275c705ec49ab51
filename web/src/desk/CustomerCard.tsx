import { ActionIcon, Select, Textarea, TextInput } from '@mantine/core'
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

const languages = ['en', 'ru', 'th']

function Editing({ customer }: { customer: Customer }) {
  const t = useT()
  const app = useApp()
  const queries = useQueryClient()
  const [name, setName] = useState(customer.name)
  const [note, setNote] = useState(customer.note)
  const [language, setLanguage] = useState(customer.language)
  const [segment, setSegment] = useState(customer.segment)
  const [fields, setFields] = useState(customer.fields)
  const [problem, setProblem] = useState<Record<string, string>>({})
  const save = async (spoken = language) => {
    const changed = Object.entries(fields).filter(([key, value]) => value !== customer.fields[key])
    const change = {
      ...(spoken === customer.language ? {} : { language: spoken }),
      ...(segment === customer.segment ? {} : { segment }),
      ...(changed.length === 0 ? {} : { fields: Object.fromEntries(changed) }),
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
        action: { label: t('common.retry'), run: () => void save(spoken) },
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
        onBlur={() => save()}
        autoComplete="off"
        data-testid="customer-name"
      />
      <Select
        label={t('desk.customerLanguage')}
        value={language === '' ? null : language}
        data={languages.map((value) => ({ value, label: wordFor(t, 'words.language', value) }))}
        error={problem.language}
        onChange={(value) => {
          setLanguage(value ?? '')
          void save(value ?? '')
        }}
        clearable
        data-testid="customer-language"
      />
      <TextInput
        label={t('desk.customerSegment')}
        value={segment}
        error={problem.segment}
        onChange={(e) => setSegment(e.currentTarget.value)}
        onBlur={() => save()}
        autoComplete="off"
        data-testid="customer-segment"
      />
      {Object.entries(fields).map(([key, value]) => (
        <TextInput
          key={key}
          label={key}
          value={value}
          error={problem[`fields.${key}`]}
          onChange={(e) => setFields({ ...fields, [key]: e.currentTarget.value })}
          onBlur={() => save()}
          autoComplete="off"
          data-testid={`customer-field-${key}`}
        />
      ))}
      <Textarea
        label={t('desk.customerNote')}
        description={t('desk.customerNoteHint')}
        value={note}
        error={problem.note}
        onChange={(e) => setNote(e.currentTarget.value)}
        onBlur={() => save()}
        autosize
        minRows={2}
        maxRows={6}
        data-testid="customer-note"
      />
    </>
  )
}

/** What to know before speaking with this customer. */
function Marks({ marks }: { marks: Customer['marks'] }) {
  const t = useT()
  const format = useFormat()
  if (marks === null || marks.length === 0) return null
  return (
    <ul className={classes.marks} aria-label={t('desk.marks')} data-testid="customer-marks">
      {marks.slice(0, 3).map((m) => (
        <li key={`${m.interaction} ${m.user}`}>
          <Icon name="warn" size={16} />
          {t('desk.markAbuse', { date: format.date(m.atMs), who: m.userName || t('desk.markGone') })}
        </li>
      ))}
    </ul>
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
    if (phase === 'offered') {
      void queries.invalidateQueries({ queryKey: ['customer-interactions', id] })
      void queries.invalidateQueries({ queryKey: ['customer', id] })
    }
  }, [phase, id, queries])
  const facts = [
    { name: t('desk.queue'), value: work.queueName },
    { name: t('desk.project'), value: work.projectName },
    {
      name: t('desk.dialed'),
      value: [work.entryName, phoneNumber(work.centerAddress)].filter((x) => x !== '').join(' · '),
    },
    { name: t('desk.speaks'), value: wordFor(t, 'words.language', work.language) },
  ]
  const before = (earlier.data?.items ?? []).filter((i) => i.id !== work.interaction)
  const name = customer.data?.name || work.customerName
  return (
    <>
      <section className={classes.card} aria-label={t('desk.customer')} data-testid="customer" data-customer={id}>
        <h2>{t('desk.customer')}</h2>
        {customer.data !== undefined && <Marks marks={customer.data.marks} />}
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
