import { Button } from '@mantine/core'
import { useLanguage } from '../app/hooks.tsx'
import { useF, useHere } from './context.tsx'
import classes from './rehearsal.module.css'
import { templatesOf } from './templates.ts'

/** The programs that come along to begin from; the draft becomes the chosen one, and undo takes it back. */
export function Begin({ onDone }: { onDone(): void }) {
  const t = useF()
  const language = useLanguage()
  const { editor, kinds, table, say } = useHere()
  const templates = templatesOf(table, kinds, language)
  return (
    <section className={classes.begin} aria-label={t('flow.begin')} data-testid="begin">
      <span>{t('flow.begin')}</span>
      <Button size="compact-sm" variant="default" onClick={onDone} data-testid="begin-empty">
        {t('flow.beginEmpty')}
      </Button>
      {templates.map(({ key, name, program }) => (
        <Button
          key={key}
          size="compact-sm"
          variant="default"
          onClick={() => {
            editor.change(program, '', [])
            say(t('flow.begun', { name }))
            onDone()
          }}
          data-testid={`begin-${key}`}
        >
          {name}
        </Button>
      ))}
    </section>
  )
}
