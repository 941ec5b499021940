import { isId, requireId } from '../../shared/ids'
import { canSeeEmail, foldHandle, isHandle, type User } from '../user'
import { requireAccount, type ServiceDependencies } from './dependencies'

/** Who is there, and who is asking. */
export function createReadUseCases(dependencies: ServiceDependencies) {
  const { viewer, sessions, users, loaders } = dependencies
  let sessionCheck: Promise<boolean> | undefined

  /** Whether the viewer's session is not over; asked once a request. */
  function hasSession(): Promise<boolean> {
    sessionCheck ??= checkSession()
    return sessionCheck
  }

  async function checkSession(): Promise<boolean> {
    if (viewer.kind === 'anonymous') return false
    return (await sessions.check(viewer.sessionId, viewer.id)) !== undefined
  }

  return {
    /** @throws UNAUTHENTICATED for a viewer whose session has ended */
    async viewer(): Promise<User | null> {
      return viewer.kind === 'anonymous' ? null : (await requireAccount(dependencies)).user
    },

    /** @throws BAD_USER_INPUT for what is not a user's ID */
    user: (id: string): Promise<User | null> => loaders.userById.load(requireId('User', id, ['id'])),

    /** A user that another subgraph refers to. */
    reference: async (id: string): Promise<User | null> =>
      isId('User', id) ? loaders.userById.load(id) : null,

    async userByHandle(handle: string): Promise<User | null> {
      const folded = foldHandle(handle)
      return isHandle(folded) ? ((await users.userByHandle(folded)) ?? null) : null
    },

    /** A user's address where the viewer may read it. */
    async emailOf(user: User): Promise<string | null> {
      if (user.email === null || !canSeeEmail(viewer, user.id)) return null
      return (await hasSession()) ? user.email : null
    },
  }
}
