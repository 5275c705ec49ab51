import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useRef, useState } from 'react'
import { useApp, useLanguage, useT } from '../app/hooks.tsx'
import { wordFor } from '../i18n/language.ts'
import { faultText } from '../i18n/said.ts'
import { api } from '../wire/api.ts'
import { ApiError } from '../wire/http.ts'
import classes from './admin.module.css'
import { body, fresh } from './body.ts'
import { type Editable, isShown, keyFrom, read, type Values, write } from './field.ts'
import { fields } from './fields.ts'
import { HookKey } from './HookKey.tsx'
import { Input } from './Input.tsx'
import { title } from './KindList.tsx'
import { codeOf, FormFoot, Loaded, Refusal } from './OwnForm.tsx'
import { TrunkLineNow } from './TrunkLine.tsx'
import { refusalOf } from './uses.ts'

/** One thing to set up; the server says what is wrong, at the field. */
export function Form({ kind, id }: { kind: Editable; id: string }) {
  return (
    <Loaded kind={kind} id={id} load={(which) => api.one<Values>(kind, which)} fresh={fresh[kind]}>
      {(start) => <Fields kind={kind} id={id} start={id === 'new' ? start : { ...start, ...unseen(kind) }} />}
    </Loaded>
  )
}

/** What the server never tells begins empty, which means that it stays. */
function unseen(kind: Editable): Values {
  return Object.fromEntries(['password', 'secret'].filter((k) => k in fresh[kind]).map((k) => [k, '']))
}

function Fields({ kind, id, start }: { kind: Editable; id: string; start: Values }) {
  const t = useT()
  const app = useApp()
  const language = useLanguage()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const form = useRef<HTMLFormElement>(null)
  const [first] = useState(start) // a reload in the background must not take what was typed
  const [values, setValues] = useState(start)
  const [faults, setFaults] = useState<Record<string, string>>({})
  const [error, setError] = useState('')
  const [busy, setBusy] = useState(false)
  const [ownKey, setOwnKey] = useState(id !== 'new')
  const list = () => void navigate({ to: '/set-up/$kind', params: { kind } })
  const dirty = JSON.stringify(values) !== JSON.stringify(first)

  const put = (name: string, value: unknown) => {
    setFaults(({ [name]: _, ...rest }) => rest)
    setValues((v) => {
      const next = write(v, name, value)
      if (name === 'key') setOwnKey(true)
      const naming = name === 'name' || name === 'names.en'
      return naming && !ownKey && 'key' in next ? { ...next, key: keyFrom(String(value)) } : next
    })
  }
  const refused = (problem: unknown) => {
    const e = problem instanceof ApiError ? problem : new ApiError(500, 'internal', '', [], 0)
    const names = fields[kind].map((f) => f.name)
    const at: Record<string, string> = {}
    const elsewhere: string[] = []
    for (const f of e.fields) {
      const field =
        names.find((n) => n === f.field) ??
        names.find((n) => f.field.startsWith(`${n}.`)) ??
        names.find((n) => n.split('.')[0] === f.field.split('[')[0])
      if (field !== undefined) at[field] = faultText(t, f)
      else elsewhere.push(`${f.field}: ${f.reason === undefined ? f.message : faultText(t, f)}`)
    }
    setFaults(at)
    setError([refusalOf(t, e), ...elsewhere].join(' '))
    setTimeout(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus(), 0)
  }
  const save = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setError('')
    setFaults({})
    try {
      const sent = body(kind, values)
      if (id === 'new') await api.add(kind, sent)
      else await api.put(kind, id, sent)
      await queries.invalidateQueries({ queryKey: ['set-up'] })
      await queries.invalidateQueries({ queryKey: [kind] })
      if (kind === 'plugins') await queries.invalidateQueries({ queryKey: ['flow-kinds'] })
      app.toast(t('common.saved'))
      list()
    } catch (problem) {
      refused(problem)
    } finally {
      setBusy(false)
    }
  }
  const remove = async () => {
    setBusy(true)
    try {
      await api.remove(kind, id)
      await queries.invalidateQueries({ queryKey: ['set-up'] })
      const name = title(first, language)
      const kept = body(kind, first)
      app.toast(t('admin.deleted', { name }), {
        action: {
          label: t('common.undo'),
          run: () => {
            api.add(kind, kept).then(
              async () => {
                await queries.invalidateQueries({ queryKey: ['set-up'] })
                app.toast(t('admin.restored', { name }))
              },
              (problem: unknown) =>
                app.toast(wordFor(t, 'errors', codeOf(problem)), {
                  tone: 'bad',
                }),
            )
          },
        },
      })
      list()
    } catch (problem) {
      refused(problem)
    } finally {
      setBusy(false)
    }
  }
  return (
    <form className={classes.form} onSubmit={save} ref={form} noValidate data-testid={`form-${kind}`}>
      <Refusal text={error} />
      {fields[kind].map((f) => {
        if (!isShown(f, values)) return null
        return (
          <div
            key={`${f.name} ${f.kind}`}
            className={
              ['several', 'lines', 'voices', 'recognizers', 'levels', 'needs', 'overflow'].includes(f.kind)
                ? classes.whole
                : undefined
            }
          >
            <Input
              field={f}
              value={read(values, f.name)}
              fault={faults[f.name]}
              kind={kind}
              id={id}
              project={String(values.projectId ?? '')}
              agents={(values.agents ?? []) as string[]}
              onChange={(v) => put(f.name, v)}
            />
          </div>
        )
      })}
      {kind === 'alert-rules' && <HookKey address={String(read(values, 'terms.hook') ?? '')} />}
      {kind === 'trunks' && id !== 'new' && <TrunkLineNow id={id} />}
      <FormFoot busy={busy} dirty={dirty} leave={list} remove={id === 'new' ? undefined : remove} />
    </form>
  )
}
