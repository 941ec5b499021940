import { isId, requireId } from '../../../packages/platform/ids/ids'
import { anonymous, type Viewer } from '../../../packages/auth/viewer'
import { canSeeEmail, foldHandle, isHandle, type User } from '../domain/user'
import { requireAccount, type UseCaseDependencies } from './dependencies'

/** Who is there, and who is asking. */
export function createUserUseCases(dependencies: UseCaseDependencies) {
  const { viewer, sessionManager, users, loaders, authenticatedUserIds } = dependencies
  let present: Promise<Viewer> | undefined

  /** The viewer by what the database says now, nobody when the session is over; asked once a request. */
  function presentViewer(): Promise<Viewer> {
    present ??= askPresentViewer()
    return present
  }

  async function askPresentViewer(): Promise<Viewer> {
    if (viewer.kind !== 'signedIn') return anonymous
    const account = await sessionManager.findActiveAccount(viewer.sessionId, viewer.id)
    return account ? { ...viewer, role: account.user.role } : anonymous
  }

  return {
    /** @throws UNAUTHENTICATED for a viewer whose session has ended */
    async viewer(): Promise<User | null> {
      return viewer.kind === 'signedIn' ? (await requireAccount(dependencies)).user : null
    },

    /** Those of these users that there are. */
    async presentUserIds(ids: readonly string[]): Promise<string[]> {
      return [...(await users.usersByIds(ids)).keys()]
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
      if (user.email === null || authenticatedUserIds.has(user.id)) return user.email
      // What the access token says is asked first: for almost all of a list it is no, and costs no read.
      if (!canSeeEmail(viewer, user.id)) return null
      return canSeeEmail(await presentViewer(), user.id) ? user.email : null
    },
  }
}
