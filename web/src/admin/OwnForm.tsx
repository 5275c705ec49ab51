import { Button } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import { useT } from '../app/hooks.tsx'
import { wordFor } from '../i18n/language.ts'
import { faultText } from '../i18n/said.ts'
import { Icon } from '../ui/Icon.tsx'
import type { SetupKind } from '../wire/api.ts'
import { ApiError, type FieldFault } from '../wire/http.ts'
import classes from './admin.module.css'
import { refusalOf } from './uses.ts'

/** The code of what went wrong, for words of ours. */
export const codeOf = (e: unknown) => (e instanceof ApiError ? e.code : 'internal')

interface LoadedProps<T> {
  kind: SetupKind
  id: string
  load(id: string): Promise<T>
  /** What a new one begins with. */
  fresh: T
  children(start: T): ReactNode
}

/** Shows a form for what is there, or for a new one; a reload in the background does not touch it. */
export function Loaded<T>({ kind, id, load, fresh, children }: LoadedProps<T>) {
  const t = useT()
  const one = useQuery({
    queryKey: ['set-up', kind, id],
    queryFn: () => load(id),
    enabled: id !== 'new',
    staleTime: 0,
    gcTime: 0,
  })
  if (id === 'new') return children(fresh)
  if (one.isError) return <p role="alert">{wordFor(t, 'errors', codeOf(one.error))}</p>
  if (one.data === undefined) return <p>{t('common.loading')}</p>
  return children(one.data)
}

/** What is under way with a form, and why the server refused it. */
export interface Saving {
  busy: boolean
  /** The whole refusal in words; empty: none. */
  error: string
  /** By field. */
  faults: Record<string, string>
  /** Does something with the server; a refusal is shown, and false is returned. */
  attempt(what: () => Promise<unknown>): Promise<boolean>
  /** Back to the list. */
  leave(): void
}

/** Of shown fields a refusal is said beside them by its rule, in the language; of others above, as the server says it. */
export function useSaving(kind: SetupKind, shown: readonly string[] = []): Saving {
  const t = useT()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const [faults, setFaults] = useState<Record<string, string>>({})
  const [error, setError] = useState('')
  const [busy, setBusy] = useState(false)
  const attempt = async (what: () => Promise<unknown>) => {
    setBusy(true)
    setError('')
    setFaults({})
    try {
      await what()
      return true
    } catch (e) {
      const fields = e instanceof ApiError ? e.fields : []
      const beside = (f: FieldFault) => shown.includes(f.field)
      const said = (f: FieldFault) => (beside(f) || f.reason !== undefined ? faultText(t, f) : f.message)
      setFaults(Object.fromEntries(fields.map((f) => [f.field, said(f)])))
      const above = fields.filter((f) => !beside(f)).map(said)
      setError([refusalOf(t, e), ...above].join(' '))
      return false
    } finally {
      await queries.invalidateQueries({ queryKey: ['set-up'] }) // a part may be saved although another was refused
      setBusy(false)
    }
  }
  const leave = () => void navigate({ to: '/set-up/$kind', params: { kind } })
  return { busy, error, faults, attempt, leave }
}

interface FrameProps {
  kind: SetupKind
  saving: Saving
  /** There is something that is not saved. */
  dirty: boolean
  save(): unknown
  /** Absent: there is nothing to delete yet. */
  remove?: (() => unknown) | undefined
  children: ReactNode
}

/** The form around the fields: the refusal above, the buttons below. */
export function OwnForm({ kind, saving, dirty, save, remove, children }: FrameProps) {
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void save()
  }
  return (
    <form className={classes.form} onSubmit={submit} noValidate data-testid={`form-${kind}`}>
      <Refusal text={saving.error} />
      {children}
      <FormFoot busy={saving.busy} dirty={dirty} leave={saving.leave} remove={remove} />
    </form>
  )
}

/** Why the server refused; there from the start, so that screen readers say it, and brought to where it is seen. */
export function Refusal({ text }: { text: string }) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (text !== '') box.current?.scrollIntoView({ block: 'center' })
  }, [text])
  return (
    <div role="alert" className={classes.whole} hidden={text === ''} ref={box}>
      {text !== '' && <p className={classes.error}>{text}</p>}
    </div>
  )
}

interface FootProps {
  busy: boolean
  dirty: boolean
  leave(): void
  remove?: (() => unknown) | undefined
}

/** The buttons of a form. */
export function FormFoot({ busy, dirty, leave, remove }: FootProps) {
  const t = useT()
  return (
    <div className={classes.foot}>
      <Button type="submit" loading={busy} data-testid="save">
        {t('common.save')}
      </Button>
      <Button variant="default" onClick={leave}>
        {t('common.cancel')}
      </Button>
      {dirty && <span role="status">{t('admin.unsaved')}</span>}
      {remove !== undefined && (
        <Button
          variant="subtle"
          color="red"
          leftSection={<Icon name="trash" size={16} />}
          onClick={() => void remove()}
          disabled={busy}
          data-testid="delete"
        >
          {t('common.delete')}
        </Button>
      )}
    </div>
  )
}
