import type { ReactNode } from 'react'
import { Icon, type IconName } from './Icon.tsx'
import classes from './ui.module.css'

export type Tone = 'good' | 'warning' | 'bad' | 'active' | 'quiet'

/** A state: colour, shape and word together. */
export function Mark({ tone, icon, children }: { tone: Tone; icon: IconName; children: ReactNode }) {
  return (
    <span className={classes.mark} data-tone={tone}>
      <Icon name={icon} size={15} />
      <span>{children}</span>
    </span>
  )
}
