import { Link, Redirect, Route, Switch, useLocation } from 'wouter'

import { announce } from '../../components/announce.ts'
import { ListSkeleton } from '../../components/Skeleton.tsx'
import { NotFoundScreen } from '../../layout/NotFoundScreen.tsx'
import { Page } from '../../layout/Page.tsx'
import { useSession } from '../../session/session.ts'
import { NotificationList } from './NotificationList.tsx'
import { NotificationSettings } from './NotificationSettings.tsx'
import { PasswordForm } from './PasswordForm.tsx'
import { ProfileForm } from './ProfileForm.tsx'
import { RegistrationList } from './RegistrationList.tsx'
import { SessionList } from './SessionList.tsx'

const sections = [
  ['/account', 'Profile'],
  ['/account/notifications', 'Notifications'],
  ['/account/tickets', 'Tickets'],
  ['/account/security', 'Security'],
] as const

/** The viewer's own account, in sections. */
export default function AccountScreen() {
  const { isSignedIn, isLoading, end } = useSession()
  const [path, navigate] = useLocation()
  const [current, title] = sections.find(([href]) => href === path || path === `${href}/settings`) ?? []

  if (isLoading) return <ListSkeleton rows={1} label="Loading your account" />
  if (!isSignedIn) return <Redirect to="/sign-in" replace />
  if (!title) return <NotFoundScreen />
  return (
    <Page
      title={title}
      actions={
        <button
          type="button"
          className="button button-quiet"
          onClick={() => {
            navigate('/')
            end().catch(() => announce('You are signed out on this device only.'))
          }}
        >
          Sign out
        </button>
      }
    >
      <nav className="tabs" aria-label="Account">
        {sections.map(([href, label]) => (
          <Link key={href} href={href} aria-current={href === current ? 'page' : undefined}>
            {label}
          </Link>
        ))}
      </nav>
      <Switch>
        <Route path="/account" component={ProfileForm} />
        <Route path="/account/notifications" component={NotificationList} />
        <Route path="/account/notifications/settings" component={NotificationSettings} />
        <Route path="/account/tickets" component={RegistrationList} />
        <Route path="/account/security">
          <PasswordForm />
          <SessionList />
        </Route>
      </Switch>
    </Page>
  )
}
