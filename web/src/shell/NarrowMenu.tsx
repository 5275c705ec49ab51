import { Drawer } from '@mantine/core'
import { useT } from '../app/hooks.tsx'
import { Nav } from './Nav.tsx'
import classes from './shell.module.css'

/** The places, on a screen too narrow for the rail. */
export function NarrowMenu({ onClose }: { onClose(): void }) {
  const t = useT()
  return (
    <Drawer
      opened
      onClose={onClose}
      title={t('nav.main')}
      size="280px"
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Nav className={classes.drawer ?? ''} onGo={onClose} />
    </Drawer>
  )
}
