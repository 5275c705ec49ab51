import { Button, CopyButton } from '@mantine/core'
import { useT } from '../app/hooks.tsx'

/** Copies a text that is shown beside it. */
export function Copy({ value }: { value: string }) {
  const t = useT()
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <Button size="compact-xs" variant="default" onClick={copy} data-testid="copy">
          {t(copied ? 'phones.copied' : 'phones.copy')}
        </Button>
      )}
    </CopyButton>
  )
}
