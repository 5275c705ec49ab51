import { Button, Checkbox } from '@mantine/core'
import { useState } from 'react'
import { languages } from '../i18n/language.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { useF } from './context.tsx'
import type { Opened } from './file.ts'
import classes from './flows.module.css'

const spoken = (codes: readonly string[]) => codes.map((c) => languages.find((l) => l.code === c)?.name ?? c).join(', ')

interface Props {
  file: Opened
  /** Why it did not work; empty: it was not tried. */
  error: string
  busy: boolean
  onImport(replace: string[]): void
  onClose(): void
}

/** Asks which prompts that are here the file may replace. */
export function FileDialog({ file, error, busy, onImport, onClose }: Props) {
  const t = useF()
  const [replace, setReplace] = useState<readonly string[]>([])
  const fresh = file.prompts.filter((p) => p.state === 'new')
  const others = file.prompts.filter((p) => p.state === 'other')
  return (
    <Dialog opened onClose={onClose} title={t('flow.importTitle')} closeLabel={t('common.close')} testId="import-flow">
      <div className={classes.stack}>
        {fresh.length > 0 && <p>{t('flow.importNew', { count: fresh.length })}</p>}
        {others.length > 0 && <p>{t('flow.importOther')}</p>}
        {others.map(({ key, name, differs }) => (
          <Checkbox
            key={key}
            label={t('flow.importReplace', { name, languages: spoken(differs) })}
            checked={replace.includes(key)}
            onChange={(e) => setReplace(e.currentTarget.checked ? [...replace, key] : replace.filter((k) => k !== key))}
            data-testid={`replace-${key}`}
          />
        ))}
        {file.prompts
          .filter((p) => p.lacks.length > 0)
          .map(({ key, name, lacks }) => (
            <p key={key} className={classes.quiet}>
              {t('flow.importLacks', { name, languages: spoken(lacks) })}
            </p>
          ))}
        <div role="alert">{error !== '' && <p className={classes.wrong}>{error}</p>}</div>
        <div className={classes.buttons}>
          <Button loading={busy} onClick={() => onImport([...replace])} data-testid="import-now">
            {t('flow.importNow')}
          </Button>
          <Button variant="default" onClick={onClose} data-autofocus>
            {t('common.cancel')}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
