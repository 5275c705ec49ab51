import { SegmentedControl, Select, Textarea } from '@mantine/core'
import { useRef, useState } from 'react'
import { useLanguage } from '../app/hooks.tsx'
import { languages } from '../i18n/language.ts'
import { useEditor, useF, useHere } from './context.tsx'
import classes from './flows.module.css'

export interface FieldProps {
  label: string
  description?: string
  error?: string | undefined
  required?: boolean
}

/** Text with a list of names to put into it. */
export function TemplateField({
  value,
  onChange,
  ...field
}: FieldProps & { value: string; onChange(value: string): void }) {
  const t = useF()
  const { table } = useHere()
  const { program } = useEditor()
  const area = useRef<HTMLTextAreaElement>(null)
  const [open, close] = ['{{', '}}']
  const names = [
    ...Object.entries(program.variables ?? {})
      .filter(([, v]) => v.secret !== true)
      .map(([name]) => name),
    ...table.names.filter((n) => n.name.includes('.')).map((n) => n.name),
  ]
  const insert = (name: string | null) => {
    const at = area.current
    if (name === null || at === null) return
    const put = `${open}${name}${close}`
    const from = at.selectionStart
    onChange(value.slice(0, from) + put + value.slice(at.selectionEnd))
    setTimeout(() => {
      at.focus()
      at.setSelectionRange(from + put.length, from + put.length)
    }, 0)
  }
  return (
    <div>
      <Textarea
        {...shown(field)}
        ref={area}
        autosize
        minRows={2}
        maxRows={8}
        value={value}
        onChange={(e) => onChange(e.currentTarget.value)}
      />
      <Select
        mt={4}
        size="xs"
        aria-label={`${t('flow.insert')}: ${field.label}`}
        placeholder={t('flow.insert')}
        data={names}
        value={null}
        onChange={insert}
        searchable
        selectFirstOptionOnChange
      />
    </div>
  )
}

/** Only what is there: an empty description would take room. */
export function shown({ label, description, error, required }: FieldProps) {
  return {
    label,
    ...(description === undefined || description === '' ? {} : { description }),
    ...(error === undefined ? {} : { error }),
    ...(required === true ? { withAsterisk: true } : {}),
    inputWrapperOrder: ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[],
  }
}

/** Spoken text: one for all, or one for each language. */
export function TextField({
  value,
  onChange,
  ...field
}: FieldProps & { value: unknown; onChange(value: unknown): void }) {
  const t = useF()
  const { table } = useHere()
  const now = useLanguage()
  const [language, setLanguage] = useState<string>(now)
  const byLanguage = typeof value === 'object' && value !== null
  const texts = (byLanguage ? value : {}) as Record<string, string>
  const all = [...new Set([...table.languages, ...Object.keys(texts)])]
  const name = (code: string) => languages.find((l) => l.code === code)?.name ?? code
  const put = (code: string, text: string) => {
    const { [code]: _, ...rest } = texts
    const next = text === '' ? rest : { ...rest, [code]: text }
    onChange(Object.keys(next).length === 0 ? undefined : next)
  }
  const one = typeof value === 'string' ? value : ''
  return (
    <div className={classes.stack}>
      <SegmentedControl
        size="xs"
        fullWidth
        aria-label={field.label}
        value={byLanguage ? 'by' : 'all'}
        onChange={(mode) => {
          if (mode === 'by') onChange({ [language]: one })
          else onChange(texts[language] ?? Object.values(texts)[0] ?? undefined)
        }}
        data={[
          { value: 'all', label: t('flow.allLanguages') },
          { value: 'by', label: t('flow.byLanguage') },
        ]}
      />
      {byLanguage ? (
        <>
          <SegmentedControl
            size="xs"
            fullWidth
            aria-label={t('flow.byLanguage')}
            value={language}
            onChange={setLanguage}
            data={all.map((code) => ({ value: code, label: `${name(code)}${texts[code] ? ' ✓' : ''}` }))}
          />
          <TemplateField
            {...field}
            label={t('flow.textIn', { language: name(language) })}
            value={texts[language] ?? ''}
            onChange={(text) => put(language, text)}
          />
        </>
      ) : (
        <TemplateField {...field} value={one} onChange={(text) => onChange(text === '' ? undefined : text)} />
      )}
    </div>
  )
}
