import { Button, TextInput } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { useApp, useLanguage, useT, useValue } from '../app/hooks.tsx'
import { useFlowTexts } from '../flows/context.tsx'
import { asProgram, freeName, freshProgram } from '../flows/program.ts'
import { Templates } from '../flows/Templates.tsx'
import { fieldText } from '../flows/words.ts'
import type { FlowTranslate } from '../i18n/flows.ts'
import { wordFor } from '../i18n/language.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { Icon } from '../ui/Icon.tsx'
import { Mark } from '../ui/Mark.tsx'
import { Table } from '../ui/Table.tsx'
import { api } from '../wire/api.ts'
import { ApiError } from '../wire/http.ts'
import type { Flow } from '../wire/model.ts'
import classes from './admin.module.css'
import { keyFrom } from './field.ts'
import { NameAndKey } from './NameAndKey.tsx'
import { refusalOf } from './uses.ts'

/** All flows: made, copied, named and removed here, drawn in the editor. */
export function FlowList() {
  const t = useFlowTexts()
  return t === null ? null : <List t={t} />
}

/** A flow to be named: one that is there, or one to be made with this program. */
interface Naming {
  id: string
  name: string
  key: string
  program: object
  /** It can begin with a template. */
  begins?: boolean
}

function List({ t }: { t: FlowTranslate }) {
  const plain = useT()
  const app = useApp()
  const language = useLanguage()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const { compact } = useValue(app.prefs)
  const [find, setFind] = useState('')
  const [naming, setNaming] = useState<Naming | null>(null)
  const list = useQuery({ queryKey: ['set-up', 'flows'], queryFn: () => api.list<Flow>('flows') })
  const all = list.data ?? []
  const rows = all
    .filter((f) => `${f.name} ${f.key}`.toLowerCase().includes(find.trim().toLowerCase()))
    .toSorted((a, b) => a.name.localeCompare(b.name, language) || a.key.localeCompare(b.key))
  const free = (key: string) => freeName(key === '' ? 'flow' : key, (k) => all.some((f) => f.key === k))
  const open = (id: string) => void navigate({ to: '/set-up/flows/$id', params: { id } })
  const refused = (problem: unknown) => {
    app.toast(refusalOf(plain, problem), { tone: 'bad' })
  }
  const fresh = () => queries.invalidateQueries({ queryKey: ['set-up'] })
  const remove = async (f: Flow) => {
    try {
      await api.remove('flows', f.id)
      await fresh()
      app.toast(t('admin.deleted', { name: f.name }), {
        action: {
          label: t('common.undo'),
          run: () => {
            api.add('flows', { key: f.key, name: f.name, program: f.program }).then(async () => {
              await fresh()
              app.toast(t('admin.restored', { name: f.name }))
            }, refused)
          },
        },
      })
    } catch (problem) {
      refused(problem)
    }
  }
  return (
    <>
      <div className={classes.bar}>
        {all.length > 7 && (
          <TextInput
            aria-label={t('admin.find')}
            placeholder={t('admin.find')}
            leftSection={<Icon name="search" size={16} />}
            value={find}
            onChange={(e) => setFind(e.currentTarget.value)}
          />
        )}
        <span>{list.data !== undefined && t('admin.count', { count: all.length })}</span>
        <Button
          ml="auto"
          leftSection={<Icon name="plus" size={16} />}
          onClick={() => setNaming({ id: '', name: '', key: '', program: freshProgram(), begins: true })}
          data-testid="add"
        >
          {t('flow.add')}
        </Button>
      </div>
      {list.isError ? (
        <p role="alert">{wordFor(t, 'errors', list.error instanceof ApiError ? list.error.code : 'internal')}</p>
      ) : list.isLoading ? (
        <p>{t('common.loading')}</p>
      ) : (
        <Table
          label={t('flow.all')}
          testId="list-flows"
          columns={[
            {
              key: 'name',
              title: t('common.name'),
              names: true,
              cell: (f: Flow) => (
                <Link to="/set-up/flows/$id" params={{ id: f.id }}>
                  {f.name}
                </Link>
              ),
            },
            { key: 'key', title: t('admin.key'), cell: (f) => <code>{f.key}</code> },
            { key: 'version', title: t('admin.version'), figure: true, cell: (f) => f.version },
            {
              key: 'state',
              title: t('board.state'),
              cell: (f) =>
                f.draft === undefined ? (
                  <Mark tone="good" icon="check">
                    {t('flow.published')}
                  </Mark>
                ) : (
                  <Mark tone="warning" icon="pen">
                    {t('flow.draft')}
                  </Mark>
                ),
            },
            {
              key: 'actions',
              title: t('flow.actions'),
              cell: (f) => (
                <Button.Group>
                  <Act
                    label={t('flow.copy')}
                    name={f.name}
                    onClick={() =>
                      setNaming({
                        id: '',
                        name: t('flow.copyOf', { name: f.name }),
                        key: free(f.key),
                        program: asProgram(f.program) ?? freshProgram(),
                      })
                    }
                  />
                  <Act
                    label={t('flow.rename')}
                    name={f.name}
                    onClick={() => setNaming({ id: f.id, name: f.name, key: f.key, program: f.program })}
                  />
                  <Act label={t('common.delete')} name={f.name} onClick={() => void remove(f)} />
                </Button.Group>
              ),
            },
          ]}
          rows={rows}
          rowKey={(f) => f.id}
          compact={compact}
          onOpen={(f) => open(f.id)}
          empty={all.length > 0 ? t('admin.nothingFound') : t('flow.empty')}
        />
      )}
      {naming !== null && (
        <NameDialog
          t={t}
          start={naming}
          free={free}
          onClose={() => setNaming(null)}
          onDone={async (f) => {
            await fresh()
            setNaming(null)
            if (naming.id === '') open(f.id)
          }}
        />
      )}
    </>
  )
}

function Act({ label, name, onClick }: { label: string; name: string; onClick(): void }) {
  return (
    <Button size="compact-sm" variant="default" aria-label={`${label}: ${name}`} onClick={onClick}>
      {label}
    </Button>
  )
}

function NameDialog({
  t,
  start,
  free,
  onClose,
  onDone,
}: {
  t: FlowTranslate
  start: Naming
  free(key: string): string
  onClose(): void
  onDone(f: Flow): Promise<void>
}) {
  const plain = useT()
  const [named, setNamed] = useState({ name: start.name, key: start.key })
  const [template, setTemplate] = useState<{ key: string; program: object } | null>(null)
  const [error, setError] = useState('')
  const [busy, setBusy] = useState(false)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setError('')
    try {
      const body = { ...named, program: start.program }
      const saved = start.id === '' ? await api.add<Flow>('flows', body) : await api.put<Flow>('flows', start.id, body)
      // A template may name what is not there yet: it begins as the draft, which need not be right.
      if (template !== null) await api.saveDraft(saved.id, saved.revision, template.program)
      await onDone(saved)
    } catch (problem) {
      const e = problem instanceof ApiError ? problem : new ApiError(500, 'internal', '', [], 0)
      const said = e.fields.map((f) => `${f.field}: ${fieldText(t, f)}`)
      setError([refusalOf(plain, e), ...said].join(' '))
      setBusy(false)
    }
  }
  return (
    <Dialog
      opened
      onClose={onClose}
      title={t(start.begins === true ? 'flow.add' : 'flow.nameIt')}
      closeLabel={t('common.close')}
      size={start.begins === true ? 'lg' : 'md'}
      testId="name-flow"
    >
      <form onSubmit={submit} className={classes.stacked}>
        <NameAndKey
          value={named}
          kept={start.key !== ''}
          follow={(name) => free(keyFrom(name))}
          prefix="flow"
          onChange={setNamed}
        />
        {start.begins === true && (
          <Templates
            t={t}
            value={template?.key ?? ''}
            onChange={(key, program) => setTemplate(key === '' ? null : { key, program })}
          />
        )}
        <div role="alert">{error !== '' && <p className={classes.error}>{error}</p>}</div>
        <Button type="submit" loading={busy} data-testid="create-flow">
          {start.id === '' ? t('flow.create') : t('common.save')}
        </Button>
      </form>
    </Dialog>
  )
}
