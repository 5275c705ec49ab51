import { SegmentedControl } from '@mantine/core'
import { type ReactNode, useEffect } from 'react'
import { useApp, useLanguage, useT } from '../app/hooks.tsx'
import { isLanguage, languages } from '../i18n/language.ts'
import classes from './start.module.css'

/** The frame of the pages before signing in: product, language, content. */
export function Gate({ title, children }: { title: string; children: ReactNode }) {
  const t = useT()
  const app = useApp()
  const language = useLanguage()
  useEffect(() => {
    document.title = `${title} · Linekeeper`
  }, [title])
  return (
    <main className={classes.gate}>
      <div className={classes.box}>
        <div className={classes.brand}>
          <img src="/icon.svg" alt="" width={34} height={34} />
          <span>{t('common.product')}</span>
          <SegmentedControl
            size="xs"
            aria-label={t('common.language')}
            value={language}
            data={languages.map((l) => ({ value: l.code, label: l.name }))}
            onChange={(code) => {
              if (isLanguage(code)) void app.choose(code)
            }}
            className={classes.languages}
            data-testid="language"
          />
        </div>
        {children}
      </div>
    </main>
  )
}
