import { createCopies } from '../shared/feed/copies'
import { startDurableConsumer } from '../shared/feed/durableConsumer'
import type { FeedEvent, RunningConsumer } from '../shared/feed/feed'
import { createFollowUp } from '../shared/feed/followUp'
import type { Peer } from '../shared/peer'
import type { SubgraphTools } from '../shared/subgraph/tools'
import { askPresentUsers } from './users'

/** What becomes of posts when their authors' accounts go. Doing it again changes nothing. */
export interface PostsOfUsers {
  /** Those who wrote posts, page by page, of at most 500. */
  authorIds(): AsyncIterable<readonly string[]>
  /** The accounts are gone: what they published stays, and nobody knows whose it was; their drafts go too. */
  forgetAuthors(userIds: readonly string[], now: Date): Promise<void>
}

export interface GoneUsersOptions extends SubgraphTools {
  users: Peer
  posts: PostsOfUsers
  now: () => Date
}

export type GoneUsers = ReturnType<typeof createGoneUsers>

/** Which accounts are known to be gone: an access token may outlive its account. Nothing is kept of the others. */
export function createGoneUsers({ users, posts, now, ...tools }: GoneUsersOptions) {
  const { connection, feed, asService, log } = tools
  const copies = createCopies<Record<string, never>>(connection, 'gone_users')
  const forget = (ids: readonly string[]) => posts.forgetAuthors(ids, now())
  const followUp = createFollowUp({ copies, run: forget, log })
  let consumer: RunningConsumer | undefined

  async function handle(events: readonly FeedEvent[]): Promise<void> {
    const deleted = events.filter(({ type }) => type === 'user.deleted')
    await copies.apply(deleted.map(({ entity, sequence }) => ({ id: entity, sequence, facts: null })))
    await forget(deleted.map(({ entity }) => entity))
  }

  async function rebuild(): Promise<void> {
    for await (const ids of posts.authorIds()) {
      const present = await askPresentUsers(users, ids, asService())
      const gone = ids.filter((id) => !present.has(id))
      await copies.apply(gone.map((id) => ({ id, sequence: 1, facts: null })))
      await forget(gone)
    }
  }

  return {
    prepare: copies.prepare,
    /** Whether the account is known to be gone. */
    isGone: async (id: string): Promise<boolean> => (await copies.find([id])).has(id),
    start(): void {
      consumer = startDurableConsumer({
        feed,
        connection,
        topic: 'users',
        consumer: 'posts.users',
        handle,
        rebuild,
      })
      followUp.start()
    },
    async close(): Promise<void> {
      await consumer?.close()
      await followUp.stop()
    },
  }
}
