import { skipToken, useApolloClient, useQuery } from '@apollo/client/react'
import { ViewerDocument } from '@agora/client/apollo'
import { useEffect, useMemo, useState, type ReactNode } from 'react'
import { useLocation } from 'wouter'

import { agora, onSignedOut } from '../api/client.ts'
import { SessionContext, type Session } from './session.ts'

/** Provides the signed-in user to all screens. Sends no request for visitors. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const apollo = useApolloClient()
  const [isSignedIn, setSignedIn] = useState<boolean>()
  const [path] = useLocation()
  // The feed reads the user together with its posts, in one request.
  const fetchPolicy = path === '/' ? 'cache-only' : 'cache-first'
  const { data, error } = useQuery(ViewerDocument, isSignedIn ? { fetchPolicy } : skipToken)

  useEffect(() => {
    void agora.getSession().then((session) => setSignedIn(session !== null))
    return onSignedOut(() => setSignedIn(false))
  }, [])

  const session = useMemo<Session>(() => {
    const viewer = isSignedIn ? (data?.viewer ?? undefined) : undefined
    return {
      viewer,
      isLoading: isSignedIn === undefined || (isSignedIn && !data && !error),
      isSignedIn,
      isModerator: viewer?.role === 'MODERATOR' || viewer?.role === 'ADMIN',
      async begin() {
        // Lists and permissions depend on the viewer.
        await apollo.resetStore()
        setSignedIn(true)
      },
      async end(options) {
        await agora.signOut(options)
        setSignedIn(false)
        await apollo.resetStore()
      },
    }
  }, [apollo, data, error, isSignedIn])

  return <SessionContext value={session}>{children}</SessionContext>
}
