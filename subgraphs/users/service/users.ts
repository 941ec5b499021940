import { isId, requireId } from '../../../schema/ids'
import { anonymous, requireSignedIn, type Viewer } from '../../../packages/auth'
import { readSearch } from '../../../packages/subgraph-kit/input'
import {
  readPage,
  toConnection,
  type Connection,
  type PageArguments,
} from '../../../packages/subgraph-kit/pagination'
import { findSuspension, type Suspension } from '../domain/moderation/suspension'
import type { SelectedFields } from '../../../packages/subgraph-kit/selectedFields'
import {
  canSeeEmail,
  canSeeSuspension,
  foldHandle,
  isHandle,
  type SelectedUser,
  type User,
} from '../domain/user'
import { parseUserSearch, userSearchOrder } from '../domain/userSearch'
import { requireAccount, type UseCaseDependencies } from './dependencies'

/** Creates the use cases that read users. */
export function createUserUseCases(dependencies: UseCaseDependencies) {
  const { viewer, cachePolicy, sessionManager, users, loaders, authenticatedUserIds, now } = dependencies
  let currentViewer: Promise<Viewer> | undefined

  /** Returns the viewer with the stored role, or the anonymous viewer if the session has ended. */
  async function readCurrentViewer(): Promise<Viewer> {
    if (viewer.kind !== 'signedIn') return anonymous
    const account = await sessionManager.findActiveAccount(viewer.sessionId, viewer.id)
    return account ? { ...viewer, role: account.user.role } : anonymous
  }

  /** Returns an account; only an existing one is cached. */
  async function findUser<Found extends SelectedUser>(load: Promise<Found | null>): Promise<Found | null> {
    const user = await load
    if (!user) cachePolicy.forbid()
    return user
  }

  async function mayReadEmail(user: SelectedUser): Promise<boolean> {
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
    user: (id: string): Promise<User | null> =>
      findUser(loaders.userById.load(requireId('User', id, ['id']))),

    /** Resolves a reference to a user; null also for an invalid ID. */
    userReference: async (id: string): Promise<User | null> =>
      isId('User', id) ? findUser(loaders.userById.load(id)) : null,

    /** Resolves a reference from another subgraph to a user with selected fields. */
    selectedUser: async (id: string, fields: SelectedFields): Promise<SelectedUser | null> =>
      isId('User', id) ? findUser(loaders.selectedUserById.load({ id, fields })) : null,

    async userByHandle(handle: string): Promise<User | null> {
      const folded = foldHandle(handle)
      const user = isHandle(folded) ? await users.userByHandle(folded) : undefined
      if (user) cachePolicy.addTags([user.id])
      else cachePolicy.forbid()
      return user ?? null
    },

    /**
     * Returns the users whose handle or name has words that begin with those of the query, the best match first.
     *
     * @throws UNAUTHENTICATED for an anonymous viewer: strangers cannot collect the names of all users
     */
    async searchUsers(query: string, args: PageArguments): Promise<Connection<User>> {
      requireSignedIn(viewer)
      const words = parseUserSearch(readSearch(query, ['query']) ?? '')
      const page = readPage(args, userSearchOrder, ['searchUsers', words])
      const found = await users.search.findPage(words, page)
      const { edges, pageInfo, totalCount } = toConnection(
        page,
        found,
        ({ rank, user }) => [rank, user.handle],
        () => users.search.count(words),
      )
      return {
        edges: edges.map(({ cursor, node }) => ({ cursor, node: node.user })),
        nodes: edges.map(({ node }) => node.user),
        pageInfo,
        totalCount,
      }
    },

    /** Returns a user's present suspension; null unless the viewer may read it. */
    async visibleSuspension(user: SelectedUser): Promise<Suspension | null> {
      const suspension = findSuspension(user, now())
      if (!suspension || authenticatedUserIds.has(user.id)) return suspension
      if (!canSeeSuspension(viewer, user.id)) return null
      currentViewer ??= readCurrentViewer()
      return canSeeSuspension(await currentViewer, user.id) ? suspension : null
    },

    /** Returns a user's email address; null unless the viewer may read it. */
    visibleEmail: async (user: SelectedUser): Promise<string | null> =>
      user.email !== null && (await mayReadEmail(user)) ? user.email : null,

    /** Returns when a user's email address was verified; null unless the viewer may read the address. */
    visibleEmailVerifiedAt: async (user: SelectedUser): Promise<Date | null> =>
      user.emailVerifiedAt && (await mayReadEmail(user)) ? user.emailVerifiedAt : null,
  }
}
