import { TextInput, Tooltip, UnstyledButton } from '@mantine/core'
import { useState } from 'react'
import { useLanguage } from '../app/hooks.tsx'
import { named } from '../parts/names.ts'
import { Icon } from '../ui/Icon.tsx'
import { useF, useHere } from './context.tsx'
import classes from './flows.module.css'
import { dragType, groupOf, groups, iconOf, kindDoc, kindName, offerName } from './words.ts'

const folded = (s: string) => s.toLowerCase().replaceAll('ё', 'е')

/** The kinds of nodes, to be dragged into the drawing or added behind the chosen one. */
export function NodePalette({ onAdded }: { onAdded?(): void }) {
  const t = useF()
  const { kinds, add } = useHere()
  const [find, setFind] = useState('')
  const wanted = folded(find.trim())
  const language = useLanguage()
  const fitting = [...kinds.values()]
    .flatMap((kind) => [
      ...(kind.offers ?? []).map((o) => ({
        kind,
        id: offerName(o),
        name: named(o.label, language) || o.kind,
        doc: [o.name, named(o.doc ?? {}, language)].filter((s) => s !== '').join(': '),
      })),
      // A node of a plug-in is one of the things it offers; without any there is the bare kind, to be filled by hand.
      ...(kind.offers !== undefined && kind.offers.length > 0
        ? []
        : [{ kind, id: kind.name, name: kindName(t, kind.name), doc: kindDoc(t, kind) }]),
    ])
    .filter((k) => folded(`${k.name} ${k.id} ${k.doc}`).includes(wanted))
  const choose = (kind: string) => {
    add(kind)
    setFind('')
    onAdded?.()
  }
  return (
    <section className={classes.palette} aria-label={t('flow.palette')} data-testid="flow-palette">
      <h2 className={classes.paneTitle}>{t('flow.palette')}</h2>
      <TextInput
        aria-label={t('flow.findKind')}
        placeholder={t('flow.findKind')}
        leftSection={<Icon name="search" size={15} />}
        size="xs"
        value={find}
        onChange={(e) => setFind(e.currentTarget.value)}
        onKeyDown={(e) => {
          const first = fitting[0]
          if (e.key === 'Enter' && first !== undefined) choose(first.id)
        }}
        data-testid="find-kind"
      />
      {fitting.length === 0 && <p className={classes.quiet}>{t('flow.noKind')}</p>}
      {groups.map((group) => {
        const own = fitting.filter((k) => groupOf(k.kind) === group)
        if (own.length === 0) return null
        return (
          <div key={group}>
            <h3 className={classes.groupTitle}>{t(`flow.group.${group}`)}</h3>
            <ul className={classes.kinds}>
              {own.map(({ kind, id, name, doc }) => (
                <li key={id}>
                  <Tooltip label={doc} multiline w={260} position="right">
                    <UnstyledButton
                      className={classes.kind}
                      draggable
                      onDragStart={(e) => e.dataTransfer.setData(dragType, id)}
                      onClick={() => choose(id)}
                      data-testid={`add-${id}`}
                    >
                      <Icon name={iconOf(kind, kind.name)} size={16} />
                      {name}
                    </UnstyledButton>
                  </Tooltip>
                </li>
              ))}
            </ul>
          </div>
        )
      })}
      <p className={classes.quiet}>{t('flow.addHint')}</p>
    </section>
  )
}
