import { Button, CloseButton } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { useApp, useLanguage, useT, useValue, useWorld } from '../app/hooks.tsx'
import { type Translate, wordFor } from '../i18n/language.ts'
import type { TextKey } from '../i18n/texts.ts'
import { stateText } from '../parts/callState.ts'
import { turnText } from '../parts/party.ts'
import { isTrouble } from '../parts/trouble.ts'
import { inHand } from '../state/live.ts'
import { ownParty, type TurnKind } from '../state/talk.ts'
import { Icon } from '../ui/Icon.tsx'
import type { Because } from '../wire/desk.gen.ts'
import classes from './shell.module.css'

/** Short messages at the edge, read out once. */
export function Toasts() {
  const t = useT()
  const app = useApp()
  const toasts = useValue(app.toasts)
  return (
    <div className={classes.toasts} role="status" aria-live="polite" data-testid="toasts">
      {toasts.map((toast) => (
        <div key={toast.id} className={classes.toast} data-tone={toast.tone}>
          <span>{toast.text}</span>
          {toast.action !== undefined && (
            <Button
              size="compact-sm"
              variant="white"
              onClick={() => {
                toast.action?.run()
                app.closeToast(toast.id)
              }}
            >
              {toast.action.label}
            </Button>
          )}
          <CloseButton
            aria-label={t('common.close')}
            variant="transparent"
            c="inherit"
            onClick={() => app.closeToast(toast.id)}
          />
        </div>
      ))}
    </div>
  )
}

/** What is to be done before one can become available, in the user's language if there are words for it. */
function becauseText(t: Translate, { code, name = '', text }: Because): string {
  const key = `hinders.${code}`
  const said = t(key as TextKey, { name })
  return said === key ? text : said
}

/** What the one at this desk did: the bar shows it, a screen reader is told. */
const own: ReadonlySet<TurnKind> = new Set<TurnKind>([
  'asked',
  'aside',
  'back',
  'held',
  'resumed',
  'paused',
  'helpAsked',
])

/** What stays until it is over: no connection, another tab, a missed call, a microphone that is gone. */
export function Banners() {
  const t = useT()
  const app = useApp()
  const world = useWorld()
  const live = useValue(world.desk.live)
  const phone = useValue(world.phone.state)
  const refusal = useValue(world.desk.refusal)
  const language = useLanguage()
  const expired = useValue(app.expired)
  const [shown, setShown] = useState(refusal?.seq ?? 0)
  useEffect(() => {
    if (refusal === null || refusal.seq === shown) return
    setShown(refusal.seq)
    if (refusal.because.length > 0) {
      app.toast(refusal.because.map((b) => becauseText(t, b)).join(' '), { tone: 'bad' })
      return
    }
    const sentence = wordFor(t, 'errors', refusal.code)
    // The server says more of a talk that has moved on, but only in English.
    const plain = sentence === refusal.code || (refusal.code === 'not_now' && language === 'en')
    app.toast(plain ? refusal.message : sentence, { tone: 'bad' })
  }, [refusal, shown, t, app, language])
  const told = useRef(live.gone)
  useEffect(() => {
    if (live.gone === told.current) return
    told.current = live.gone
    // A call one has made ends by itself: the reason is said, or it would only be gone.
    if (live.gone?.why.startsWith('not_reached_')) app.toast(wordFor(t, 'desk.gone', live.gone.why), { tone: 'info' })
  }, [live.gone, t, app])
  const said = useRef(live.turns.at(-1)?.seq ?? 0)
  useEffect(() => {
    for (const turn of live.turns) {
      if (turn.seq > said.current && !own.has(turn.what)) app.toast(turnText(t, turn))
    }
    said.current = live.turns.at(-1)?.seq ?? 0
  }, [live.turns, t, app])
  const micNeeded = live.hello?.phone === 'browser' && (inHand(live) !== null || live.me?.status === 'available')
  const mic = phone.microphone
  const sound = inHand(live)?.quality
  const micBad = mic === 'denied' || mic === 'missing' || mic === 'insecure'
  return (
    <div role="status" aria-live="polite" data-testid="banners">
      {expired && (
        <div className={classes.banner} data-tone="bad">
          <Icon name="warn" />
          <span>{t('errors.signed_out')}</span>
          <Button size="compact-sm" onClick={() => app.me.set(null)}>
            {t('signIn.submit')}
          </Button>
        </div>
      )}
      {!expired && live.connection === 'offline' && (
        <div className={classes.banner} data-tone="bad" data-testid="offline">
          <Icon name="warn" />
          <span>{t('common.offline')}</span>
        </div>
      )}
      {micNeeded && micBad && (
        <div className={classes.banner} data-tone="bad" data-testid="microphone-fault">
          <Icon name="micOff" />
          <span>{t(`call.microphone.${mic}`)}</span>
          {mic !== 'insecure' && (
            <Button size="compact-sm" onClick={() => world.phone.openMicrophone()}>
              {t('call.microphone.retry')}
            </Button>
          )}
        </div>
      )}
      {live.me?.phoneAway === true && live.me.status !== 'offline' && (
        <div className={classes.banner} data-tone="warning" data-testid="phone-away">
          <Icon name="warn" />
          <span>{t('phones.away')}</span>
          <Button size="compact-sm" onClick={() => world.go('/my-phone')}>
            {t('phones.mine')}
          </Button>
        </div>
      )}
      {isTrouble(sound) && (
        <div className={classes.banner} data-tone="warning" data-testid="poor-sound">
          <Icon name={sound === 'silent_mine' ? 'micOff' : 'warn'} />
          <span>
            {t(`quality.sign.${sound}`)}. {t(`quality.todo.${sound}`)}
          </span>
        </div>
      )}
      {live.helps
        .filter((h) => h.taken === '')
        .map((h) => (
          <div key={h.interaction} className={classes.banner} data-tone="warning" data-testid="help-banner">
            <Icon name={h.insulted ? 'flag' : 'help'} />
            <span>
              {t(h.insulted ? 'help.insulted' : 'help.asks', { agent: h.agentName })}
              {h.word !== '' && `: ${h.word}`}
            </span>
            <Button size="compact-sm" onClick={() => world.go('/board')}>
              {t('help.show')}
            </Button>
          </div>
        ))}
      {live.asks.length > 0 && (
        <div className={classes.banner} data-tone="info" data-testid="more-time-banner">
          <Icon name="clock" />
          <span>{t('help.moreTimeAsks', { count: live.asks.length, agent: live.asks[0]?.agentName ?? '' })}</span>
          <Button size="compact-sm" onClick={() => world.go('/board')}>
            {t('help.show')}
          </Button>
        </div>
      )}
      {phone.blocked && (
        <div className={classes.banner} data-tone="warning">
          <Icon name="warn" />
          <span>{t('call.blocked')}</span>
          <Button size="compact-sm" onClick={() => world.phone.unblock()}>
            {t('call.unblock')}
          </Button>
        </div>
      )}
      {live.told.map((n) => {
        const sentence = wordFor(t, 'notices', n.code)
        const tone = n.level === 'error' ? 'bad' : n.level === 'warning' ? 'warning' : 'info'
        return (
          <div key={n.seq} className={classes.banner} data-tone={tone} data-testid={`notice-${n.code}`}>
            <Icon name={tone === 'info' ? 'info' : 'warn'} />
            <span>{sentence === n.code ? n.text : sentence}</span>
            <CloseButton aria-label={t('common.close')} c="inherit" onClick={() => world.desk.dismiss(n.seq)} />
          </div>
        )
      })}
    </div>
  )
}

/** Says offers and turns of the call to a screen reader, each once. */
export function Announcer() {
  const t = useT()
  const world = useWorld()
  const live = useValue(world.desk.live)
  const work = inHand(live)
  let text = ''
  if (work?.phase === 'offered') {
    const who = work.customerName === '' ? t('desk.unknownCustomer') : work.customerName
    const asks = work.part === 'party' ? ownParty(work)?.by : undefined
    text =
      asks === undefined
        ? t('desk.incomingFrom', { who, queue: work.queueName })
        : `${t('desk.asks', { agent: asks })}. ${t('desk.asksAbout', { who })}`
  } else if (work?.phase === 'connected') text = work.muted ? t('call.muted') : stateText(t, work, false)
  else if (work?.phase === 'interrupted') text = t('call.interrupted')
  else if (work?.phase === 'wrapping_up') text = t('call.wrapUp')
  else if (live.gone !== null) text = wordFor(t, 'desk.gone', live.gone.why)
  const turn = live.turns.at(-1)
  return (
    <div className="visuallyHidden">
      <div aria-live="assertive" data-testid="announcer">
        {text}
      </div>
      <div aria-live="polite">{turn !== undefined && own.has(turn.what) ? turnText(t, turn) : ''}</div>
    </div>
  )
}
