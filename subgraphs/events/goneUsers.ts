import { createGone } from '../shared/feed/gone'
import type { Peer } from '../shared/peer'
import type { SubgraphTools } from '../shared/subgraph/tools'

/** What becomes of events and registrations when accounts go. Doing it again changes nothing. */
export interface EventsOfUsers {
  /** Whoever registered or organizes, page by page, of at most 500. */
  userIds(): AsyncIterable<readonly string[]>
  /**
   * The accounts are gone: their places become free, their drafts go, and their other events are nobody's.
   *
   * @throws AbortError
   */
  forgetUsers(userIds: readonly string[], signal: AbortSignal): Promise<void>
}

export interface GoneUsersOptions extends SubgraphTools {
  users: Peer
  events: EventsOfUsers
}

export type GoneUsers = ReturnType<typeof createGoneUsers>

/** Which accounts are known to be gone: an access token may outlive its account. */
export function createGoneUsers({ users, events, ...tools }: GoneUsersOptions) {
  return createGone({
    ...tools,
    owner: users,
    presentField: 'presentUserIds',
    topic: 'users',
    type: 'user.deleted',
    consumer: 'events.users',
    collectionName: 'gone_users',
    referred: events.userIds,
    forget: events.forgetUsers,
  })
}
