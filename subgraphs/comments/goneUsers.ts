import { createGone, type Ended } from '../shared/feed/gone'
import type { Peer } from '../shared/peer'
import type { SubgraphTools } from '../shared/subgraph/tools'

/** What becomes of comments when their authors' accounts go. Doing it again changes nothing. */
export interface CommentsOfUsers {
  /** Those who wrote comments, page by page, of at most 500. */
  authorIds(): AsyncIterable<readonly string[]>
  /** Deletes what deleted accounts wrote after their deletion was requested; what they wrote before stays without an author. */
  forgetAuthors(ended: readonly Ended[], now: Date): Promise<void>
}

export interface GoneUsersOptions extends SubgraphTools {
  users: Peer
  comments: CommentsOfUsers
  now: () => Date
}

export type GoneUsers = ReturnType<typeof createGoneUsers>

/** Which accounts are known to be gone: an access token may outlive its account. */
export function createGoneUsers({ users, comments, now, ...tools }: GoneUsersOptions) {
  return createGone({
    ...tools,
    owner: users,
    presentField: 'presentUserIds',
    topic: 'users',
    type: 'user.deleted',
    consumer: 'comments.users',
    collectionName: 'gone_users',
    referred: comments.authorIds,
    forget: (ended) => comments.forgetAuthors(ended, now()),
  })
}
