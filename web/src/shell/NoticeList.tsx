import { Button, Drawer } from '@mantine/core'
import { useFormat, useLanguage, useT, useValue, useWorld } from '../app/hooks.tsx'
import { Formatted } from '../parts/Formatted.tsx'
import { noticeText } from '../state/notices.ts'
import { Mark } from '../ui/Mark.tsx'
import type { NoticeView } from '../wire/desk.gen.ts'
import classes from './notice.module.css'

/** What leaders have written to this person, what asks for something first. */
export function NoticeList() {
  const t = useT()
  const world = useWorld()
  const open = useValue(world.panels).notices
  const { notices } = useValue(world.desk.live)
  const sorted = [...notices.filter((n) => !n.done), ...notices.filter((n) => n.done)]
  return (
    <Drawer.Root
      opened={open}
      onClose={() => world.panels.update((p) => ({ ...p, notices: false }))}
      position="right"
      size="440px"
      data-testid="notice-list"
    >
      <Drawer.Overlay />
      <Drawer.Content>
        {/* Not the page's banner. */}
        <Drawer.Header role="none">
          <Drawer.Title fw={650} fz={18}>
            {t('notice.mine')}
          </Drawer.Title>
          <Drawer.CloseButton aria-label={t('common.close')} />
        </Drawer.Header>
        <Drawer.Body pb="calc(var(--lk-bar-room) + 16px)">
          {sorted.length === 0 && <p>{t('notice.none')}</p>}
          <ul className={classes.list}>
            {sorted.map((n) => (
              <One key={n.notice} notice={n} />
            ))}
          </ul>
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  )
}

function One({ notice: n }: { notice: NoticeView }) {
  const t = useT()
  const format = useFormat()
  const language = useLanguage()
  const { desk } = useWorld()
  const busy = useValue(desk.busy)
  const { title, body } = noticeText(n.texts, language)
  const confirms = n.importance !== 'read'
  const done = confirms
    ? t('notice.confirmedAt', { time: format.dateTime(n.confirmed) })
    : t('notice.readAt', { time: format.dateTime(n.read) })
  return (
    <li className={classes.one} data-done={n.done} data-testid="notice-one">
      <h3>{title}</h3>
      {n.done ? (
        <Mark tone="good" icon="check">
          {done}
        </Mark>
      ) : (
        <Mark
          tone={n.importance === 'block' ? 'bad' : 'warning'}
          icon={n.importance === 'block' ? 'lock' : confirms ? 'check' : 'info'}
        >
          {t(`notice.importances.${n.importance as 'read' | 'confirm' | 'block'}`)}
        </Mark>
      )}
      <Formatted text={body} />
      <small className={classes.by}>
        {t('notice.by', { who: n.author || '–', time: format.dateTime(n.changed) })}
        {n.until > 0 && ` · ${t('notice.until', { time: format.dateTime(n.until) })}`}
      </small>
      {!n.done && (
        <Button
          loading={busy.has(`${confirms ? 'notice_confirm' : 'notice_read'} ${n.notice}`)}
          variant={confirms ? 'filled' : 'default'}
          onClick={() => void (confirms ? desk.noticeConfirm(n) : desk.noticeRead(n))}
          data-testid="notice-do"
        >
          {t(confirms ? 'notice.confirm' : 'notice.read')}
        </Button>
      )}
    </li>
  )
}
