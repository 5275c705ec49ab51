import { Button, PasswordInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useApp, useMe, useT } from '../app/hooks.tsx'
import { wordFor } from '../i18n/language.ts'
import { Page } from '../ui/Page.tsx'
import { api } from '../wire/api.ts'
import { ApiError } from '../wire/http.ts'
import classes from './start.module.css'

const empty = { current: '', password: '', again: '' }

/** One's own password: the present one is asked, all other sessions end. */
export function MyPassword() {
  const t = useT()
  const app = useApp()
  const me = useMe()
  const [form, setForm] = useState(empty)
  const [faults, setFaults] = useState<Record<string, string>>({})
  const [error, setError] = useState('')
  const [busy, setBusy] = useState(false)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setError('')
    setFaults({})
    if (form.password !== form.again) {
      setFaults({ again: t('password.differ') })
      return
    }
    setBusy(true)
    try {
      await api.changePassword(form.current, form.password)
      setForm(empty)
      app.toast(t('password.done'))
    } catch (problem) {
      const e = problem instanceof ApiError ? problem : new ApiError(500, 'internal', '', [], 0)
      const known = e.fields.filter((f) => f.field in form)
      setFaults(
        Object.fromEntries(
          known.map((f) => [
            f.field,
            f.field === 'current'
              ? t('password.wrong')
              : f.rule === 'taken'
                ? t('password.same')
                : wordFor(t, 'rules', f.rule),
          ]),
        ),
      )
      if (known.length === 0) setError(wordFor(t, 'errors', e.code))
    } finally {
      setBusy(false)
    }
  }
  const field = (key: keyof typeof form, label: string, complete: string, hint?: string) => (
    <PasswordInput
      label={label}
      description={hint}
      autoComplete={complete}
      value={form[key]}
      onChange={(e) => {
        const { value } = e.currentTarget
        setForm((f) => ({ ...f, [key]: value }))
      }}
      error={faults[key]}
      required
      visibilityToggleButtonProps={{ 'aria-label': t('common.show') }}
      data-testid={`password-${key}`}
    />
  )
  return (
    <Page title={t('password.title')}>
      <form className={`${classes.card} ${classes.box}`} onSubmit={submit} data-testid="my-password">
        <input type="hidden" name="username" autoComplete="username" value={me.user.login} />
        <p>{t('password.intro')}</p>
        <div role="alert">{error !== '' && <p className={classes.error}>{error}</p>}</div>
        {field('current', t('password.current'), 'current-password')}
        {field('password', t('password.new'), 'new-password', t('start.passwordHint'))}
        {field('again', t('password.again'), 'new-password')}
        <Button type="submit" loading={busy} data-testid="password-save">
          {t('password.title')}
        </Button>
      </form>
    </Page>
  )
}
