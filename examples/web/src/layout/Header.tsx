import { Link } from 'wouter'

import { Avatar } from '../components/Avatar.tsx'
import { Icon } from '../components/Icon.tsx'
import { useSession } from '../session/session.ts'
import { NavLink } from './NavLink.tsx'
import { NotificationsLink } from './NotificationsLink.tsx'

export function Header() {
  const { viewer, isSignedIn, isLoading, isModerator } = useSession()
  return (
    <header className="header">
      <div className="header-content">
        <Link href="/" className="brand">
          <Icon name="logo" />
          Agora
        </Link>
        <nav className="nav" aria-label="Main">
          <NavLink href="/" icon="feed" label="Feed" />
          <NavLink href="/events" icon="events" label="Events" />
          {isModerator && <NavLink href="/moderation" icon="shield" label="Moderation" />}
          {isSignedIn && <NotificationsLink />}
        </nav>
        <div className="header-account">
          {viewer ? (
            <Link href="/account" className="header-avatar" aria-label={`Account of ${viewer.displayName}`}>
              <Avatar user={viewer} />
            </Link>
          ) : isSignedIn && !isLoading ? (
            <Link href="/account" className="button button-quiet">
              Account
            </Link>
          ) : (
            !isSignedIn && (
              <Link href="/sign-in" className="button button-quiet">
                Sign in
              </Link>
            )
          )}
        </div>
      </div>
    </header>
  )
}
