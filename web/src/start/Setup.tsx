import { Button, PasswordInput, TextInput } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { useApp, useLanguage, useT } from '../app/hooks.tsx'
import { wordFor } from '../i18n/language.ts'
import { api } from '../wire/api.ts'
import { ApiError } from '../wire/http.ts'
import { Gate } from './Gate.tsx'
import classes from './start.module.css'

/** The page behind the one-time link of the first start. */
export function Setup() {
  const t = useT()
  const app = useApp()
  const language = useLanguage()
  const navigate = useNavigate()
  const { token = '' } = useSearch({ strict: false }) as Record<string, string>
  const [form, setForm] = useState({ name: '', login: '', password: '' })
  const [faults, setFaults] = useState<Record<string, string>>({})
  const [error, setError] = useState('')
  const [busy, setBusy] = useState(false)
  const put = (key: keyof typeof form) => (e: { currentTarget: { value: string } }) => {
    const { value } = e.currentTarget
    setForm((f) => ({ ...f, [key]: value }))
  }
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setError('')
    setFaults({})
    try {
      await app.signedIn(await api.setUp({ ...form, token, language }))
      await navigate({ to: '/start', replace: true })
    } catch (problem) {
      const e = problem instanceof ApiError ? problem : new ApiError(500, 'internal', '', [], 0)
      const known = e.fields.filter((f) => f.field in form)
      setFaults(Object.fromEntries(known.map((f) => [f.field, wordFor(t, 'rules', f.rule)])))
      const badLink = [401, 403, 404, 409].includes(e.status) || e.fields.some((f) => f.field === 'token')
      if (badLink) setError(t('start.setupBadLink'))
      else if (known.length === 0) setError(wordFor(t, 'errors', e.code))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Gate title={t('start.setupTitle')}>
      <form className={classes.card} onSubmit={submit} data-testid="setup">
        <h1>{t('start.setupTitle')}</h1>
        <p>{token === '' ? t('start.setupNoToken') : t('start.setupIntro')}</p>
        <div role="alert">{error !== '' && <p className={classes.error}>{error}</p>}</div>
        {token !== '' && (
          <>
            <TextInput
              label={t('common.name')}
              autoComplete="name"
              value={form.name}
              onChange={put('name')}
              error={faults.name}
              required
              data-testid="setup-name"
            />
            <TextInput
              label={t('signIn.login')}
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              value={form.login}
              onChange={put('login')}
              error={faults.login}
              required
              data-testid="setup-login"
            />
            <PasswordInput
              label={t('signIn.password')}
              description={t('start.passwordHint')}
              autoComplete="new-password"
              value={form.password}
              onChange={put('password')}
              error={faults.password}
              required
              visibilityToggleButtonProps={{ 'aria-label': t('common.show') }}
              data-testid="setup-password"
            />
            <Button type="submit" size="md" loading={busy} data-testid="setup-submit">
              {t('start.setupSubmit')}
            </Button>
          </>
        )}
      </form>
    </Gate>
  )
}
