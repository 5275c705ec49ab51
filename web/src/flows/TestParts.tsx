import { Select, Textarea } from '@mantine/core'
import { useState } from 'react'

/** A Select whose first choice means that nothing is said. */
export function Maybe({
  label,
  none,
  value,
  data,
  onChange,
}: {
  label: string
  none: string
  value: string | undefined
  data: { value: string; label: string }[]
  onChange(v: string): void
}) {
  const now = value ?? ''
  const unknown = now === '' || data.some((d) => d.value === now) ? [] : [{ value: now, label: now }]
  return (
    <Select
      size="xs"
      label={label}
      data={[{ value: '', label: none }, ...unknown, ...data]}
      value={now}
      allowDeselect={false}
      onChange={(v) => onChange(v ?? '')}
    />
  )
}

/** A text that is read as something else when it is left; what cannot be read stays to be put right. */
export function Typed({
  label,
  hint,
  value,
  onLeave,
  testId,
}: {
  label: string
  hint?: string
  value: string
  onLeave(text: string): void
  testId?: string
}) {
  const [text, setText] = useState<string | null>(null)
  return (
    <Textarea
      size="xs"
      label={label}
      description={hint}
      autosize
      minRows={1}
      value={text ?? value}
      onChange={(e) => setText(e.currentTarget.value)}
      onBlur={() => {
        if (text !== null) onLeave(text)
        setText(null)
      }}
      data-testid={testId}
    />
  )
}
