import { Button, SegmentedControl, Switch } from '@mantine/core'
import { useApp, useLanguage, useMe, useT, useValue, useWorld } from '../app/hooks.tsx'
import { byId } from '../commands/all.ts'
import { isLanguage, languages } from '../i18n/language.ts'
import type { Scheme } from '../state/prefs.ts'
import { onDuty } from '../state/rights.ts'
import classes from './shell.module.css'

/** What one chooses for oneself: language, appearance, volume, password; and the way out. */
export function UserMenu({ onClose }: { onClose(): void }) {
  const t = useT()
  const app = useApp()
  const world = useWorld()
  const me = useMe()
  const language = useLanguage()
  const prefs = useValue(app.prefs)
  const signOut = byId('signOut')
  useValue(world.desk.live)
  const schemes: { value: Scheme; label: string }[] = [
    { value: 'auto', label: t('common.schemeAuto') },
    { value: 'light', label: t('common.schemeLight') },
    { value: 'dark', label: t('common.schemeDark') },
  ]
  return (
    <div className={classes.user}>
      <p>{`${me.user.login} · ${t(`words.role.${me.user.role}`)}`}</p>
      <SegmentedControl
        fullWidth
        aria-label={t('common.language')}
        value={language}
        data={languages.map((l) => ({ value: l.code, label: l.name }))}
        onChange={(code) => {
          if (isLanguage(code)) void app.choose(code)
        }}
        className={classes.languages}
        data-testid="language"
      />
      <SegmentedControl
        fullWidth
        aria-label={t('common.appearance')}
        orientation="vertical"
        value={prefs.scheme}
        data={schemes}
        onChange={(value) => {
          const chosen = schemes.find((s) => s.value === value)
          if (chosen !== undefined) app.prefs.update((p) => ({ ...p, scheme: chosen.value }))
        }}
        data-testid="scheme"
      />
      <Switch
        label={t('common.compact')}
        checked={prefs.compact}
        onChange={(e) => {
          const compact = e.currentTarget.checked
          app.prefs.update((p) => ({ ...p, compact }))
        }}
      />
      {language === 'th' && (
        <Switch
          label={t('common.buddhistYear')}
          checked={prefs.buddhistYear}
          onChange={(e) => {
            const buddhistYear = e.currentTarget.checked
            app.prefs.update((p) => ({ ...p, buddhistYear }))
          }}
        />
      )}
      {onDuty(me, world.desk.live.get()) && (
        <label className={classes.volume}>
          {t('common.ringVolume')}
          <input
            type="range"
            min={0.1}
            max={1}
            step={0.1}
            value={prefs.ringVolume}
            onChange={(e) => {
              const ringVolume = Number(e.currentTarget.value)
              app.prefs.update((p) => ({ ...p, ringVolume }))
            }}
          />
        </label>
      )}
      {byId('phoneCheck').when(world) && (
        <Button
          variant="default"
          onClick={() => {
            onClose()
            byId('phoneCheck').run(world)
          }}
          data-testid="menu-phone-check"
        >
          {t('commands.phoneCheck')}
        </Button>
      )}
      {onDuty(me, world.desk.live.get()) && (
        <Button
          variant="default"
          onClick={() => {
            onClose()
            world.go('/my-phone')
          }}
          data-testid="menu-my-phone"
        >
          {t('phones.mine')}
        </Button>
      )}
      <Button
        variant="default"
        onClick={() => {
          onClose()
          world.go('/my-password')
        }}
        data-testid="menu-my-password"
      >
        {t('password.title')}
      </Button>
      <Button
        variant="default"
        disabled={!signOut.when(world)}
        onClick={() => signOut.run(world)}
        data-testid="sign-out"
      >
        {t('commands.signOut')}
      </Button>
    </div>
  )
}
