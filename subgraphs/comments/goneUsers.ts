import { createGone } from '../shared/feed/gone'
import type { Peer } from '../shared/peer'
import type { SubgraphTools } from '../shared/subgraph/tools'

/** What becomes of comments when their authors' accounts go. Doing it again changes nothing. */
export interface CommentsOfUsers {
  /** Those who wrote comments, page by page, of at most 500. */
  authorIds(): AsyncIterable<readonly string[]>
  /** The accounts are gone: what they wrote stays, and nobody knows whose it was. */
  forgetAuthors(userIds: readonly string[]): Promise<void>
}

export interface GoneUsersOptions extends SubgraphTools {
  users: Peer
  comments: CommentsOfUsers
}

export type GoneUsers = ReturnType<typeof createGoneUsers>

/** Which accounts are known to be gone: an access token may outlive its account. */
export function createGoneUsers({ users, comments, ...tools }: GoneUsersOptions) {
  return createGone({
    ...tools,
    owner: users,
    presentField: 'presentUserIds',
    topic: 'users',
    type: 'user.deleted',
    consumer: 'comments.users',
    collectionName: 'gone_users',
    referred: comments.authorIds,
    forget: comments.forgetAuthors,
  })
}
