import { Button, Menu } from '@mantine/core'
import { useLanguage } from '../app/hooks.tsx'
import { Icon } from '../ui/Icon.tsx'
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
      <Menu position="bottom-start">
        <Menu.Target>
          <Button
            size="compact-sm"
            variant="default"
            rightSection={<Icon name="down" size={12} />}
            data-testid="begin-template"
          >
            {t('flow.begin')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown className={classes.beginList}>
          {templates.map(({ key, name, program }) => (
            <Menu.Item
              key={key}
              onClick={() => {
                editor.change(program, '', [])
                say(t('flow.begun', { name }))
                onDone()
              }}
              data-testid={`begin-${key}`}
            >
              {name}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Button size="compact-sm" variant="subtle" onClick={onDone} data-testid="begin-empty">
        {t('flow.beginEmpty')}
      </Button>
    </section>
  )
}
