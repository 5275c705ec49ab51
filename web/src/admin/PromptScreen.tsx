import { Button } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { useApp, useT } from '../app/hooks.tsx'
import { languages, wordFor } from '../i18n/language.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { Icon } from '../ui/Icon.tsx'
import { api } from '../wire/api.ts'
import { ApiError } from '../wire/http.ts'
import type { Prompt } from '../wire/model.ts'
import { soundApi } from '../wire/sound.ts'
import classes from './admin.module.css'
import { NameAndKey } from './NameAndKey.tsx'
import { PromptSound } from './PromptSound.tsx'

const empty: Prompt = { id: '', key: '', name: '', texts: {}, audio: {} }

const codeOf = (e: unknown) => (e instanceof ApiError ? e.code : 'internal')

/** What is said of a refusal, with the fields it names. */
export function faultsOf(e: unknown): Record<string, string> {
  return e instanceof ApiError ? Object.fromEntries(e.fields.map((f) => [f.field, f.message])) : {}
}

export function PromptScreen({ id }: { id: string }) {
  const t = useT()
  const one = useQuery({
    queryKey: ['set-up', 'prompts', id],
    queryFn: () => api.one<Prompt>('prompts', id),
    enabled: id !== 'new',
    staleTime: 0,
    gcTime: 0,
  })
  if (id === 'new') return <PromptForm start={empty} />
  if (one.isError) return <p role="alert">{wordFor(t, 'errors', codeOf(one.error))}</p>
  if (one.data === undefined) return <p>{t('common.loading')}</p>
  return <PromptForm start={one.data} />
}

/** A prompt: its name, and for each language what is spoken or heard. */
function PromptForm({ start }: { start: Prompt }) {
  const t = useT()
  const app = useApp()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const [saved, setSaved] = useState(start)
  const [p, setP] = useState(start)
  const [files, setFiles] = useState<Record<string, Blob>>({})
  const [faults, setFaults] = useState<Record<string, string>>({})
  const [error, setError] = useState('')
  const [busy, setBusy] = useState(false)
  const [asked, setAsked] = useState(false)
  const shipped = useQuery({ queryKey: ['shipped-prompts'], queryFn: soundApi.shipped, staleTime: Infinity })
  const uses = useQuery({
    queryKey: ['prompt-uses', p.id],
    queryFn: () => soundApi.uses(p.id),
    enabled: p.id !== '',
  })
  const list = () => void navigate({ to: '/set-up/$kind', params: { kind: 'prompts' } })
  const dirty = JSON.stringify(p) !== JSON.stringify(saved) || Object.keys(files).length > 0

  const refused = (e: unknown) => {
    setFaults(faultsOf(e))
    setError(
      [wordFor(t, 'errors', codeOf(e)), ...(e instanceof ApiError ? e.fields.map((f) => f.message) : [])].join(' '),
    )
  }
  const save = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setError('')
    setFaults({})
    try {
      const { key, name, texts, audio } = p
      const spoken = Object.fromEntries(Object.entries(texts).filter(([, v]) => v.trim() !== ''))
      const body = { key, name, texts: spoken, audio }
      let now = p.id === '' ? await api.add<Prompt>('prompts', body) : await api.put<Prompt>('prompts', p.id, body)
      setSaved(now) // if a file is refused, the rest is there
      setP(now)
      for (const [language, file] of Object.entries(files)) {
        now = await soundApi.record(now.id, language, file)
        setSaved(now)
        setP(now)
        setFiles(({ [language]: _, ...rest }) => rest)
      }
      app.toast(t('common.saved'))
      list()
    } catch (e) {
      refused(e)
    } finally {
      await queries.invalidateQueries({ queryKey: ['set-up'] })
      setBusy(false)
    }
  }
  const remove = async () => {
    setBusy(true)
    try {
      await api.remove('prompts', p.id)
      await queries.invalidateQueries({ queryKey: ['set-up'] })
      app.toast(t('admin.deleted', { name: saved.name }))
      list()
    } catch (e) {
      setAsked(false)
      refused(e)
    } finally {
      setBusy(false)
    }
  }
  const flows = uses.data?.flows ?? []
  return (
    <form className={classes.form} onSubmit={save} noValidate data-testid="form-prompts">
      <div role="alert" className={classes.whole} hidden={error === ''}>
        {error !== '' && <p className={classes.error}>{error}</p>}
      </div>
      <NameAndKey
        value={p}
        kept={start.id !== ''}
        faults={faults}
        hint="prompts.keyHint"
        onChange={(named) => setP({ ...p, ...named })}
      />
      {languages.map(({ code, name }) => (
        <PromptSound
          key={code}
          language={code}
          name={name}
          text={p.texts[code] ?? ''}
          kept={p.id !== '' && saved.audio[code] === p.audio[code] ? (p.audio[code] ?? '') : ''}
          address={soundApi.promptAddress(p.id, code)}
          file={files[code]}
          shipped={shipped.data?.includes(p.key) === true ? soundApi.shippedAddress(p.key, code) : ''}
          fault={faults[`texts.${code}`] ?? faults[`audio.${code}`]}
          onText={(text) => setP({ ...p, texts: { ...p.texts, [code]: text } })}
          onFile={(file) =>
            setFiles(({ [code]: _, ...rest }) => (file === undefined ? rest : { ...rest, [code]: file }))
          }
          onDrop={() => {
            const { [code]: _, ...rest } = p.audio
            setP({ ...p, audio: rest })
          }}
        />
      ))}
      {p.id !== '' && (
        <div className={classes.whole} data-testid="prompt-uses">
          <strong>{t('prompts.uses')}</strong>{' '}
          {flows.length === 0
            ? t('prompts.unused')
            : flows.map((f) => `${f.name}${f.draft ? ` (${t('prompts.draft')})` : ''}`).join(', ')}
        </div>
      )}
      <div className={classes.foot}>
        <Button type="submit" loading={busy} data-testid="save">
          {t('common.save')}
        </Button>
        <Button variant="default" onClick={list}>
          {t('common.cancel')}
        </Button>
        {dirty && <span role="status">{t('admin.unsaved')}</span>}
        {p.id !== '' && (
          <Button
            variant="subtle"
            color="red"
            leftSection={<Icon name="trash" size={16} />}
            onClick={() => setAsked(true)}
            disabled={busy}
            data-testid="delete"
          >
            {t('common.delete')}
          </Button>
        )}
      </div>
      <Dialog
        opened={asked}
        onClose={() => setAsked(false)}
        title={t('prompts.deleteTitle', { name: saved.name })}
        closeLabel={t('common.close')}
        testId="prompt-delete"
      >
        <p>
          {flows.length === 0
            ? t('prompts.deleteSure')
            : t('prompts.deleteUsed', { flows: flows.map((f) => f.name).join(', ') })}
        </p>
        <div className={classes.bar}>
          <Button color="red" onClick={() => void remove()} loading={busy} data-testid="delete-sure">
            {t('common.delete')}
          </Button>
          <Button variant="default" onClick={() => setAsked(false)} data-autofocus>
            {t('common.cancel')}
          </Button>
        </div>
      </Dialog>
    </form>
  )
}
