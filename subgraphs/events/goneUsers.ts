import { createGone, type Ended } from '../shared/feed/gone'
import type { Peer } from '../shared/peer'
import type { SubgraphTools } from '../shared/subgraph/tools'

/** What becomes of events and registrations when accounts go. Doing it again changes nothing. */
export interface EventsOfUsers {
  /** Whoever registered or organizes, page by page, of at most 500. */
  userIds(): AsyncIterable<readonly string[]>
  /**
   * Frees the seats of deleted accounts and deletes their events that were never published or were created after the deletion
   * was requested; the others stay without an organizer.
   *
   * @throws AbortError
   */
  forgetUsers(ended: readonly Ended[], signal: AbortSignal): Promise<void>
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
