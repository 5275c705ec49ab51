import { Button } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { useApp, useFormat, useLanguage, useT, useValue, useWorld } from '../app/hooks.tsx'
import { Formatted } from '../parts/Formatted.tsx'
import { asking, news, noticeKey, noticeText } from '../state/notices.ts'
import { Icon } from '../ui/Icon.tsx'
import { Mark } from '../ui/Mark.tsx'
import type { NoticeView } from '../wire/desk.gen.ts'
import classes from './notice.module.css'

/**
 * Says that leaders have written: a quiet line for what is new, and what is to be confirmed in a corner. Neither takes
 * the focus; while something is in hand only the line is shown.
 */
export function NoticeAsk() {
  const t = useT()
  const app = useApp()
  const world = useWorld()
  const language = useLanguage()
  const format = useFormat()
  const { desk } = world
  const live = useValue(desk.live)
  const later = useValue(desk.later)
  const busy = useValue(desk.busy)
  const before = useRef<NoticeView[] | null>(null)
  useEffect(() => {
    if (live.notices === before.current || !live.noticesCame) return
    for (const n of news(before.current, live.notices))
      app.toast(t('notice.came', { title: noticeText(n.texts, language).title }), {
        action: { label: t('common.show'), run: () => world.panels.update((p) => ({ ...p, notices: true })) },
      })
    before.current = live.notices
  }, [live.notices, live.noticesCame, app, t, language, world])
  const n = asking(live, later)
  if (n === null) return null
  const { title, body } = noticeText(n.texts, language)
  const blocks = n.importance === 'block'
  return (
    <section
      className={classes.ask}
      role="dialog"
      aria-label={t('notice.askLabel')}
      data-testid="notice-ask"
      data-importance={n.importance}
    >
      <div className={classes.head}>
        <Icon name="bell" size={18} />
        <h2>{title}</h2>
      </div>
      <Mark tone={blocks ? 'bad' : 'warning'} icon={blocks ? 'lock' : 'check'}>
        {t(`notice.importances.${blocks ? 'block' : 'confirm'}`)}
      </Mark>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long text is scrolled by keyboard */}
      <section className={classes.body} tabIndex={0} aria-label={title}>
        <Formatted text={body} />
      </section>
      <small className={classes.by}>{t('notice.by', { who: n.author || '–', time: format.dateTime(n.changed) })}</small>
      <div className={classes.acts}>
        <Button
          loading={busy.has(`notice_confirm ${n.notice}`)}
          onClick={() => void desk.noticeConfirm(n)}
          data-testid="notice-confirm"
        >
          {t('notice.confirm')}
        </Button>
        <Button
          variant="default"
          onClick={() => desk.later.update((l) => new Set(l).add(noticeKey(n)))}
          data-testid="notice-later"
        >
          {t('notice.later')}
        </Button>
      </div>
    </section>
  )
}
