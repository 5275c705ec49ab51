import { UnstyledButton } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { useFormat, useLanguage } from '../app/hooks.tsx'
import { Icon } from '../ui/Icon.tsx'
import { Mark } from '../ui/Mark.tsx'
import { useEditor, useF, useHere, useMarks } from './context.tsx'
import classes from './flows.module.css'
import { outline } from './outline.ts'
import own from './rehearsal.module.css'
import { iconOf, kindName, problemText, summary, wayName } from './words.ts'

/** The flow as a text to walk through: the same steps, each a heading with its ways as links. */
export function Outline({ onOpen }: { onOpen(id: string): void }) {
  const t = useF()
  const language = useLanguage()
  const { kinds } = useHere()
  const { program, problems, selected } = useEditor()
  const format = useFormat()
  const { counts, unseen } = useMarks()
  const passed = (name: string) => {
    const count = counts?.get(name)
    return (
      <>
        {count !== undefined && (
          <span className={own.count} data-zero={count === 0}>
            {t('flow.todayN', { n: format.number(count) })}
          </span>
        )}
        {unseen.has(name) && (
          <Mark tone="quiet" icon="circle">
            {t('flow.notPassed')}
          </Mark>
        )}
      </>
    )
  }
  const list = useRef<HTMLOListElement>(null)
  const one = selected.length === 1 ? selected[0] : undefined
  useEffect(() => {
    if (one !== undefined)
      list.current?.querySelector(`[data-step="${CSS.escape(one)}"]`)?.scrollIntoView({ block: 'nearest' })
  }, [one])
  const items = outline(program, kinds)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={classes.outline} aria-label={t('flow.list')} tabIndex={0} data-testid="flow-outline">
      <h2 className={classes.said}>{t('flow.list')}</h2>
      <p className={classes.quiet}>{t('flow.outlineHint')}</p>
      <ol ref={list}>
        {items.map((item) => {
          const node = program.nodes[item.id]
          if (node === undefined) return null
          const kind = kinds.get(node.kind)
          const wrong = problems.filter((p) => p.node === item.id)
          const via = item.via === null ? undefined : program.nodes[item.via.from]
          return (
            <li
              key={item.id}
              data-step={item.id}
              data-selected={selected.includes(item.id)}
              style={{ marginInlineStart: Math.min(item.depth, 6) * 18 }}
            >
              {item.via !== null && via !== undefined && (
                <div className={classes.via}>
                  {kindName(t, via.kind)} <code>{item.via.from}</code> · {wayName(t, kinds.get(via.kind), item.via.way)}
                </div>
              )}
              <h3>
                <UnstyledButton
                  className={classes.stepLink}
                  aria-current={selected.includes(item.id) ? 'true' : undefined}
                  onClick={() => onOpen(item.id)}
                  data-testid={`step-${item.id}`}
                >
                  <Icon name={iconOf(kind, node.kind)} size={16} />
                  {kindName(t, node.kind)} <code>{item.id}</code>
                </UnstyledButton>{' '}
                {passed(item.id)}
              </h3>
              <div>{summary(kind, node, language)}</div>
              {node.comment !== undefined && <div className={classes.cardComment}>{node.comment}</div>}
              {item.loose && (
                <Mark tone="warning" icon="warn">
                  {t('flow.unreached')}
                </Mark>
              )}
              {wrong.map((p) => (
                <div key={`${p.field} ${p.text}`} className={classes.wrong}>
                  {problemText(t, p)}
                </div>
              ))}
              {item.ways.length > 0 && (
                <ul className={classes.wayLinks}>
                  {item.ways.map((w) => (
                    <li key={w.name}>
                      {wayName(t, kind, w.name, { node, language })} →{' '}
                      {program.nodes[w.to] === undefined ? (
                        <i>{w.optional ? t('flow.notNeeded') : t('flow.nowhere')}</i>
                      ) : (
                        <UnstyledButton className={classes.link} onClick={() => onOpen(w.to)}>
                          {w.to}
                        </UnstyledButton>
                      )}{' '}
                      {passed(`${item.id}.${w.name}`)}
                    </li>
                  ))}
                </ul>
              )}
            </li>
          )
        })}
      </ol>
    </section>
  )
}
