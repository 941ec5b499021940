import { mutationRejected } from '../../../../packages/platform'
import { isSelf, requireSignedIn } from '../../../../packages/auth'
import { toPublicSessionId, toSessionInfo, type SessionInfo } from '../../domain/accounts/sessionInfo'
import type { User } from '../../domain/user'
import { requireAccount, type UseCaseDependencies } from '../dependencies'

/** Creates the use cases of the viewer's own sessions. */
export function createSessionListUseCases(dependencies: UseCaseDependencies) {
  const { viewer, sessionManager, address, logSecurity } = dependencies
  return {
    /** Returns the sessions of the viewer, the latest sign-in first; null for another user. */
    async listSessions(user: Pick<User, 'id'>): Promise<SessionInfo[] | null> {
      if (!isSelf(viewer, user.id)) return null
      const account = await requireAccount(dependencies)
      const sessions = await sessionManager.listSessions(account)
      const { sessionId } = requireSignedIn(viewer)
      return sessions.map((session) => toSessionInfo(session, sessionId))
    },

    /** @returns the public ID of the ended session, and whether it is the one of the request */
    async revokeSession({
      sessionId: publicId,
    }: {
      sessionId: string
    }): Promise<{ revokedSessionId: string; isCurrent: boolean }> {
      const account = await requireAccount(dependencies)
      const sessions = await sessionManager.listSessions(account)
      const session = sessions.find(({ id }) => toPublicSessionId(id) === publicId)
      if (!session) throw mutationRejected('NOT_FOUND', 'sessionId', 'You have no such session.')
      await sessionManager.revokeSession(session.id)
      const userId = account.user.id
      logSecurity('session.ended', {
        reason: 'revoked',
        userId,
        sessionId: session.id,
        everywhere: false,
        address,
      })
      return { revokedSessionId: publicId, isCurrent: session.id === requireSignedIn(viewer).sessionId }
    },
  }
}
