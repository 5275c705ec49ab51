import { Button, PasswordInput, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type FormEvent, useEffect, useState } from 'react'
import { useApp, useT, useValue } from '../app/hooks.tsx'
import { phoneNumber } from '../i18n/format.ts'
import { wordFor } from '../i18n/language.ts'
import { home } from '../state/rights.ts'
import { api } from '../wire/api.ts'
import { ApiError } from '../wire/http.ts'
import type { Me } from '../wire/model.ts'
import { Gate } from './Gate.tsx'
import classes from './start.module.css'

/** Only addresses of our own are gone back to. */
function safe(back: string | undefined): string | null {
  return back?.startsWith('/') === true && !back.startsWith('//') && !back.startsWith('/sign-in') ? back : null
}

export function SignIn() {
  const t = useT()
  const app = useApp()
  const me = useValue(app.me)
  const expired = useValue(app.expired)
  const navigate = useNavigate()
  const search = useSearch({ strict: false })
  const [login, setLogin] = useState('')
  const [password, setPassword] = useState('')
  const [busy, setBusy] = useState('')
  const [error, setError] = useState('')
  const demo = useQuery({ queryKey: ['demo'], queryFn: api.demo, retry: false, staleTime: Number.POSITIVE_INFINITY })
  const { back } = search as Record<string, string>
  useEffect(() => {
    if (me !== null && me !== undefined) void navigate({ href: safe(back) ?? home(me), replace: true })
  }, [me, back, navigate])

  const enter = async (who: string, ask: () => Promise<Me>) => {
    setBusy(who)
    setError('')
    try {
      await app.signedIn(await ask())
    } catch (problem) {
      const e = problem instanceof ApiError ? problem : new ApiError(500, 'internal', '', [], 0)
      if (e.status === 429) {
        setError(e.retryAfter > 0 ? t('signIn.tooMany', { count: e.retryAfter }) : t('signIn.tooManySoon'))
      } else if (e.status === 401 || e.status === 403 || e.status === 422) setError(t('signIn.wrong'))
      else if (e.code === 'unavailable') setError(t('signIn.unavailable'))
      else setError(wordFor(t, 'errors', e.code))
    } finally {
      setBusy('')
    }
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void enter('form', () => api.signIn(login.trim(), password))
  }
  const people = demo.data?.people ?? []
  return (
    <Gate title={t('signIn.title')}>
      <form className={classes.card} onSubmit={submit} data-testid="sign-in">
        <h1>{t('signIn.title')}</h1>
        {expired && error === '' && <p role="status">{t('signIn.expired')}</p>}
        <div role="alert">{error !== '' && <p className={classes.error}>{error}</p>}</div>
        <TextInput
          label={t('signIn.login')}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          value={login}
          onChange={(e) => setLogin(e.currentTarget.value)}
          data-testid="login"
        />
        <PasswordInput
          label={t('signIn.password')}
          name="password"
          autoComplete="current-password"
          value={password}
          onChange={(e) => setPassword(e.currentTarget.value)}
          visibilityToggleButtonProps={{ 'aria-label': t('common.show') }}
          data-testid="password"
        />
        <Button
          type="submit"
          size="md"
          loading={busy === 'form'}
          disabled={login.trim() === '' || password === ''}
          data-testid="sign-in-submit"
        >
          {t('signIn.submit')}
        </Button>
      </form>
      {people.length > 0 && (
        <section className={classes.card} aria-label={t('signIn.demo')} data-testid="demo">
          <h2>{t('signIn.demo')}</h2>
          <p>{t('signIn.demoHint')}</p>
          <div className={classes.people}>
            {people.map((p) => (
              <Button
                key={p.login}
                variant="light"
                size="md"
                justify="space-between"
                rightSection={<span style={{ fontWeight: 400 }}>{t(`words.role.${p.role}`)}</span>}
                loading={busy === p.login}
                onClick={() => enter(p.login, () => api.signInDemo(p.login))}
                data-testid={`demo-${p.login}`}
              >
                {p.name}
              </Button>
            ))}
          </div>
          {demo.data !== undefined && demo.data.number !== '' && (
            <p data-testid="demo-dial" title={demo.data.dial}>
              {t('signIn.demoDial', { number: phoneNumber(demo.data.number) })}
            </p>
          )}
        </section>
      )}
    </Gate>
  )
}
