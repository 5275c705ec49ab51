import { Button, Group, Text } from '@mantine/core'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useFormat, useRunning, useT, useValue } from '../app/hooks.tsx'
import type { TextKey } from '../i18n/texts.ts'
import { heardDB, loopCall, meter, roomNoise } from '../phone/check.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { Icon, type IconName } from '../ui/Icon.tsx'
import { Mark, type Tone } from '../ui/Mark.tsx'
import classes from './desk.module.css'

type StepState = 'todo' | 'running' | 'good' | 'bad'

const looks: Record<StepState, { tone: Tone; icon: IconName }> = {
  todo: { tone: 'quiet', icon: 'circle' },
  running: { tone: 'active', icon: 'clock' },
  good: { tone: 'good', icon: 'check' },
  bad: { tone: 'bad', icon: 'cross' },
}

const silentLine = { roundTripMs: 0, jitterMs: 0, loss: 0, packets: 0 }

const slowNetwork = 300 // ms, from where callers notice

function Step(props: { icon: IconName; title: string; state: StepState; name: string; children?: ReactNode }) {
  const t = useT()
  const look = looks[props.state]
  return (
    <li data-testid={`check-${props.name}`} data-state={props.state}>
      <Icon name={props.icon} />
      <div>
        <b>{props.title}</b>
        {props.children}
      </div>
      <Mark tone={look.tone} icon={look.icon}>
        {t(`check.step.${props.state}` as TextKey)}
      </Mark>
    </li>
  )
}

/** The check before the first call: microphone, speaker, network, a call to ourselves. */
export function PhoneCheck() {
  const t = useT()
  const { world } = useRunning()
  const { phoneCheck } = useValue(world.panels)
  const work = useValue(world.desk.live).work
  const close = () => world.panels.update((p) => ({ ...p, phoneCheck: false }))
  const busy = work.some((w) => w.phase !== 'wrapping_up')
  useEffect(() => {
    // A person on the line comes before everything.
    if (busy && phoneCheck) world.panels.update((p) => ({ ...p, phoneCheck: false }))
  }, [busy, phoneCheck, world])
  return (
    <Dialog
      opened={phoneCheck}
      onClose={close}
      title={t('check.title')}
      closeLabel={t('common.close')}
      testId="phone-check"
    >
      {phoneCheck && <Steps close={close} />}
    </Dialog>
  )
}

function Steps({ close }: { close: () => void }) {
  const t = useT()
  const format = useFormat()
  const { world, sounds, audio } = useRunning()
  const phone = useValue(world.phone.state)
  const verdict = useValue(world.desk.live).me?.shift.check ?? null
  const [started, setStarted] = useState(false)
  const [level, setLevel] = useState(-100)
  const [loudest, setLoudest] = useState(-100)
  const [speaker, setSpeaker] = useState<StepState>('todo')
  const [network, setNetwork] = useState<{ state: StepState; ms: number }>({ state: 'todo', ms: 0 })
  const [loop, setLoop] = useState<StepState>('todo')
  const [line, setLine] = useState(silentLine)
  const [noise, setNoise] = useState(0)
  const readings = useRef<number[]>([])
  const told = useRef(false)
  const [asked, setAsked] = useState(-1) // when the verdict before this one was given; -1: none is awaited
  const on = phone.microphone === 'on'
  const permission: StepState = on ? 'good' : phone.microphone === 'asking' ? 'running' : started ? 'bad' : 'todo'
  const heard = loudest > heardDB
  const microphone: StepState = !on ? 'todo' : heard ? 'good' : 'running'

  useEffect(() => {
    const stream = world.phone.microphoneStream()
    if (!on || stream === null) return
    const m = meter(sounds.context(), stream)
    const timer = setInterval(() => {
      const { peak, loud } = m.read()
      setLevel(peak)
      setLoudest((l) => Math.max(l, peak))
      if (loud > -100) readings.current.push(loud)
      setNoise(roomNoise(readings.current))
    }, 100)
    return () => {
      clearInterval(timer)
      m.close()
    }
  }, [on, world, sounds])

  const measure = async () => {
    setNetwork({ state: 'running', ms: 0 })
    setLoop('running')
    try {
      const times: number[] = []
      for (let i = 0; i < 5; i++) times.push(await world.desk.roundTrip())
      setNetwork({ state: 'good', ms: times.toSorted((a, b) => a - b)[2] ?? 0 })
    } catch {
      setNetwork({ state: 'bad', ms: 0 })
    }
    try {
      const result = await loopCall(audio, sounds.context(), async (sdp) => {
        const reply = await world.desk.ask({ kind: 'check_phone', sdp })
        return reply.sdp ?? ''
      })
      setLine(result)
      setLoop(result.heard ? 'good' : 'bad')
    } catch {
      setLoop('bad')
    }
  }

  const begin = async () => {
    sounds.wake()
    setStarted(true)
    setLoudest(-100)
    setSpeaker('todo')
    setLine(silentLine)
    readings.current = []
    told.current = false
    setAsked(-1)
    await Promise.all([world.phone.openMicrophone(), measure()])
  }

  const track = world.phone.microphoneStream()?.getAudioTracks()[0]
  const here = permission === 'good' && microphone === 'good' && speaker === 'good' && loop === 'good'
  const judged = asked >= 0 && verdict !== null && verdict.at !== asked ? verdict : null
  const failed = judged?.failed ?? []
  const allGood = here && judged?.passed === true
  const someBad = [permission, speaker, loop, network.state].includes('bad')
  const settled = here || (started && someBad && loop !== 'running' && speaker !== 'todo')
  const { ms } = network
  const before = verdict?.at ?? 0
  useEffect(() => {
    if (!settled || told.current) return
    told.current = true
    setAsked(before)
    void world.desk.checkDone({
      permission: permission === 'good',
      microphone: heard,
      levelDb: Math.round(Math.max(loudest, -100) * 10) / 10,
      speaker: speaker === 'good',
      loop: loop === 'good',
      roundTrip: Math.round(ms * 10) / 10,
      inputName: track?.label ?? '',
      outputName: '',
      noiseDb: noise,
      jitter: Math.round(line.jitterMs * 10) / 10,
      loss: Math.round(line.loss * 10_000) / 10_000,
      packets: line.packets,
    })
  }, [settled, permission, heard, loudest, speaker, loop, ms, track, world, before, noise, line])
  const fault = phone.microphone
  const refused = fault === 'denied' || fault === 'missing' || fault === 'insecure'
  return (
    <>
      <Text>{t('check.intro')}</Text>
      <ol className={classes.steps} aria-live="polite">
        <Step name="permission" icon="mic" title={t('check.permission')} state={permission}>
          {!on && !refused && <Text size="sm">{t('check.permissionHint')}</Text>}
          {refused && (
            <Text size="sm" c="var(--lk-bad)" role="alert">
              {t(`call.microphone.${fault}`)}
            </Text>
          )}
          {on && track !== undefined && track.label !== '' && (
            <Text size="sm">{t('check.device', { name: track.label })}</Text>
          )}
        </Step>
        <Step name="microphone" icon="wave" title={t('check.microphone')} state={microphone}>
          {on && (
            <>
              <Text size="sm">{t('check.microphoneHint')}</Text>
              {/* biome-ignore lint/a11y/useSemanticElements: browsers draw meter elements each in its way */}
              <div
                className={classes.level}
                role="meter"
                aria-label={t('check.microphone')}
                aria-valuemin={-60}
                aria-valuemax={0}
                aria-valuenow={Math.round(Math.max(-60, level))}
              >
                <i style={{ width: `${Math.max(0, Math.min(100, ((level + 60) / 60) * 100))}%` }} />
              </div>
            </>
          )}
        </Step>
        <Step
          name="noise"
          icon="ear"
          title={t('check.noise')}
          state={failed.includes('noise') ? 'bad' : noise < 0 ? 'good' : on ? 'running' : 'todo'}
        >
          {noise < 0 && <Text size="sm">{t('check.noiseLevel', { db: format.number(Math.round(noise)) })}</Text>}
          {failed.includes('noise') && (
            <Text size="sm" c="var(--lk-bad)">
              {t('check.noiseHelp')}
            </Text>
          )}
        </Step>
        <Step name="speaker" icon="bell" title={t('check.speaker')} state={speaker}>
          {started && (
            <Group gap="xs">
              <Button size="compact-md" variant="default" onClick={() => sounds.tone()} data-testid="check-tone">
                {t('check.speakerPlay')}
              </Button>
              <Button size="compact-md" variant="light" onClick={() => setSpeaker('good')} data-testid="check-heard">
                {t('check.speakerYes')}
              </Button>
              <Button
                size="compact-md"
                variant="subtle"
                color="gray"
                onClick={() => setSpeaker('bad')}
                data-testid="check-not-heard"
              >
                {t('check.speakerNo')}
              </Button>
            </Group>
          )}
          {speaker === 'bad' && (
            <Text size="sm" c="var(--lk-bad)">
              {t('check.speakerHelp')}
            </Text>
          )}
        </Step>
        <Step
          name="network"
          icon="chart"
          title={t('check.network')}
          state={failed.includes('network') ? 'bad' : network.state}
        >
          {network.state === 'good' && (
            <Text size="sm">
              {t(ms > slowNetwork ? 'check.networkSlow' : 'check.networkResult', { ms: Math.max(1, Math.round(ms)) })}
            </Text>
          )}
          {judged !== null && judged.score > 0 && (
            <Text size="sm" c={failed.includes('network') ? 'var(--lk-bad)' : 'inherit'} data-testid="check-score">
              {t('check.score', {
                score: format.number(Math.round(judged.score * 10) / 10),
                jitter: format.number(Math.round(judged.jitterMs)),
                loss: format.share(judged.loss),
              })}
            </Text>
          )}
          {network.state === 'bad' && (
            <Text size="sm" c="var(--lk-bad)">
              {t('errors.unavailable')}
            </Text>
          )}
        </Step>
        <Step name="loop" icon="phone" title={t('check.loop')} state={loop}>
          {loop !== 'todo' && (
            <Text size="sm" c={loop === 'bad' ? 'var(--lk-bad)' : 'inherit'}>
              {t(loop === 'running' ? 'check.loopRunning' : loop === 'good' ? 'check.loopGood' : 'check.loopBad')}
            </Text>
          )}
        </Step>
      </ol>
      <Group justify="space-between">
        <Text fw={600} role="status" data-testid="check-result" data-passed={allGood}>
          {allGood ? t('check.done') : settled && (!here || judged !== null) ? t('check.failed') : ''}
        </Text>
        <Group gap="xs">
          <Button variant={started ? 'default' : 'filled'} onClick={begin} data-testid="check-start" data-autofocus>
            {t(started ? 'check.again' : 'check.start')}
          </Button>
          {allGood && (
            <Button
              onClick={() => {
                close()
                void world.desk.setStatus('available')
              }}
              data-testid="check-available"
            >
              {t('check.goAvailable')}
            </Button>
          )}
        </Group>
      </Group>
    </>
  )
}
