import { Button, Checkbox, Menu } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useApp, useLanguage, useT, useValue, useWorld } from '../app/hooks.tsx'
import { refusalText } from '../i18n/said.ts'
import { useBreakReasons } from '../parts/breakReason.ts'
import { named } from '../parts/names.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { Icon } from '../ui/Icon.tsx'
import { api } from '../wire/api.ts'
import type { AgentView } from '../wire/desk.gen.ts'
import classes from './supervise.module.css'

/** What a supervisor changes of an agent: status, and the queues he serves. A talk goes on. */
export function AgentMenu({ agent }: { agent: AgentView }) {
  const t = useT()
  const app = useApp()
  const language = useLanguage()
  const { list } = useBreakReasons()
  const [queues, setQueues] = useState(false)
  const set = async (status: string, reason = '') => {
    try {
      await api.setAgentStatus(agent.agent, { status: agent.status, reason: agent.reason }, { status, reason })
    } catch (problem) {
      app.toast(refusalText(t, problem), { tone: 'bad' })
    }
  }
  return (
    <>
      <Menu position="bottom-end" withinPortal={false} floatingStrategy="fixed" zIndex={340}>
        <Menu.Target>
          <Button
            size="compact-sm"
            variant="default"
            rightSection={<Icon name="down" size={13} />}
            aria-label={t('board.lead.of', { agent: agent.name })}
            data-testid="agent-change"
          >
            {t('board.line.change')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {agent.status === 'break' && (
            <Menu.Item onClick={() => void set('available')} data-testid="agent-available">
              {t('words.status.available')}
            </Menu.Item>
          )}
          {agent.status !== 'offline' && (
            <>
              <Menu.Label>{t('status.breaks')}</Menu.Label>
              {list
                .toSorted((a, b) => a.position - b.position)
                .map((r) => (
                  <Menu.Item
                    key={r.id}
                    disabled={agent.reason === r.key}
                    onClick={() => void set('break', r.key)}
                    data-testid={`agent-break-${r.key}`}
                  >
                    {named(r.names, language)}
                  </Menu.Item>
                ))}
              <Menu.Divider />
              <Menu.Item onClick={() => void set('offline')} data-testid="agent-offline">
                {t('board.lead.offDuty')}
              </Menu.Item>
            </>
          )}
          <Menu.Item onClick={() => setQueues(true)} data-testid="agent-queues">
            {t('board.lead.queues')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {queues && <QueuesDialog agent={agent} onClose={() => setQueues(false)} />}
    </>
  )
}

/** Ticks the queues an agent serves; he gets from them at once. */
function QueuesDialog({ agent, onClose }: { agent: AgentView; onClose(): void }) {
  const t = useT()
  const app = useApp()
  const { desk } = useWorld()
  const all = useValue(desk.live).queues.toSorted((a, b) => a.name.localeCompare(b.name))
  const [seen] = useState(agent.queues ?? [])
  const [chosen, setChosen] = useState<string[]>(seen)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    try {
      await api.setAgentQueues(agent.agent, seen, chosen)
      app.toast(t('board.lead.queuesSet', { agent: agent.name }))
      onClose()
    } catch (problem) {
      app.toast(refusalText(t, problem), { tone: 'bad' })
    }
  }
  return (
    <Dialog
      opened
      onClose={onClose}
      title={t('board.lead.queuesOf', { agent: agent.name })}
      closeLabel={t('common.close')}
      size="md"
      testId="agent-queues-dialog"
    >
      <form onSubmit={(e) => void submit(e)} className={classes.form}>
        <Checkbox.Group label={t('board.queues')} value={chosen} onChange={setChosen}>
          {all.map((q) => (
            <Checkbox key={q.queue} value={q.queue} label={`${q.name} · ${q.project}`} mt={8} />
          ))}
        </Checkbox.Group>
        <Button type="submit" data-testid="agent-queues-save">
          {t('board.lead.save')}
        </Button>
      </form>
    </Dialog>
  )
}
