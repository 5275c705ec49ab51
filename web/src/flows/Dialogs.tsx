import { Button, Textarea } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useApp, useValue } from '../app/hooks.tsx'
import { refusalText } from '../i18n/said.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { Mark } from '../ui/Mark.tsx'
import { api } from '../wire/api.ts'
import { ApiError } from '../wire/http.ts'
import { useEditor, useF, useHere } from './context.tsx'
import { difference } from './difference.ts'
import { grave } from './editor.ts'
import classes from './flows.module.css'
import { Differences } from './Panels.tsx'
import { asProgram } from './program.ts'
import { Came, Refused } from './RehearsalPanel.tsx'
import { testsOf } from './tests.ts'
import { fieldText, problemText } from './words.ts'

/** Shows what will be in force, asks for a note, publishes. */
export function Publish({ onClose, onProblems, onTests }: { onClose(): void; onProblems(): void; onTests(): void }) {
  const t = useF()
  const app = useApp()
  const queries = useQueryClient()
  const { editor } = useHere()
  const { flow, program, published, problems, checked } = useEditor()
  const wrong = grave(problems).length
  const [note, setNote] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState('')
  const fresh = async () => {
    await queries.invalidateQueries({ queryKey: ['set-up', 'flows'] })
    onClose()
  }
  const attempt = async (run: () => Promise<void>) => {
    setBusy(true)
    setError('')
    try {
      await editor.flush()
      await run()
      await fresh()
    } catch (problem) {
      setError(
        problem instanceof ApiError
          ? [refusalText(t, problem), ...problem.fields.map((f) => `${f.field}: ${fieldText(t, f)}`)].join(' ')
          : refusalText(t, problem),
      )
    } finally {
      setBusy(false)
    }
  }
  const publish = () =>
    attempt(async () => {
      const { revision } = editor.state.get().flow
      const now = await api.publishFlow(flow.id, { revision, note })
      editor.adopt(now)
      app.toast(t('flow.publishDone', { version: now.version }))
    })
  const discard = () =>
    attempt(async () => {
      const { revision, program: was } = editor.state.get().flow
      const now = await api.saveDraft(flow.id, revision, null)
      editor.adopt(now, asProgram(was) ?? undefined)
      app.toast(t('flow.discarded'))
    })
  const nothing = flow.draft === undefined && program === published
  return (
    <Dialog
      opened
      onClose={onClose}
      title={t('flow.publishTitle', { name: flow.name })}
      closeLabel={t('common.close')}
      testId="publish"
    >
      <div className={classes.stack}>
        {wrong > 0 ? (
          <div className={classes.stack}>
            <p className={classes.wrong}>
              {t('flow.publishBlocked')} {t('flow.problemCount', { count: wrong })}
            </p>
            <Button variant="default" onClick={onProblems}>
              {t('flow.problems')}
            </Button>
          </div>
        ) : (
          <>
            <p className={classes.quiet}>{t('flow.publishHint', { version: flow.version })}</p>
            {problems.length > 0 && (
              <Mark tone="warning" icon="warn">
                {t('flow.warnings', { count: problems.length })}
              </Mark>
            )}
            {checked && <Tested onTests={onTests} />}
          </>
        )}
        <Textarea
          label={t('flow.publishNote')}
          autosize
          minRows={2}
          maxLength={1000}
          data-autofocus
          value={note}
          onChange={(e) => setNote(e.currentTarget.value)}
          data-testid="publish-note"
        />
        <Differences all={difference(published, program)} />
        <div role="alert">{error !== '' && <p className={classes.wrong}>{error}</p>}</div>
        <div className={`${classes.buttons} ${classes.decide}`}>
          <Button
            loading={busy}
            disabled={nothing || wrong > 0 || !checked}
            onClick={() => void publish()}
            data-testid="publish-now"
          >
            {t('flow.publish')}
          </Button>
          <Button
            variant="subtle"
            color="red"
            disabled={busy || flow.draft === undefined}
            onClick={() => void discard()}
          >
            {t('flow.discard')}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}

/** Plays the tests of what is to be published. What fails is told and hinders nobody. */
function Tested({ onTests }: { onTests(): void }) {
  const t = useF()
  const { editor, stage } = useHere()
  const { program } = useEditor()
  const { running, result, program: played, error } = useValue(stage.state)
  const none = testsOf(program).length === 0
  useEffect(() => {
    if (!none) void stage.run(editor.state.get().program)
  }, [none, stage, editor])
  if (none) return <p className={classes.quiet}>{t('flow.publishUntested')}</p>
  const now = !running && error === null && played === program ? result : null
  return (
    <div className={classes.stack} role="status" data-testid="publish-tests" data-failed={now?.failed}>
      {running && <p className={classes.quiet}>{t('flow.rehearsing')}</p>}
      <Refused />
      {now !== null && <Came result={now} />}
      {now !== null && now.failed > 0 && (
        <>
          <p className={classes.wrong}>{t('flow.publishRed')}</p>
          <ul className={classes.quiet}>
            {now.rehearsals
              .filter((r) => r.failures.length > 0)
              .map((r) => (
                <li key={r.script}>
                  {r.script}: {r.failures.map((f) => problemText(t, f)).join('; ')}
                </li>
              ))}
          </ul>
          <Button variant="default" onClick={onTests}>
            {t('flow.rehearsal')}
          </Button>
        </>
      )}
    </div>
  )
}

/** Two saved: what differs, and the choice. It cannot be closed without one. */
export function Conflict() {
  const t = useF()
  const { editor } = useHere()
  const { theirs } = useEditor()
  if (theirs === null) return null
  return (
    <Dialog
      opened
      onClose={() => undefined}
      closeOnEscape={false}
      title={t('flow.conflictTitle')}
      closeLabel={t('common.close')}
      testId="conflict"
    >
      <div className={classes.stack}>
        <p>{t('flow.conflictText')}</p>
        <Differences all={theirs.differences} labels={{ was: t('flow.theirs'), is: t('flow.mine') }} />
        <div className={classes.buttons}>
          <Button onClick={() => void editor.settle('mine')} data-testid="keep-mine">
            {t('flow.keepMine')}
          </Button>
          <Button variant="default" onClick={() => void editor.settle('theirs')} data-testid="take-theirs">
            {t('flow.takeTheirs')}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
