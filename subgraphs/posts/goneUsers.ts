import { createGone, type Ended } from '../shared/feed/gone'
import type { Peer } from '../shared/peer'
import type { SubgraphTools } from '../shared/subgraph/tools'

/** What becomes of posts when their authors' accounts go. Doing it again changes nothing. */
export interface PostsOfUsers {
  /** Those who wrote posts, page by page, of at most 500. */
  authorIds(): AsyncIterable<readonly string[]>
  /**
   * Removes the drafts of deleted accounts and what was published after their deletion was requested; what was published
   * before stays without an author.
   */
  forgetAuthors(ended: readonly Ended[], now: Date): Promise<void>
}

export interface GoneUsersOptions extends SubgraphTools {
  users: Peer
  posts: PostsOfUsers
  now: () => Date
}

export type GoneUsers = ReturnType<typeof createGoneUsers>

/** Which accounts are known to be gone: an access token may outlive its account. */
export function createGoneUsers({ users, posts, now, ...tools }: GoneUsersOptions) {
  return createGone({
    ...tools,
    owner: users,
    presentField: 'presentUserIds',
    topic: 'users',
    type: 'user.deleted',
    consumer: 'posts.users',
    collectionName: 'gone_users',
    referred: posts.authorIds,
    forget: (ended) => posts.forgetAuthors(ended, now()),
  })
}
