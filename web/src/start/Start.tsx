import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useT, useValue, useWorld } from '../app/hooks.tsx'
import { phoneNumber } from '../i18n/format.ts'
import type { TextKey } from '../i18n/texts.ts'
import { Mark } from '../ui/Mark.tsx'
import { Page } from '../ui/Page.tsx'
import { api, type SetupKind } from '../wire/api.ts'
import type { Entry, Queue, User } from '../wire/model.ts'
import classes from './start.module.css'

function useCount<T>(kind: SetupKind) {
  return useQuery({ queryKey: ['set-up', kind], queryFn: () => api.list<T>(kind) }).data ?? []
}

interface Step {
  name: string
  title: TextKey
  hint: string
  done: boolean
  open(): void
}

/** From an empty center to the first call, each step where it is done. */
export function Start() {
  const t = useT()
  const world = useWorld()
  const live = useValue(world.desk.live)
  const projects = useCount<object>('projects')
  const trunks = useCount<object>('trunks')
  const queues = useCount<Queue>('queues')
  const entries = useCount<Entry>('entries')
  const users = useCount<User>('users')
  const calls = useQuery({ queryKey: ['interactions', 'any'], queryFn: () => api.interactions({ limit: 1 }) })
  const answering = users.some((u) => u.queues.length > 0)
  const to = (kind: SetupKind, some: boolean) => () => world.go(`/set-up/${kind}${some ? '' : '/new'}`)
  const number = entries[0]?.number ?? ''
  const steps: Step[] = [
    {
      name: 'project',
      title: 'start.project',
      hint: t('start.projectHint'),
      done: projects.length > 0,
      open: to('projects', projects.length > 0),
    },
    {
      name: 'trunk',
      title: 'start.trunk',
      hint: t('start.trunkHint'),
      done: trunks.length > 0,
      open: to('trunks', trunks.length > 0),
    },
    {
      name: 'queue',
      title: 'start.queue',
      hint: t('start.queueHint'),
      done: queues.length > 0,
      open: to('queues', queues.length > 0),
    },
    {
      name: 'entry',
      title: 'start.entry',
      hint: t('start.entryHint'),
      done: entries.length > 0,
      open: to('entries', entries.length > 0),
    },
    {
      name: 'person',
      title: 'start.person',
      hint: t('start.personHint'),
      done: answering,
      open: to(queues.length > 0 ? 'queues' : 'users', true),
    },
    {
      name: 'phone',
      title: 'start.phone',
      hint: t('start.phoneHint'),
      done: live.hello?.checkValid === true,
      open: () => world.panels.update((p) => ({ ...p, phoneCheck: true })),
    },
    {
      name: 'call',
      title: 'start.call',
      hint: number === '' ? t('start.callHintNone') : t('start.callHint', { number: phoneNumber(number) }),
      done: (calls.data?.total ?? 0) > 0,
      open: () => world.go('/desk'),
    },
  ]
  const done = steps.filter((s) => s.done).length
  return (
    <Page
      title={t('start.title')}
      aside={<b data-testid="start-progress">{t('start.progress', { done, all: steps.length })}</b>}
    >
      <p>{done === steps.length ? t('start.ready') : t('start.intro')}</p>
      <ol className={classes.steps} data-testid="start">
        {steps.map((s, i) => (
          <li key={s.name} data-testid={`start-${s.name}`} data-done={s.done}>
            <b aria-hidden="true">{i + 1}</b>
            <div>
              <b>{t(s.title)}</b>
              <p>{s.hint}</p>
            </div>
            <Mark tone={s.done ? 'good' : 'quiet'} icon={s.done ? 'check' : 'circle'}>
              {t(s.done ? 'start.done' : 'start.todo')}
            </Mark>
            <Button
              variant={!s.done && steps.findIndex((x) => !x.done) === i ? 'filled' : 'default'}
              onClick={s.open}
              aria-label={`${t('start.open')}: ${t(s.title)}`}
            >
              {t('start.open')}
            </Button>
          </li>
        ))}
      </ol>
    </Page>
  )
}
