import type { ViewerQuery } from '@agora/client/apollo'
import { createContext, use } from 'react'

/** The signed-in user, and how a session begins and ends. */
export interface Session {
  /** Undefined for visitors, and while it is loading or unavailable. */
  viewer: NonNullable<ViewerQuery['viewer']> | undefined
  isLoading: boolean
  /** Undefined until the stored session was read. */
  isSignedIn: boolean | undefined
  isModerator: boolean
  /** Shows the community as the user who has just signed in. */
  begin: () => Promise<void>
  /** Signs out, with `everywhere` on all devices. Rejects when the endpoint could not be reached: then on this device only. */
  end: (options?: { everywhere: boolean }) => Promise<void>
}

export const SessionContext = createContext<Session | null>(null)

/** Returns the session. Throws outside a `SessionProvider`. */
export function useSession(): Session {
  const session = use(SessionContext)
  if (!session) throw new Error('useSession needs a SessionProvider.')
  return session
}
