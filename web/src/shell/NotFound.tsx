import { useT } from '../app/hooks.tsx'
import { Page } from '../ui/Page.tsx'

/** What an address shows that leads nowhere. */
export function NotFound() {
  const t = useT()
  return (
    <main>
      <Page title={t('errors.no_page')}>
        <p>{t('errors.no_page_hint')}</p>
        <p>
          <a href="/">{t('errors.no_page_home')}</a>
        </p>
      </Page>
    </main>
  )
}
