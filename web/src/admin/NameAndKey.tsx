import { TextInput } from '@mantine/core'
import { useState } from 'react'
import { useT } from '../app/hooks.tsx'
import type { TextKey } from '../i18n/texts.ts'
import { keyFrom } from './field.ts'

export interface Named {
  name: string
  key: string
}

interface Props {
  value: Named
  /** It is there already: its key stays when the name changes. */
  kept: boolean
  faults?: Readonly<Record<string, string>>
  hint?: TextKey
  /** What the key becomes while nobody has written one. */
  follow?(name: string): string
  /** Of the test ids. */
  prefix?: string
  onChange(value: Named): void
}

/** The name of a thing and its key, which follows the name until it is written by hand. */
export function NameAndKey({
  value,
  kept,
  faults = {},
  hint = 'admin.keyHint',
  follow = keyFrom,
  prefix = 'field',
  onChange,
}: Props) {
  const t = useT()
  const [own, setOwn] = useState(kept)
  return (
    <>
      <TextInput
        label={t('common.name')}
        value={value.name}
        error={faults.name}
        required
        data-autofocus
        onChange={(e) => {
          const name = e.currentTarget.value
          onChange({ name, key: own ? value.key : follow(name) })
        }}
        data-testid={`${prefix}-name`}
      />
      <TextInput
        label={t('admin.key')}
        description={t(hint)}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        value={value.key}
        error={faults.key}
        required
        onChange={(e) => {
          setOwn(true)
          onChange({ name: value.name, key: e.currentTarget.value })
        }}
        data-testid={`${prefix}-key`}
      />
    </>
  )
}
