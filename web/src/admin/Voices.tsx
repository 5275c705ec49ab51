import { TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useT } from '../app/hooks.tsx'
import type { ProjectVoice } from '../wire/model.ts'
import { soundApi } from '../wire/sound.ts'
import { LanguageEngines } from './LanguageEngines.tsx'
import { ofVoices } from './speech.ts'

interface Props {
  value: ProjectVoice[]
  fault: string | undefined
  /** The project's id; what is wrong with its voices as they are saved is said. */
  id: string
  onChange(value: ProjectVoice[]): void
}

/** Who speaks a project's texts: an engine and a voice for each language, and for all others. */
export function Voices({ value, fault, id, onChange }: Props) {
  const t = useT()
  const speech = useQuery({ queryKey: ['set-up', 'speech'], queryFn: soundApi.speech })
  const engines = speech.data?.engines ?? []
  const none = engines.length === 0 && speech.isSuccess
  return (
    <LanguageEngines
      name="voice"
      texts={{
        legend: 'admin.voices',
        hint: none ? 'admin.voicesNone' : 'admin.voicesHint',
        engine: 'admin.engine',
        add: 'admin.addVoice',
      }}
      value={value}
      engines={engines}
      problems={ofVoices(speech.data, id).map((p) => ({
        language: p.language,
        text: (language) => t(`admin.voiceProblems.${p.problem}`, { language, engine: p.engine }),
      }))}
      fault={fault}
      fresh={(language, engine) => ({ language, engine, voice: '' })}
      more={(row, put) => (
        <TextInput
          label={t('admin.voice')}
          placeholder={t('admin.voiceUsual')}
          value={row.voice ?? ''}
          autoComplete="off"
          onChange={(e) => put({ voice: e.currentTarget.value })}
        />
      )}
      onChange={onChange}
    />
  )
}
