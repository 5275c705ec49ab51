import { type DragEvent, type KeyboardEvent, type ReactNode, useRef } from 'react'
import classes from './ui.module.css'

export interface Column<T> {
  key: string
  title: ReactNode
  cell(row: T): ReactNode
  /** Figures stand at the right, under each other. */
  figure?: boolean
  /** On a phone the cell has no heading beside it: it names the row, or holds its buttons. */
  bare?: boolean
  /** The cell that names the row. */
  names?: boolean
  total?: ReactNode
}

export interface TableProps<T> {
  /** For screen readers; the heading above says the same to the eye. */
  label: string
  columns: Column<T>[]
  rows: T[]
  rowKey(row: T): string
  /** Opens a row with Enter or a click anywhere in it. */
  onOpen?(row: T): void
  tone?(row: T): string | undefined
  empty: ReactNode
  compact?: boolean
  /** What is dragged with a row, by its type; null: it stays. */
  onDrag?(row: T): [type: string, data: string] | null
  /** Takes what was dragged onto a row, by its type; the menus do the same by keyboard. */
  onDrop?: { type: string; take(row: T, data: string): void }
  /** On a phone each row becomes a card, so that nothing lies behind a scrolling. */
  cards?: boolean
  testId: string
}

/** The one table: its own scrolling, fixed headings, arrow keys between rows. */
export function Table<T>(props: TableProps<T>) {
  const { columns, rows, onOpen } = props
  const body = useRef<HTMLTableSectionElement>(null)
  if (rows.length === 0) return <p className={classes.empty}>{props.empty}</p>
  const keys = (event: KeyboardEvent<HTMLTableRowElement>, row: T) => {
    if (event.target !== event.currentTarget) return
    const at = [...(body.current?.rows ?? [])].indexOf(event.currentTarget)
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key]
    if (next !== undefined) {
      body.current?.rows[next]?.focus()
      event.preventDefault()
    } else if (event.key === 'Enter') onOpen?.(row)
  }
  const carried = (row: T) => {
    const drag = props.onDrag?.(row) ?? null
    const drop = props.onDrop
    return {
      ...(drag === null
        ? {}
        : {
            draggable: true,
            onDragStart: (event: DragEvent<HTMLElement>) => {
              event.dataTransfer.setData(...drag)
              event.dataTransfer.effectAllowed = 'move'
            },
          }),
      ...(drop === undefined
        ? {}
        : {
            onDragOver: (event: DragEvent<HTMLElement>) => {
              if (event.dataTransfer.types.includes(drop.type)) event.preventDefault()
            },
            onDrop: (event: DragEvent<HTMLElement>) => {
              event.preventDefault()
              drop.take(row, event.dataTransfer.getData(drop.type))
            },
          }),
    }
  }
  const headed = (c: Column<T>) =>
    props.cards === true && c.bare !== true && typeof c.title === 'string' ? c.title : undefined
  const kind = (c: Column<T>) => (c.figure === true ? classes.figure : undefined)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div className={classes.scroll} role="group" tabIndex={0} aria-label={props.label}>
      <table
        className={classes.table}
        data-compact={props.compact === true}
        data-cards={props.cards === true}
        data-testid={props.testId}
      >
        <thead>
          <tr>
            {columns.map((c) => (
              <th key={c.key} scope="col" className={kind(c)}>
                {c.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {rows.map((row) => (
            <tr
              key={props.rowKey(row)}
              data-id={props.rowKey(row)}
              data-tone={props.tone?.(row)}
              {...carried(row)}
              {...(onOpen === undefined
                ? {}
                : {
                    tabIndex: 0,
                    'data-opens': true,
                    onClick: (event) => {
                      const inner = (event.target as Element).closest('a, button, input, label')
                      if (inner === null && getSelection()?.isCollapsed !== false) onOpen(row)
                    },
                    onKeyDown: (event) => keys(event, row),
                  })}
            >
              {columns.map((c) =>
                c.names === true ? (
                  <th key={c.key} scope="row" className={kind(c)}>
                    {c.cell(row)}
                  </th>
                ) : (
                  <td key={c.key} className={kind(c)} data-title={headed(c)}>
                    {c.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
        {columns.some((c) => c.total !== undefined) && (
          <tfoot>
            <tr>
              {columns.map((c) => (
                <td key={c.key} className={kind(c)}>
                  {c.total}
                </td>
              ))}
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  )
}
