import { Modal } from '@mantine/core'
import type { ReactNode } from 'react'

interface Props {
  opened: boolean
  onClose(): void
  title: string
  closeLabel: string
  size?: string
  closeOnEscape?: boolean
  testId: string
  children: ReactNode
}

/** A dialog. The call bar stays above it and can always be used. */
export function Dialog({
  opened,
  onClose,
  title,
  closeLabel,
  size = 'lg',
  closeOnEscape = true,
  testId,
  children,
}: Props) {
  return (
    <Modal.Root
      opened={opened}
      onClose={onClose}
      size={size}
      closeOnEscape={closeOnEscape}
      transitionProps={{ duration: 0 }}
      yOffset="6vh"
      styles={{ content: { maxHeight: 'calc(94dvh - var(--lk-bar-room))' } }}
      data-testid={testId}
    >
      <Modal.Overlay />
      <Modal.Content>
        {/* Not the page's banner. */}
        <Modal.Header role="none">
          <Modal.Title fw={650} fz={18}>
            {title}
          </Modal.Title>
          <Modal.CloseButton aria-label={closeLabel} />
        </Modal.Header>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  )
}
