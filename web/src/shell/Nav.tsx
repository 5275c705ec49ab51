import { Link, useRouterState } from '@tanstack/react-router'
import { useMe, useT } from '../app/hooks.tsx'
import { type Place, sees } from '../state/rights.ts'
import { Icon, type IconName } from '../ui/Icon.tsx'

const places: { place: Place; path: string; icon: IconName }[] = [
  { place: 'start', path: '/start', icon: 'flag' },
  { place: 'desk', path: '/desk', icon: 'desk' },
  { place: 'board', path: '/board', icon: 'board' },
  { place: 'preshift', path: '/preshift', icon: 'check' },
  { place: 'interactions', path: '/interactions', icon: 'list' },
  { place: 'callbacks', path: '/callbacks', icon: 'undo' },
  { place: 'notices', path: '/notices', icon: 'bell' },
  { place: 'report', path: '/report', icon: 'chart' },
  { place: 'setUp', path: '/set-up/users', icon: 'gear' },
  { place: 'audit', path: '/audit', icon: 'clock' },
]

/** The places this person may see. */
export function Nav({ className, onGo }: { className: string; onGo?: () => void }) {
  const t = useT()
  const me = useMe()
  const path = useRouterState({ select: (s) => s.location.pathname })
  return (
    <nav className={className} aria-label={t('nav.main')}>
      <ul>
        {places
          .filter((p) => sees(me, p.place))
          .map((p) => {
            const here = path.startsWith(`/${p.path.split('/')[1]}`)
            return (
              <li key={p.place}>
                <Link
                  to={p.path}
                  aria-current={here ? 'page' : undefined}
                  data-testid={`nav-${p.place}`}
                  {...(onGo === undefined ? {} : { onClick: onGo })}
                >
                  <Icon name={p.icon} size={22} />
                  {t(`nav.${p.place}`)}
                </Link>
              </li>
            )
          })}
      </ul>
    </nav>
  )
}
