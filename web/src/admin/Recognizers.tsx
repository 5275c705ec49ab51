import { Button, Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useT } from '../app/hooks.tsx'
import { languages } from '../i18n/language.ts'
import { Icon } from '../ui/Icon.tsx'
import type { ProjectRecognizer } from '../wire/model.ts'
import { soundApi } from '../wire/sound.ts'
import classes from './admin.module.css'
import { ofRecognizers } from './speech.ts'

interface Props {
  value: ProjectRecognizer[]
  fault: string | undefined
  /** The project's id; what is wrong with its recognizers as they are saved is said. */
  id: string
  onChange(value: ProjectRecognizer[]): void
}

/** What hears a project's customers: a recognizer for each language, and for all others. */
export function Recognizers({ value, fault, id, onChange }: Props) {
  const t = useT()
  const speech = useQuery({ queryKey: ['set-up', 'speech'], queryFn: soundApi.speech })
  const engines = speech.data?.recognizers ?? []
  const problems = ofRecognizers(speech.data, id)
  const put = (at: number, change: Partial<ProjectRecognizer>) =>
    onChange(value.map((v, i) => (i === at ? { ...v, ...change } : v)))
  const free = ['', ...languages.map((l) => l.code)].filter((l) => !value.some((v) => (v.language ?? '') === l))
  const nameOf = (language: string) =>
    language === '' ? t('admin.voiceOthers') : (languages.find((l) => l.code === language)?.name ?? language)
  const first = engines[0]
  return (
    <fieldset className={classes.group} data-testid="field-recognizers">
      <legend>{t('admin.recognizers')}</legend>
      <p>{t(engines.length === 0 && speech.isSuccess ? 'admin.recognizersNone' : 'admin.recognizersHint')}</p>
      {value.map((v, i) => {
        const language = v.language ?? ''
        const names = engines.map((e) => ({
          value: e.name,
          label: e.resting ? `${e.name} · ${t('admin.engineResting')}` : e.name,
        }))
        if (v.engine !== '' && !engines.some((e) => e.name === v.engine))
          names.push({ value: v.engine, label: `${v.engine} · ${t('admin.engineGone')}` })
        return (
          <div
            className={classes.bar}
            key={language}
            data-testid={`recognizer-${language === '' ? 'others' : language}`}
          >
            <Select
              label={t('admin.language')}
              data={[language, ...free].map((l) => ({ value: l, label: nameOf(l) }))}
              value={language}
              allowDeselect={false}
              onChange={(l) => put(i, { language: l ?? '' })}
            />
            <Select
              label={t('admin.recognizer')}
              data={names}
              value={v.engine}
              allowDeselect={false}
              onChange={(e) => put(i, { engine: e ?? '' })}
            />
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
        <p key={p.language} role="status" className={classes.error} data-testid={`recognizer-problem-${p.language}`}>
          {t(`admin.recognizerProblems.${p.problem}`, { language: nameOf(p.language), engine: p.engine })}
        </p>
      ))}
      {first !== undefined && free.length > 0 && (
        <Button
          variant="default"
          onClick={() => onChange([...value, { language: free[0] ?? '', engine: first.name }])}
          data-testid="add-recognizer"
        >
          {t('admin.addRecognizer')}
        </Button>
      )}
    </fieldset>
  )
}
