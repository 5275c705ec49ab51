import { Button, NativeSelect, TextInput } from '@mantine/core'
import { type FormEvent, useEffect, useState } from 'react'
import { useLanguage, useT, useValue, useWorld } from '../app/hooks.tsx'
import type { Callee } from '../commands/command.ts'
import { phoneNumber } from '../i18n/format.ts'
import { wordFor } from '../i18n/language.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { Keys } from '../ui/Key.tsx'
import type { CallLine } from '../wire/desk.gen.ts'
import type { Refused } from '../wire/socket.ts'
import classes from './desk.module.css'
import { callFor, dialable } from './dialing.ts'
import { padKeys } from './Keypad.tsx'

/** Calls a customer: a number, and for which queue. */
export function Dial() {
  const t = useT()
  const world = useWorld()
  const panels = useValue(world.panels)
  const live = useValue(world.desk.live)
  const callee = useValue(world.callee)
  // The key that closes the phone check must not close this dialog with it: it comes back a moment later.
  const [checking, setChecking] = useState(panels.phoneCheck)
  useEffect(() => {
    const timer = setTimeout(() => setChecking(panels.phoneCheck), 0)
    return () => clearTimeout(timer)
  }, [panels.phoneCheck])
  const opened = panels.dial && live.greeted && live.work.length === 0 && !panels.phoneCheck && !checking
  const close = () => {
    world.panels.update((p) => ({ ...p, dial: false }))
    world.callee.set(null)
  }
  return (
    <Dialog
      opened={opened}
      onClose={close}
      title={t('dial.title')}
      closeLabel={t('common.close')}
      size="sm"
      testId="dial"
    >
      {opened && <Numbers whom={callee} close={close} />}
    </Dialog>
  )
}

function Numbers({ whom, close }: { whom: Callee | null; close(): void }) {
  const t = useT()
  const language = useLanguage()
  const { desk, panels, callee } = useWorld()
  const [lines, setLines] = useState<CallLine[] | null>(null)
  const [queue, setQueue] = useState('')
  const [number, setNumber] = useState(whom?.numbers[0] ?? '')
  const [refused, setRefused] = useState<Refused | null>(null)
  const [calling, setCalling] = useState(false)
  useEffect(() => {
    desk.callLines().then(setLines, () => setLines([]))
  }, [desk])
  const line = lines?.find((l) => l.queue === queue) ?? lines?.[0]
  const ready = line !== undefined && dialable(number) && !calling
  const type = (text: string) => {
    setNumber(text)
    setRefused(null)
  }
  const call = (event: FormEvent) => {
    event.preventDefault()
    if (!ready) return
    setCalling(true)
    void desk.dial(number, line.queue).then((why) => {
      setCalling(false)
      setRefused(why)
      // What was typed is there again when the phone has been checked.
      if (why !== null && panels.get().phoneCheck) callee.set({ name: '', numbers: [number] })
      if (why === null) close()
    })
  }
  const country =
    line?.country === undefined || line.country === ''
      ? ''
      : (new Intl.DisplayNames([language], { type: 'region' }).of(line.country) ?? '')
  return (
    <form className={classes.transfer} onSubmit={call}>
      {whom !== null && whom.numbers.length > 1 && (
        <NativeSelect
          label={t('dial.numberOf', { name: whom.name })}
          data={whom.numbers.map((n) => ({ value: n, label: phoneNumber(n) }))}
          value={number}
          onChange={(e) => type(e.currentTarget.value)}
          data-testid="dial-choice"
        />
      )}
      <TextInput
        data-autofocus
        type="tel"
        autoComplete="off"
        label={t('dial.number')}
        description={country === '' ? t('dial.hint') : t('dial.hintCountry', { country })}
        value={number}
        error={refused === null ? undefined : saying(t, refused)}
        onChange={(e) => type(e.currentTarget.value)}
        data-testid="dial-number"
      />
      {lines !== null && lines.length > 1 && (
        <NativeSelect
          label={t('dial.queue')}
          data={lines.map((l) => ({ value: l.queue, label: callFor(l, lines) }))}
          value={line?.queue}
          onChange={(e) => setQueue(e.currentTarget.value)}
          data-testid="dial-queue"
        />
      )}
      {lines?.length === 0 && <p role="alert">{t('dial.noQueue')}</p>}
      <div className={`${classes.pad} ${classes.wide}`} data-testid="dial-pad">
        {padKeys.map((k) => (
          <Button
            key={k}
            variant="default"
            size="lg"
            px={0}
            aria-label={t('call.key', { key: k })}
            onClick={() => type(number + k)}
          >
            {k}
          </Button>
        ))}
        <Button variant="default" size="lg" px={0} onClick={() => type(`${number}+`)} disabled={number !== ''}>
          +
        </Button>
        <span />
        <Button
          variant="default"
          size="lg"
          px={0}
          aria-label={t('dial.erase')}
          onClick={() => type(number.slice(0, -1))}
          disabled={number === ''}
        >
          ⌫
        </Button>
      </div>
      <div className={classes.foot}>
        <Button
          type="submit"
          disabled={!ready}
          loading={calling}
          rightSection={<Keys shortcut="Enter" />}
          data-testid="dial-call"
        >
          {t('dial.call')}
        </Button>
      </div>
    </form>
  )
}

function saying(t: ReturnType<typeof useT>, why: Refused): string {
  const sentence = wordFor(t, 'errors', why.code)
  return sentence === why.code ? why.message : sentence
}
