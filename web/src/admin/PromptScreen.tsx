import { Button, Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useApp, useT } from '../app/hooks.tsx'
import { languages } from '../i18n/language.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { api } from '../wire/api.ts'
import type { Project, Prompt } from '../wire/model.ts'
import { soundApi } from '../wire/sound.ts'
import classes from './admin.module.css'
import { NameAndKey } from './NameAndKey.tsx'
import { Loaded, OwnForm, useSaving } from './OwnForm.tsx'
import { PromptSound } from './PromptSound.tsx'

const empty: Prompt = { id: '', key: '', name: '', texts: {}, audio: {} }

export function PromptScreen({ id }: { id: string }) {
  return (
    <Loaded kind="prompts" id={id} load={(which) => api.one<Prompt>('prompts', which)} fresh={empty}>
      {(start) => <PromptForm start={start} />}
    </Loaded>
  )
}

/** A prompt: its name, and for each language what is spoken or heard. */
function PromptForm({ start }: { start: Prompt }) {
  const t = useT()
  const app = useApp()
  const saving = useSaving('prompts')
  const { busy, faults } = saving
  const [saved, setSaved] = useState(start)
  const [p, setP] = useState(start)
  const [files, setFiles] = useState<Record<string, Blob>>({})
  const [asked, setAsked] = useState(false)
  const [project, setProject] = useState('')
  const projects = useQuery({
    queryKey: ['set-up', 'projects'],
    queryFn: () => api.list<Project>('projects'),
  })
  const voiced = (projects.data ?? []).filter((j) => (j.voices ?? []).length > 0)
  const shipped = useQuery({ queryKey: ['shipped-prompts'], queryFn: soundApi.shipped, staleTime: Infinity })
  const uses = useQuery({
    queryKey: ['prompt-uses', p.id],
    queryFn: () => soundApi.uses(p.id),
    enabled: p.id !== '',
  })
  const dirty = JSON.stringify(p) !== JSON.stringify(saved) || Object.keys(files).length > 0

  const save = () =>
    saving.attempt(async () => {
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
      saving.leave()
    })
  const remove = async () => {
    const done = await saving.attempt(async () => {
      await api.remove('prompts', p.id)
      app.toast(t('admin.deleted', { name: saved.name }))
      saving.leave()
    })
    if (!done) setAsked(false) // the refusal stands in the form
  }
  const flows = uses.data?.flows ?? []
  return (
    <OwnForm
      kind="prompts"
      saving={saving}
      dirty={dirty}
      save={save}
      remove={p.id === '' ? undefined : () => setAsked(true)}
    >
      <NameAndKey
        value={p}
        kept={start.id !== ''}
        faults={faults}
        hint="prompts.keyHint"
        onChange={(named) => setP({ ...p, ...named })}
      />
      {voiced.length > 0 && (
        <Select
          label={t('prompts.voiceOf')}
          description={t('prompts.voiceOfHint')}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          data={[{ value: '', label: t('prompts.voiceFirst') }, ...voiced.map((j) => ({ value: j.id, label: j.name }))]}
          value={project}
          allowDeselect={false}
          onChange={(j) => setProject(j ?? '')}
          data-testid="prompt-project"
        />
      )}
      {languages.map(({ code, name }) => (
        <PromptSound
          project={project}
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
    </OwnForm>
  )
}
