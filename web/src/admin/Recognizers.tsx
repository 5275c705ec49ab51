import { useQuery } from '@tanstack/react-query'
import { useT } from '../app/hooks.tsx'
import type { ProjectRecognizer } from '../wire/model.ts'
import { soundApi } from '../wire/sound.ts'
import { LanguageEngines } from './LanguageEngines.tsx'
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
  const none = engines.length === 0 && speech.isSuccess
  return (
    <LanguageEngines
      name="recognizer"
      texts={{
        legend: 'admin.recognizers',
        hint: none ? 'admin.recognizersNone' : 'admin.recognizersHint',
        engine: 'admin.recognizer',
        add: 'admin.addRecognizer',
      }}
      value={value}
      engines={engines}
      problems={ofRecognizers(speech.data, id).map((p) => ({
        language: p.language,
        text: (language) => t(`admin.recognizerProblems.${p.problem}`, { language, engine: p.engine }),
      }))}
      fault={fault}
      fresh={(language, engine) => ({ language, engine })}
      onChange={onChange}
    />
  )
}
