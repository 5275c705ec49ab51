import { ActionIcon, Button, Tooltip } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { useLanguage, useT, useValue, useWorld } from '../app/hooks.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Icon } from '../ui/Icon.tsx'
import { api } from '../wire/api.ts'
import type { Playable, PromptChoice, WorkView } from '../wire/desk.gen.ts'
import classes from './desk.module.css'
import { Listening } from './listening.ts'
import { knowPrompts } from './playing.ts'

/** A prompt or secret digits, chosen for the customer of the talk at hand. */
export function Play() {
  const t = useT()
  const world = useWorld()
  const panels = useValue(world.panels)
  const live = useValue(world.desk.live)
  const work = world.desk.inHand()
  const opened = panels.play && live.greeted && work?.phase === 'connected' && work.part === 'agent' && !work.secret
  const close = () => world.panels.update((p) => ({ ...p, play: false }))
  return (
    <Dialog opened={opened} onClose={close} title={t('play.title')} closeLabel={t('common.close')} testId="play">
      {opened && work !== null && <Chooser work={work} close={close} />}
    </Dialog>
  )
}

function Chooser({ work, close }: { work: WorkView; close(): void }) {
  const t = useT()
  const { desk } = useWorld()
  const busy = useValue(desk.busy)
  const [all, setAll] = useState<Playable | null>(null)
  const [failed, setFailed] = useState(false)
  useEffect(() => {
    let gone = false
    desk.playable().then(
      (found) => {
        if (gone) return
        knowPrompts(found.prompts ?? [])
        setAll(found)
      },
      () => {
        if (!gone) setFailed(true)
      },
    )
    return () => {
      gone = true
    }
  }, [desk])
  if (all === null) return <p role="status">{t(failed ? 'errors.loading' : 'common.loading')}</p>
  const i = work.interaction
  const does = async (done: Promise<boolean>) => {
    if (await done) close()
  }
  return (
    <Choices
      all={all}
      playing={busy.has(`play_prompt ${i}`)}
      asking={busy.has(`secret ${i}`)}
      play={(key) => does(desk.playPrompt(i, key))}
      ask={(id) => does(desk.secret(i, id))}
    />
  )
}

interface ChoicesProps {
  all: Playable
  /** The server has not answered yet. */
  playing: boolean
  asking: boolean
  play(key: string): unknown
  ask(id: string): unknown
}

/** The prompts and the secret digits there are. */
export function Choices({ all, playing, asking, play, ask }: ChoicesProps) {
  const t = useT()
  const language = useLanguage()
  const [listening] = useState(() => new Listening((address) => new Audio(address)))
  const heard = useValue(listening.state)
  useEffect(() => () => listening.stop(), [listening])
  // The dialog took its focus before the list was there.
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => list.current?.querySelector<HTMLElement>('[data-autofocus]')?.focus(), [])
  const prompts = all.prompts ?? []
  const secrets = all.secrets ?? []
  return (
    <div className={classes.play} ref={list}>
      <h3 id="play-prompts">{t('play.prompts')}</h3>
      {prompts.length === 0 && <p className={classes.quiet}>{t('play.noPrompts')}</p>}
      <ul aria-labelledby="play-prompts">
        {prompts.map((p, n) => (
          <Prompt
            key={p.key}
            prompt={p}
            first={n === 0}
            heard={heard.at === p.key}
            failed={heard.failed === p.key}
            listen={() => listening.toggle(p.key, api.promptSound(p.key, language))}
            play={() => play(p.key)}
            waiting={playing}
          />
        ))}
      </ul>
      <h3 id="play-secrets">{t('play.secrets')}</h3>
      <p className={classes.quiet}>{secrets.length === 0 ? t('play.noSecrets') : t('play.secretsHint')}</p>
      <ul aria-labelledby="play-secrets">
        {secrets.map((s, n) => (
          <li key={s.id}>
            <b>{s.name}</b>
            <Button
              size="compact-md"
              aria-label={t('play.ask', { name: s.name })}
              {...(n === 0 && prompts.length === 0 ? { 'data-autofocus': true } : {})}
              loading={asking}
              onClick={() => ask(s.id)}
              data-testid="ask-secret"
            >
              <Icon name="keys" />
            </Button>
          </li>
        ))}
      </ul>
    </div>
  )
}

interface PromptRow {
  prompt: PromptChoice
  first: boolean
  heard: boolean
  failed: boolean
  waiting: boolean
  listen(): void
  play(): unknown
}

function Prompt({ prompt, first, heard, failed, waiting, listen, play }: PromptRow) {
  const t = useT()
  const language = useLanguage()
  const texts = prompt.texts ?? []
  const said = (texts.find((x) => x.language === language) ?? texts[0])?.text ?? ''
  const name = prompt.name || prompt.key
  const label = heard ? t('play.silence') : t('play.listen', { name })
  return (
    <li data-prompt={prompt.key}>
      <span>
        <b>{name}</b>
        {said !== '' && <small>{said}</small>}
        {failed && <small role="alert">{t('play.cannotHear')}</small>}
      </span>
      <Tooltip withinPortal={false} floatingStrategy="fixed" label={label}>
        <ActionIcon
          variant={heard ? 'filled' : 'default'}
          size={34}
          aria-label={label}
          aria-pressed={heard}
          onClick={listen}
          data-testid="listen-prompt"
        >
          <Icon name={heard ? 'pause' : 'ear'} />
        </ActionIcon>
      </Tooltip>
      <Tooltip withinPortal={false} floatingStrategy="fixed" label={t('play.start', { name })}>
        <Button
          size="compact-md"
          aria-label={t('play.start', { name })}
          {...(first ? { 'data-autofocus': true } : {})}
          loading={waiting}
          onClick={() => play()}
          data-testid="play-prompt"
        >
          <Icon name="play" />
        </Button>
      </Tooltip>
    </li>
  )
}
