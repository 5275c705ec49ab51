import { Link, useParams } from '@tanstack/react-router'
import { useT } from '../app/hooks.tsx'
import { Page } from '../ui/Page.tsx'
import type { SetupKind } from '../wire/api.ts'
import classes from './admin.module.css'
import { FlowList } from './FlowList.tsx'
import { Form } from './Form.tsx'
import { type Editable, editable, own, readOnly } from './field.ts'
import { HoursScreen } from './HoursScreen.tsx'
import { KindList } from './KindList.tsx'
import { PluginOffers } from './PluginOffers.tsx'
import { PromptScreen } from './PromptScreen.tsx'
import { TokenList } from './TokenList.tsx'
import { TriggerList } from './TriggerList.tsx'
import { TriggerScreen } from './TriggerScreen.tsx'
import { UserPhone } from './UserPhone.tsx'

const kinds: SetupKind[] = [...editable, ...own, ...readOnly]

export function isEditable(kind: SetupKind): kind is Editable {
  return (editable as readonly string[]).includes(kind)
}

/** What administrators set up: kinds at the side, their list or one form beside it. */
export function SetUp() {
  const t = useT()
  const params = useParams({ strict: false })
  const kind = kinds.find((k) => k === params.kind) ?? 'users'
  const { id } = params
  return (
    <Page title={`${t('admin.title')}: ${t(`admin.kinds.${kind}`)}`}>
      <div className={classes.layout}>
        <nav aria-label={t('admin.title')}>
          <ul className={classes.kinds}>
            {kinds.map((k) => (
              <li key={k}>
                <Link
                  to="/set-up/$kind"
                  params={{ kind: k }}
                  aria-current={k === kind ? 'page' : undefined}
                  data-testid={`kind-${k}`}
                >
                  {t(`admin.kinds.${k}`)}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div>
          {id !== undefined && kind === 'hours' ? (
            <HoursScreen key={id} id={id} />
          ) : id !== undefined && kind === 'prompts' ? (
            <PromptScreen key={id} id={id} />
          ) : id !== undefined && isEditable(kind) ? (
            <>
              <Form key={`${kind} ${id}`} kind={kind} id={id} />
              {kind === 'users' && id !== 'new' && <UserPhone key={id} id={id} />}
              {kind === 'plugins' && id !== 'new' && <PluginOffers key={id} id={id} />}
            </>
          ) : id !== undefined && kind === 'triggers' ? (
            <TriggerScreen key={id} id={id} />
          ) : kind === 'flows' ? (
            <FlowList />
          ) : kind === 'api-tokens' ? (
            <TokenList />
          ) : kind === 'triggers' ? (
            <TriggerList />
          ) : (
            <KindList key={kind} kind={kind} editable={isEditable(kind) || kind === 'hours' || kind === 'prompts'} />
          )}
        </div>
      </div>
    </Page>
  )
}
