import { Button, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useFormat, useT, useValue, useWorld } from '../app/hooks.tsx'
import type { HelpView } from '../wire/desk.gen.ts'
import classes from './help.module.css'

/** What agent and leader write to each other. The customer never sees it. */
export function HelpLines({ help }: { help: HelpView }) {
  const t = useT()
  const format = useFormat()
  return (
    <div className={classes.lines} role="log" aria-label={t('help.lines')} data-testid="help-lines">
      {(help.lines ?? []).map((l) => (
        <p key={`${l.at} ${l.user}`}>
          <small>
            {format.time(l.at)} {l.name}
          </small>{' '}
          {l.text}
        </p>
      ))}
    </div>
  )
}

/** A line to the other; before anybody cares, the agent's is the word for the leaders. */
export function HelpInput({ help }: { help: HelpView }) {
  const t = useT()
  const { desk } = useWorld()
  const busy = useValue(desk.busy)
  const me = useValue(desk.live).hello?.user
  const [text, setText] = useState('')
  const word = help.agent === me && help.taken === '' && help.word === ''
  const send = async (event: FormEvent) => {
    event.preventDefault()
    const said = text.trim()
    if (said === '') return
    if (await (word ? desk.help(help.interaction, said) : desk.helpSay(help.interaction, said))) setText('')
  }
  return (
    <form className={classes.say} onSubmit={send}>
      <TextInput
        aria-label={t(word ? 'help.word' : 'help.line')}
        placeholder={t(word ? 'help.word' : 'help.line')}
        value={text}
        maxLength={word ? 200 : 1000}
        onChange={(e) => setText(e.currentTarget.value)}
        autoComplete="off"
        data-testid="help-text"
      />
      <Button
        type="submit"
        variant="default"
        loading={busy.has(`help_say ${help.interaction}`) || busy.has(`help ${help.interaction}`)}
        data-testid="help-send"
      >
        {t('help.send')}
      </Button>
    </form>
  )
}
