import type { ApolloClient } from '@apollo/client'
import { skipToken, useApolloClient, useQuery } from '@apollo/client/react'
import { ViewerDocument } from '@agora/client/apollo'
import { useEffect, useEffectEvent, useMemo, useState, type ReactNode } from 'react'
import { useLocation } from 'wouter'

import { agora, onSignedOut } from '../api/client.ts'
import { SessionContext, type Session } from './session.ts'

/** Fetches the shown data again, since lists and permissions depend on the viewer. Queries that fail show their own errors. */
const resetCache = (apollo: ApolloClient) => apollo.resetStore().catch(() => undefined)

/** Provides the signed-in user to all screens. Sends no request for visitors. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const apollo = useApolloClient()
  const [isSignedIn, setSignedIn] = useState<boolean>()
  const [path] = useLocation()
  // The feed reads the user together with its posts, in one request.
  const fetchPolicy = path === '/' ? 'cache-only' : 'cache-first'
  const { data, error } = useQuery(ViewerDocument, isSignedIn ? { fetchPolicy } : skipToken)

  const showVisitor = useEffectEvent(() => {
    setSignedIn(false)
    void resetCache(apollo)
  })
  /** Another tab may have signed in. */
  const readSharedSession = useEffectEvent(async () => {
    if (isSignedIn !== false || !(await agora.getSession())) return
    await resetCache(apollo)
    setSignedIn(true)
  })

  useEffect(() => {
    void agora.getSession().then((session) => setSignedIn(session !== null))
    const handleStorage = () => void readSharedSession()
    window.addEventListener('storage', handleStorage)
    const stopListening = onSignedOut(() => showVisitor())
    return () => {
      window.removeEventListener('storage', handleStorage)
      stopListening()
    }
  }, [])

  const session = useMemo<Session>(() => {
    const viewer = isSignedIn ? (data?.viewer ?? undefined) : undefined
    return {
      viewer,
      isLoading: isSignedIn === undefined || (isSignedIn && !data && !error),
      isSignedIn,
      isModerator: viewer?.role === 'MODERATOR' || viewer?.role === 'ADMIN',
      async begin() {
        await resetCache(apollo)
        setSignedIn(true)
      },
      async end(options) {
        try {
          await agora.signOut(options)
        } finally {
          // The session is removed here, also when the endpoint could not be reached.
          setSignedIn(false)
          await resetCache(apollo)
        }
      },
    }
  }, [apollo, data, error, isSignedIn])

  return <SessionContext value={session}>{children}</SessionContext>
}
