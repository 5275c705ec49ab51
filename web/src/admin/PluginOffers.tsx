import { Button } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useApp, useLanguage, useT } from '../app/hooks.tsx'
import { wordFor } from '../i18n/language.ts'
import { named } from '../parts/names.ts'
import { Mark } from '../ui/Mark.tsx'
import { api } from '../wire/api.ts'
import { ApiError } from '../wire/http.ts'
import type { Plugin } from '../wire/model.ts'
import classes from './admin.module.css'

/** What a plug-in offers, below its form; read anew from its manifest by a button. */
export function PluginOffers({ id }: { id: string }) {
  const t = useT()
  const app = useApp()
  const language = useLanguage()
  const queries = useQueryClient()
  const [busy, setBusy] = useState(false)
  const key = ['plugin-offers', id]
  const { data } = useQuery({ queryKey: key, queryFn: () => api.one<Plugin>('plugins', id) })
  if (data === undefined) return null
  const kinds = data.kinds ?? []
  const read = async () => {
    setBusy(true)
    try {
      const now = await api.readManifest(id)
      queries.setQueryData(key, now)
      await queries.invalidateQueries({ queryKey: ['set-up', 'plugins'], exact: true })
      await queries.invalidateQueries({ queryKey: ['flow-kinds'] })
      app.toast(t('plugins.wasRead', { name: now.name, count: String(now.kinds?.length ?? 0) }))
    } catch (e) {
      const problem = e instanceof ApiError && e.message !== '' ? e.message : ''
      app.toast(problem || wordFor(t, 'errors', e instanceof ApiError ? e.code : 'internal'), { tone: 'bad' })
    } finally {
      setBusy(false)
    }
  }
  const list = (items: readonly { name: string; label?: Record<string, string> }[] | undefined) =>
    (items ?? []).map((i) => named(i.label ?? {}, language) || i.name).join(', ')
  return (
    <section className={classes.form} data-testid="plugin-offers" aria-label={t('plugins.offers')}>
      <fieldset className={`${classes.whole} ${classes.group}`}>
        <legend>{t('plugins.offers')}</legend>
        {kinds.length === 0 && (
          <Mark tone="warning" icon="warn">
            {t('plugins.none')}
          </Mark>
        )}
        <dl>
          {kinds.map((k) => {
            const told: [string, string][] = [
              [t('plugins.parameters'), list(k.parameters)],
              [t('plugins.results'), list(k.results)],
              [t('plugins.branches'), list(k.branches)],
              [t('plugins.wants'), (k.wants ?? []).join(', ')],
            ]
            return (
              <div key={k.kind} data-testid={`offer-${k.kind}`}>
                <dt>
                  <b>{named(k.label, language) || k.kind}</b> <code>{k.kind}</code>
                  {k.talks === true && ` · ${t('plugins.talks')}`}
                </dt>
                <dd className={classes.note}>
                  {named(k.doc ?? {}, language)}
                  {told
                    .filter(([, text]) => text !== '')
                    .map(([label, text]) => (
                      <div key={label}>
                        {label}: {text}
                      </div>
                    ))}
                </dd>
              </div>
            )
          })}
        </dl>
        <p className={classes.note}>{t('plugins.readHint')}</p>
        <div className={classes.bar}>
          <Button variant="default" loading={busy} onClick={() => void read()} data-testid="read-manifest">
            {t('plugins.read')}
          </Button>
        </div>
      </fieldset>
    </section>
  )
}
