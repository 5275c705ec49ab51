import { Button, Checkbox, UnstyledButton } from '@mantine/core'
import { useState } from 'react'
import { useFormat, useValue } from '../app/hooks.tsx'
import { flowWord } from '../i18n/flows.ts'
import { refusalText } from '../i18n/said.ts'
import { Icon } from '../ui/Icon.tsx'
import { Mark } from '../ui/Mark.tsx'
import { useEditor, useF, useHere } from './context.tsx'
import classes from './flows.module.css'
import { freeName } from './program.ts'
import { ReplayPart } from './ReplayPart.tsx'
import own from './rehearsal.module.css'
import { coveredOf, type Rehearsal, type Rehearsed } from './stage.ts'
import { TestForm } from './TestForm.tsx'
import { addTest, alike, removeTest, type Script, testsOf } from './tests.ts'
import { fieldText, problemText } from './words.ts'

/** The program's tests: what each made-up customer does, what is to come of him, and what came of him. */
export function RehearsalPanel({ onOpen }: { onOpen(id: string): void }) {
  const t = useF()
  const { editor, stage } = useHere()
  const { program } = useEditor()
  const { running, result, program: played, marking } = useValue(stage.state)
  const [edited, setEdited] = useState<number | null>(null)
  const tests = testsOf(program)
  const stale = played !== null && !alike(played, program)
  // What came of a test belongs to the one that was played: one that was changed since has no outcome yet.
  const before = played === null ? [] : Array.isArray(played.tests) ? (played.tests as unknown[]) : []
  const now = Array.isArray(program.tests) ? (program.tests as unknown[]) : []
  const outcome = (i: number) => {
    const at = before.indexOf(now[i])
    return at < 0 ? undefined : result?.rehearsals[at]
  }
  const add = () => {
    const name = freeName(t('flow.testName'), (n) => tests.some((s) => s.name === n))
    editor.change(addTest(program, { name, expect: { end: 'queue' } }))
    setEdited(tests.length)
  }
  return (
    <div className={classes.inspector} data-testid="rehearsal-panel">
      <h2 className={classes.paneTitle} tabIndex={-1}>
        {t('flow.rehearsal')}
      </h2>
      <p className={classes.quiet}>{t('flow.rehearsalHint')}</p>
      <div className={classes.buttons}>
        <Button
          size="xs"
          leftSection={<Icon name="play" size={14} />}
          loading={running}
          disabled={tests.length === 0}
          onClick={() => void stage.run(editor.state.get().program)}
          data-testid="rehearse"
        >
          {t('flow.rehearse')}
        </Button>
        <Button
          size="xs"
          variant="default"
          leftSection={<Icon name="plus" size={14} />}
          onClick={add}
          data-testid="add-test"
        >
          {t('flow.newTest')}
        </Button>
      </div>
      <div role="status" className={classes.stack} data-testid="rehearsal-result" data-failed={result?.failed}>
        <Refused />
        {result !== null && result.rehearsals.length > 0 && <Came result={result} />}
        {result !== null && stale && <p className={classes.quiet}>{t('flow.rehearsalStale')}</p>}
      </div>
      {result !== null && (
        <Checkbox
          size="xs"
          label={t('flow.markUnseen')}
          checked={marking}
          onChange={(e) => stage.put({ marking: e.currentTarget.checked })}
        />
      )}
      {tests.length === 0 && <p className={classes.quiet}>{t('flow.noTests')}</p>}
      <ol className={classes.versions}>
        {tests.map((s, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the name is what is being typed
          <li key={i} data-testid={`test-${i}`}>
            <One
              script={s}
              index={i}
              came={outcome(i)}
              open={edited === i}
              onEdit={() => setEdited(edited === i ? null : i)}
              onRemove={() => {
                editor.change(removeTest(program, i))
                setEdited(null)
              }}
              onOpen={onOpen}
            />
          </li>
        ))}
      </ol>
      <ReplayPart onOpen={onOpen} />
    </div>
  )
}

/** Why there is no result. */
export function Refused() {
  const t = useF()
  const { stage } = useHere()
  const { error } = useValue(stage.state)
  if (error === null) return null
  return (
    <>
      <p className={classes.wrong}>{error.fields.length > 0 ? t('flow.rehearsalBlocked') : refusalText(t, error)}</p>
      {error.fields.map((f) => (
        <p key={`${f.field} ${f.message}`} className={classes.wrong}>
          {f.field}: {fieldText(t, f)}
        </p>
      ))}
    </>
  )
}

/** How many tests have passed, and how much of the flow they have. */
export function Came({ result }: { result: Rehearsed }) {
  const t = useF()
  const all = result.rehearsals.length
  const { nodes, ways } = coveredOf(result)
  return (
    <>
      {result.failed === 0 ? (
        <Mark tone="good" icon="check">
          {t('flow.allPassed', { count: all })}
        </Mark>
      ) : (
        <Mark tone="bad" icon="warn">
          {t('flow.someFailed', { failed: result.failed, all })}
        </Mark>
      )}
      <p className={classes.quiet} data-testid="coverage">
        {t('flow.covered', { nodes, allNodes: result.coverage.nodes, ways, allWays: result.coverage.ways })}
      </p>
    </>
  )
}

interface OneProps {
  script: Script
  index: number
  came: Rehearsal | undefined
  open: boolean
  onEdit(): void
  onRemove(): void
  onOpen(id: string): void
}

function One({ script, index, came, open, onEdit, onRemove, onOpen }: OneProps) {
  const t = useF()
  const [steps, setSteps] = useState(false)
  return (
    <>
      <div className={classes.labelRow}>
        <b>{script.name}</b>
        {came !== undefined && (
          <Mark
            tone={came.failures.length === 0 ? 'good' : 'bad'}
            icon={came.failures.length === 0 ? 'check' : 'cross'}
          >
            {t(came.failures.length === 0 ? 'flow.passed' : 'flow.testFailed')}
          </Mark>
        )}
      </div>
      {came?.failures.map((f, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: texts that may be the same
        <p key={i} className={classes.wrong}>
          {problemText(t, f)}
        </p>
      ))}
      <div className={classes.buttons}>
        <Button
          size="compact-xs"
          variant="default"
          aria-expanded={open}
          aria-label={`${t('flow.editTest')}: ${script.name}`}
          onClick={onEdit}
          data-testid={`edit-test-${index}`}
        >
          {t('flow.editTest')}
        </Button>
        {came !== undefined && (
          <Button
            size="compact-xs"
            variant="default"
            aria-expanded={steps}
            aria-label={`${t('flow.whatHappened')}: ${script.name}`}
            onClick={() => setSteps(!steps)}
            data-testid={`steps-${index}`}
          >
            {t('flow.whatHappened')}
          </Button>
        )}
        <Button
          size="compact-xs"
          variant="subtle"
          color="red"
          aria-label={`${t('common.delete')}: ${script.name}`}
          onClick={onRemove}
        >
          {t('common.delete')}
        </Button>
      </div>
      {open && <TestForm script={script} index={index} />}
      {steps && came !== undefined && <Steps came={came} onOpen={onOpen} />}
    </>
  )
}

/** What happened, second by second; a click leads to the step. */
function Steps({ came, onOpen }: { came: Rehearsal; onOpen(id: string): void }) {
  const t = useF()
  const format = useFormat()
  const { program } = useEditor()
  const said = (what: string) => flowWord(t, 'happened', what) ?? what.replaceAll('_', ' ')
  return (
    <ol className={own.moments}>
      {came.steps.map((m, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: moments have no other name
        <li key={i}>
          <span className={own.moment}>{format.number(m.at)} s</span>
          <span>
            {program.nodes[m.node] === undefined ? (
              <code>{m.node}</code>
            ) : (
              <UnstyledButton className={classes.link} onClick={() => onOpen(m.node)}>
                {m.node}
              </UnstyledButton>
            )}{' '}
            {said(m.what)}
            {m.text !== '' && <> “{m.text}”</>}
          </span>
        </li>
      ))}
      <li>
        <span className={own.moment}>{format.number(came.took)} s</span>
        <b>{flowWord(t, 'end', came.end) ?? came.end}</b>
      </li>
    </ol>
  )
}
