import { type ReactNode, useEffect } from 'react'
import classes from './ui.module.css'

/** A screen: its heading, what stands beside it, its content. */
export function Page({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Linekeeper`
  }, [title])
  return (
    <div className={classes.page}>
      <div className={classes.pageHead}>
        <h1>{title}</h1>
        {aside}
      </div>
      {children}
    </div>
  )
}

/** A part of a screen with its heading. */
export function Section({
  title,
  aside,
  children,
  testId,
}: {
  title: string
  aside?: ReactNode
  children: ReactNode
  testId?: string
}) {
  return (
    <section className={classes.section} aria-label={title} data-testid={testId}>
      <div className={classes.sectionHead}>
        <h2>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  )
}

/** Names and values, one under the other. */
export function Facts({ facts }: { facts: { name: string; value: ReactNode }[] }) {
  return (
    <dl className={classes.facts}>
      {facts.map((f) => (
        <div key={f.name}>
          <dt>{f.name}</dt>
          <dd>{f.value}</dd>
        </div>
      ))}
    </dl>
  )
}
