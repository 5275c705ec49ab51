import { Fragment, type ReactNode } from 'react'
import classes from './formatted.module.css'

export type Block = { kind: 'lines'; lines: string[] } | { kind: 'list'; items: string[] }

/** The paragraphs and lists of a text. */
export function blocks(text: string): Block[] {
  const out: Block[] = []
  let fresh = true
  for (const line of text.replaceAll('\r', '').split('\n')) {
    if (line.trim() === '') {
      fresh = true
      continue
    }
    const item = /^\s*-\s+(.*)$/.exec(line)?.[1]
    const last = out.at(-1)
    if (item !== undefined) {
      if (!fresh && last?.kind === 'list') last.items.push(item)
      else out.push({ kind: 'list', items: [item] })
    } else if (!fresh && last?.kind === 'lines') last.lines.push(line)
    else out.push({ kind: 'lines', lines: [line] })
    fresh = false
  }
  return out
}

export type Span = { kind: 'plain' | 'bold' | 'link'; text: string }

/** Bold words and addresses of web pages in a line; everything else is what it looks like. */
export function spans(line: string): Span[] {
  const out: Span[] = []
  let at = 0
  for (const m of line.matchAll(/\*\*(\S(?:[^*]*\S)?)\*\*|https?:\/\/[^\s<>"]*[^\s<>".,;:!?)]/g)) {
    if (m.index > at) out.push({ kind: 'plain', text: line.slice(at, m.index) })
    out.push(m[1] === undefined ? { kind: 'link', text: m[0] } : { kind: 'bold', text: m[1] })
    at = m.index + m[0].length
  }
  if (at < line.length) out.push({ kind: 'plain', text: line.slice(at) })
  return out
}

const line = (text: string): ReactNode =>
  spans(text).map((s, i) => {
    const key = `${i} ${s.text}`
    if (s.kind === 'bold') return <b key={key}>{s.text}</b>
    if (s.kind === 'link')
      return (
        <a key={key} href={s.text} target="_blank" rel="noreferrer noopener">
          {s.text}
        </a>
      )
    return <Fragment key={key}>{s.text}</Fragment>
  })

/** A text with paragraphs, lists, bold words and addresses. Nothing of it is ever read as HTML. */
export function Formatted({ text }: { text: string }) {
  return (
    <div className={classes.text}>
      {blocks(text).map((b, i) => {
        const key = `${i} ${b.kind}`
        if (b.kind === 'list')
          return (
            <ul key={key}>
              {b.items.map((item, j) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the text is drawn whole each time
                <li key={j}>{line(item)}</li>
              ))}
            </ul>
          )
        return (
          <p key={key}>
            {b.lines.map((l, j) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the text is drawn whole each time
              <Fragment key={j}>
                {j > 0 && <br />}
                {line(l)}
              </Fragment>
            ))}
          </p>
        )
      })}
    </div>
  )
}
