import { Button, Select } from '@mantine/core'
import type { ReactNode } from 'react'
import { useT } from '../app/hooks.tsx'
import { languages } from '../i18n/language.ts'
import type { TextKey } from '../i18n/texts.ts'
import { Icon } from '../ui/Icon.tsx'
import classes from './admin.module.css'

/** What is chosen for a language, or for all others (no language). */
export interface Choice {
  language?: string
  engine: string
}

interface Props<T extends Choice> {
  /** Names the parts in tests: field-NAMEs, NAME-LANGUAGE, NAME-problem-LANGUAGE, add-NAME. */
  name: string
  texts: { legend: TextKey; hint: TextKey; engine: TextKey; add: TextKey }
  value: T[]
  engines: { name: string; resting?: boolean }[]
  problems: { language: string; text: (language: string) => string }[]
  fault: string | undefined
  /** A new row. */
  fresh(language: string, engine: string): T
  /** What a row has besides language and engine. */
  more?: (row: T, put: (change: Partial<T>) => void) => ReactNode
  onChange(value: T[]): void
}

/** An engine for each language, and one for all others. */
export function LanguageEngines<T extends Choice>(props: Props<T>) {
  const { name, texts, value, engines, problems, fault, fresh, more, onChange } = props
  const t = useT()
  const put = (at: number, change: Partial<T>) => onChange(value.map((v, i) => (i === at ? { ...v, ...change } : v)))
  const free = ['', ...languages.map((l) => l.code)].filter((l) => !value.some((v) => (v.language ?? '') === l))
  const nameOf = (language: string) =>
    language === '' ? t('admin.voiceOthers') : (languages.find((l) => l.code === language)?.name ?? language)
  const first = engines[0]
  return (
    <fieldset className={classes.group} data-testid={`field-${name}s`}>
      <legend>{t(texts.legend)}</legend>
      <p>{t(texts.hint)}</p>
      {value.map((v, i) => {
        const language = v.language ?? ''
        const names = engines.map((e) => ({
          value: e.name,
          label: e.resting ? `${e.name} · ${t('admin.engineResting')}` : e.name,
        }))
        if (v.engine !== '' && !engines.some((e) => e.name === v.engine))
          names.push({ value: v.engine, label: `${v.engine} · ${t('admin.engineGone')}` })
        return (
          <div className={classes.bar} key={language} data-testid={`${name}-${language === '' ? 'others' : language}`}>
            <Select
              label={t('admin.language')}
              data={[language, ...free].map((l) => ({ value: l, label: nameOf(l) }))}
              value={language}
              allowDeselect={false}
              onChange={(l) => put(i, { language: l ?? '' } as Partial<T>)}
            />
            <Select
              label={t(texts.engine)}
              data={names}
              value={v.engine}
              allowDeselect={false}
              onChange={(e) => put(i, { engine: e ?? '' } as Partial<T>)}
            />
            {more?.(v, (change) => put(i, change))}
            <Button
              variant="subtle"
              color="red"
              leftSection={<Icon name="trash" size={16} />}
              aria-label={`${t('common.delete')}: ${nameOf(language)}`}
              onClick={() => onChange(value.filter((_, at) => at !== i))}
            >
              {t('common.delete')}
            </Button>
          </div>
        )
      })}
      <div role="alert">{fault !== undefined && <p className={classes.error}>{fault}</p>}</div>
      {problems.map((p) => (
        <p key={p.language} role="status" className={classes.error} data-testid={`${name}-problem-${p.language}`}>
          {p.text(nameOf(p.language))}
        </p>
      ))}
      {first !== undefined && free.length > 0 && (
        <Button
          variant="default"
          onClick={() => onChange([...value, fresh(free[0] ?? '', first.name)])}
          data-testid={`add-${name}`}
        >
          {t(texts.add)}
        </Button>
      )}
    </fieldset>
  )
}
