import { Button } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useApp, useFormat } from '../app/hooks.tsx'
import { refusalText } from '../i18n/said.ts'
import { Mark } from '../ui/Mark.tsx'
import { api } from '../wire/api.ts'
import { useEditor, useF, useHere } from './context.tsx'
import { difference } from './difference.ts'
import classes from './flows.module.css'
import { Differences } from './Panels.tsx'
import { asProgram } from './program.ts'

/** What was published, the last first, with what differs from now and the way back. */
export function Versions() {
  const t = useF()
  const app = useApp()
  const format = useFormat()
  const queries = useQueryClient()
  const { editor } = useHere()
  const { flow } = useEditor()
  const [shown, setShown] = useState(0)
  const [busy, setBusy] = useState(0)
  const key = ['flow-versions', flow.id, flow.version]
  const list = useQuery({ queryKey: key, queryFn: () => api.flowVersions(flow.id), staleTime: 5000 })
  const people = useQuery({
    queryKey: ['set-up', 'users'],
    queryFn: () => api.list<{ id: string; name: string; login: string }>('users'),
  })
  const author = (id: string) => {
    if (id === '') return t('flow.bySystem')
    const p = people.data?.find((u) => u.id === id)
    return p === undefined ? t('flow.someone') : p.name || p.login
  }
  const back = async (version: number) => {
    setBusy(version)
    try {
      await editor.flush()
      const { revision, draft } = editor.state.get().flow
      const note = t('flow.returnNote', { version })
      const now = await api.publishFlow(flow.id, { revision, version, note })
      // A draft stays what it is; without one the drawing shows what is in force.
      editor.adopt(now, draft === undefined ? (asProgram(now.program) ?? undefined) : undefined)
      await queries.invalidateQueries({ queryKey: ['set-up', 'flows'] })
      app.toast(t('flow.returned', { from: version, version: now.version }))
    } catch (problem) {
      app.toast(refusalText(t, problem), { tone: 'bad' })
    } finally {
      setBusy(0)
    }
  }
  return (
    <div className={classes.inspector} data-testid="versions-panel">
      <h2 className={classes.paneTitle}>{t('flow.versions')}</h2>
      {list.isLoading && <p>{t('common.loading')}</p>}
      <ol className={classes.versions}>
        {(list.data?.items ?? []).map((v) => (
          <li key={v.version} data-testid={`version-${v.version}`}>
            <div className={classes.labelRow}>
              <b>{t('flow.versionN', { version: v.version })}</b>
              {v.version === flow.version && (
                <Mark tone="good" icon="check">
                  {t('flow.inForce')}
                </Mark>
              )}
            </div>
            <div className={classes.quiet}>
              {format.dateTime(Date.parse(v.at))} · {author(v.author)}
            </div>
            {v.note !== '' && <div>{v.note}</div>}
            <div className={classes.buttons}>
              <Button
                size="compact-xs"
                variant="default"
                aria-expanded={shown === v.version}
                onClick={() => setShown(shown === v.version ? 0 : v.version)}
              >
                {t('flow.compare')}
              </Button>
              {v.version !== flow.version && (
                <Button
                  size="compact-xs"
                  variant="default"
                  loading={busy === v.version}
                  onClick={() => void back(v.version)}
                >
                  {t('flow.return')}
                </Button>
              )}
            </div>
            {shown === v.version && <Compared version={v.version} />}
          </li>
        ))}
      </ol>
    </div>
  )
}

function Compared({ version }: { version: number }) {
  const t = useF()
  const { flow, program } = useEditor()
  const one = useQuery({
    queryKey: ['flow-version', flow.id, version],
    queryFn: () => api.flowVersion(flow.id, version),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const then = asProgram(one.data?.program)
  if (then === null) return <p>{t('common.loading')}</p>
  return <Differences all={difference(then, program)} />
}
