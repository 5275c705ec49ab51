import classes from './ui.module.css'

const names: Record<string, string> = { Enter: '↵', Shift: '⇧' }

/** A key or keys, drawn as keys. */
export function Keys({ shortcut }: { shortcut: string }) {
  if (shortcut === '') return null
  return (
    <kbd className={classes.keys}>
      {shortcut
        .split('+')
        .map((k) => names[k] ?? k)
        .join(' ')}
    </kbd>
  )
}
