import { lazy, Suspense, type ComponentType } from 'react'
import { Redirect, Route, Switch, type RouteComponentProps } from 'wouter'

import { LiveRegion } from './components/LiveRegion.tsx'
import { ErrorBoundary } from './layout/ErrorBoundary.tsx'
import { Header } from './layout/Header.tsx'
import { NotFoundScreen } from './layout/NotFoundScreen.tsx'
import { ScreenSkeleton } from './components/Skeleton.tsx'
import { useScreenFocus } from './layout/useScreenFocus.ts'
import { FeedScreen } from './screens/feed/FeedScreen.tsx'

// The feed is the first screen of most visits. The others are loaded when they are opened.
const screens: [path: string, screen: ComponentType<RouteComponentProps<{ id: string }>>][] = [
  ['/', FeedScreen],
  ['/posts/new', lazy(() => import('./screens/post/NewPostScreen.tsx'))],
  ['/posts/:id/edit', lazy(() => import('./screens/post/EditPostScreen.tsx'))],
  ['/posts/:id', lazy(() => import('./screens/post/PostScreen.tsx'))],
  // Mails about comments lead here.
  ['/comments/:id', lazy(() => import('./screens/post/CommentScreen.tsx'))],
  ['/events', lazy(() => import('./screens/events/EventsScreen.tsx'))],
  ['/events/new', lazy(() => import('./screens/events/NewEventScreen.tsx'))],
  ['/events/:id/check-in', lazy(() => import('./screens/events/CheckInScreen.tsx'))],
  ['/events/:id', lazy(() => import('./screens/events/EventScreen.tsx'))],
  ['/sign-in', lazy(() => import('./screens/account/SignInScreen.tsx'))],
  ['/sign-up', lazy(() => import('./screens/account/SignUpScreen.tsx'))],
  ['/forgot-password', lazy(() => import('./screens/account/ForgotPasswordScreen.tsx'))],
  ['/reset-password', lazy(() => import('./screens/account/ResetPasswordScreen.tsx'))],
  ['/verify-email', lazy(() => import('./screens/account/VerifyEmailScreen.tsx'))],
  ['/account/*?', lazy(() => import('./screens/account/AccountScreen.tsx'))],
  ['/moderation', lazy(() => import('./screens/moderation/ModerationScreen.tsx'))],
]

export function App() {
  const main = useScreenFocus()
  return (
    <>
      <a className="skip-link" href="#main">
        Skip to content
      </a>
      <Header />
      <main id="main" ref={main} tabIndex={-1}>
        <ErrorBoundary>
          <Suspense fallback={<ScreenSkeleton />}>
            <Switch>
              {screens.map(([path, screen]) => (
                <Route key={path} path={path} component={screen} />
              ))}
              {/* Mails about roles and other news without a page lead here. */}
              <Route path="/notifications">
                <Redirect to="/account/notifications" replace />
              </Route>
              <Route>
                <NotFoundScreen />
              </Route>
            </Switch>
          </Suspense>
        </ErrorBoundary>
      </main>
      <LiveRegion />
    </>
  )
}
