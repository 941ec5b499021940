import { isId, requireId } from '../../../schema/ids'
import { anonymous, type Viewer } from '../../../packages/auth'
import { findSuspension, type Suspension } from '../domain/moderation/suspension'
import { canSeeEmail, canSeeSuspension, foldHandle, isHandle, type User } from '../domain/user'
import { requireAccount, type UseCaseDependencies } from './dependencies'

/** Creates the use cases that read users. */
export function createUserUseCases(dependencies: UseCaseDependencies) {
  const { viewer, sessionManager, users, loaders, authenticatedUserIds, now } = dependencies
  let currentViewer: Promise<Viewer> | undefined

  /** Returns the viewer with the stored role, or the anonymous viewer if the session has ended. */
  async function readCurrentViewer(): Promise<Viewer> {
    if (viewer.kind !== 'signedIn') return anonymous
    const account = await sessionManager.findActiveAccount(viewer.sessionId, viewer.id)
    return account ? { ...viewer, role: account.user.role } : anonymous
  }

  async function mayReadEmail(user: User): Promise<boolean> {
    if (authenticatedUserIds.has(user.id)) return true
    // The role in the access token settles most users of a list without a read.
    if (!canSeeEmail(viewer, user.id)) return false
    currentViewer ??= readCurrentViewer()
    return canSeeEmail(await currentViewer, user.id)
  }

  return {
    /** @throws UNAUTHENTICATED if the session has ended */
    async viewer(): Promise<User | null> {
      return viewer.kind === 'signedIn' ? (await requireAccount(dependencies)).user : null
    },

    /** Returns the IDs among these that belong to existing users. */
    async presentUserIds(ids: readonly string[]): Promise<string[]> {
      return [...(await users.usersByIds(ids)).keys()]
    },

    /** @throws BAD_USER_INPUT for an invalid user ID */
    user: (id: string): Promise<User | null> => loaders.userById.load(requireId('User', id, ['id'])),

    /** Resolves a reference from another subgraph. */
    userReference: async (id: string): Promise<User | null> =>
      isId('User', id) ? loaders.userById.load(id) : null,

    async userByHandle(handle: string): Promise<User | null> {
      const folded = foldHandle(handle)
      return isHandle(folded) ? ((await users.userByHandle(folded)) ?? null) : null
    },

    /** Returns a user's present suspension; null unless the viewer may read it. */
    async visibleSuspension(user: User): Promise<Suspension | null> {
      const suspension = findSuspension(user, now())
      if (!suspension || authenticatedUserIds.has(user.id)) return suspension
      if (!canSeeSuspension(viewer, user.id)) return null
      currentViewer ??= readCurrentViewer()
      return canSeeSuspension(await currentViewer, user.id) ? suspension : null
    },

    /** Returns a user's email address; null unless the viewer may read it. */
    visibleEmail: async (user: User): Promise<string | null> =>
      user.email !== null && (await mayReadEmail(user)) ? user.email : null,

    /** Returns when a user's email address was verified; null unless the viewer may read the address. */
    visibleEmailVerifiedAt: async (user: User): Promise<Date | null> =>
      user.emailVerifiedAt && (await mayReadEmail(user)) ? user.emailVerifiedAt : null,
  }
}
