import { Button, TextInput } from '@mantine/core'
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import { useT, useValue, useWorld } from '../app/hooks.tsx'
import { phoneNumber } from '../i18n/format.ts'
import type { Translate } from '../i18n/language.ts'
import { wordFor } from '../i18n/language.ts'
import { hasSide, talkers } from '../state/talk.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { Icon, type IconName } from '../ui/Icon.tsx'
import { Keys } from '../ui/Key.tsx'
import { Mark } from '../ui/Mark.tsx'
import type { Targets, WorkView } from '../wire/desk.gen.ts'
import classes from './desk.module.css'
import { type Choice, choices } from './places.ts'

const icons: Record<string, IconName> = { agent: 'desk', queue: 'list', entry: 'flag', outside: 'phone' }

/** What keeps somebody from being asked, or the call from being sent there; nothing: it can be done. */
export function hindrance(
  t: Translate,
  work: WorkView,
  choice: Choice | undefined,
): { ask: string; add: string; transfer: string } {
  if (choice === undefined)
    return { ask: t('transfer.choose'), add: t('transfer.choose'), transfer: t('transfer.choose') }
  const { kind } = choice.target
  const never = kind === 'entry' ? t('transfer.noEntry') : kind === 'agent' && !choice.free ? t('transfer.notFree') : ''
  const full = talkers(work).length >= 4 ? t('transfer.full') : ''
  return {
    ask: never || full || (hasSide(work) ? t('transfer.finishFirst') : ''),
    add: never || full,
    transfer: talkers(work).length > 0 ? t('transfer.othersHere') : '',
  }
}

function Option({ choice }: { choice: Choice }) {
  const t = useT()
  const { kind } = choice.target
  const name = kind === 'outside' ? t('transfer.callNumber', { number: phoneNumber(choice.name) }) : choice.name
  const detail = kind === 'agent' ? wordFor(t, 'words.status', choice.detail) : choice.detail
  return (
    <>
      <Icon name={icons[kind] ?? 'dot'} />
      <span className={classes.place}>
        <b>{name}</b>
        <small>
          {[t(`transfer.kind.${kind as 'agent' | 'queue' | 'entry' | 'outside'}`), detail].filter(Boolean).join(' · ')}
        </small>
      </span>
      {kind === 'agent' && (
        <Mark tone={choice.free ? 'good' : 'quiet'} icon={choice.free ? 'check' : 'circle'}>
          {t(choice.free ? 'transfer.free' : 'transfer.busy')}
        </Mark>
      )}
    </>
  )
}

/** Who is asked, or where the call goes: one search over agents, queues, entries and numbers. */
export function Transfer() {
  const world = useWorld()
  const panels = useValue(world.panels)
  const live = useValue(world.desk.live)
  const t = useT()
  const work = world.desk.inHand()
  const opened =
    panels.transfer && live.greeted && work?.phase === 'connected' && work.part !== 'party' && work.part !== 'monitor'
  const close = () => world.panels.update((p) => ({ ...p, transfer: false }))
  return (
    <Dialog
      opened={opened}
      onClose={close}
      title={t('transfer.title')}
      closeLabel={t('common.close')}
      testId="transfer"
    >
      {opened && work !== null && <Chooser work={work} close={close} />}
    </Dialog>
  )
}

function Chooser({ work, close }: { work: WorkView; close(): void }) {
  const t = useT()
  const { desk, me } = useWorld()
  const busy = useValue(desk.busy)
  const [targets, setTargets] = useState<Targets | null>(null)
  const [failed, setFailed] = useState(false)
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const id = useId()
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    let gone = false
    const load = () =>
      desk.targets().then(
        (all) => {
          if (!gone) setTargets(all)
        },
        () => {
          if (!gone) setFailed(true)
        },
      )
    void load()
    const timer = setInterval(load, 5000) // who is free changes
    return () => {
      gone = true
      clearInterval(timer)
    }
  }, [desk])
  const list = choices(targets, text, me.user.id)
  const index = Math.min(at, list.length - 1)
  const chosen = list[index]
  useEffect(() => {
    box.current?.children[index]?.scrollIntoView({ block: 'nearest' })
  }, [index])
  const hinders = hindrance(t, work, chosen)
  const [refused, setRefused] = useState('')
  const does = (what: 'ask' | 'add' | 'transfer') => {
    setRefused(hinders[what])
    if (chosen === undefined || hinders[what] !== '') return
    const i = work.interaction
    const done = what === 'transfer' ? desk.transfer(i, chosen.target) : desk.consult(i, chosen.target, what === 'add')
    void done.then((ok) => {
      if (ok) close()
    })
  }
  const keys = (event: KeyboardEvent) => {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (move !== undefined) {
      setAt((index + move + list.length) % Math.max(list.length, 1))
      setRefused('')
    } else if (event.key === 'Enter') does(event.ctrlKey || event.metaKey ? 'transfer' : event.shiftKey ? 'add' : 'ask')
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  const waiting = busy.has(`consult ${work.interaction}`) || busy.has(`transfer ${work.interaction}`)
  return (
    <div className={classes.transfer}>
      <TextInput
        data-autofocus
        label={t('transfer.search')}
        placeholder={t('transfer.hint')}
        role="combobox"
        aria-expanded={list.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={list.length === 0 ? undefined : `${id}-${index}`}
        autoComplete="off"
        value={text}
        onChange={(e) => {
          setText(e.currentTarget.value)
          setAt(0)
          setRefused('')
        }}
        onKeyDown={keys}
        data-testid="transfer-search"
      />
      {list.length === 0 && (
        <p role="status">{t(failed ? 'errors.loading' : targets === null ? 'common.loading' : 'transfer.nothing')}</p>
      )}
      <div
        className={classes.places}
        role="listbox"
        id={`${id}-list`}
        aria-label={t('transfer.title')}
        hidden={list.length === 0}
        ref={box}
      >
        {list.map((c, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the keys, as a combobox
          <div
            key={`${c.target.kind} ${c.target.id ?? c.target.number}`}
            id={`${id}-${i}`}
            role="option"
            tabIndex={-1}
            aria-selected={i === index}
            className={classes.option}
            onClick={() => {
              setAt(i)
              setRefused('')
            }}
            data-testid="target"
            data-kind={c.target.kind}
            data-id={c.target.id}
          >
            <Option choice={c} />
          </div>
        ))}
      </div>
      <p role="alert" className={classes.refused}>
        {refused}
      </p>
      <div className={classes.foot}>
        <Button
          onClick={() => does('ask')}
          data-disabled={hinders.ask !== ''}
          aria-disabled={hinders.ask !== ''}
          loading={waiting}
          rightSection={<Keys shortcut="Enter" />}
          data-testid="ask-first"
        >
          {t('transfer.ask')}
        </Button>
        <Button
          variant="default"
          onClick={() => does('transfer')}
          data-disabled={hinders.transfer !== ''}
          aria-disabled={hinders.transfer !== ''}
          disabled={waiting}
          rightSection={<Keys shortcut="Ctrl+Enter" />}
          data-testid="transfer-now"
        >
          {t('transfer.now')}
        </Button>
        <Button
          variant="default"
          onClick={() => does('add')}
          data-disabled={hinders.add !== ''}
          aria-disabled={hinders.add !== ''}
          disabled={waiting}
          rightSection={<Keys shortcut="Shift+Enter" />}
          data-testid="add-now"
        >
          {t('transfer.add')}
        </Button>
      </div>
      <p className={classes.quiet}>{t('transfer.explain')}</p>
    </div>
  )
}
