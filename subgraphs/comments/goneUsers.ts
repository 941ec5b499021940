import { createCopies } from '../shared/feed/copies'
import { startDurableConsumer } from '../shared/feed/durableConsumer'
import type { FeedEvent, RunningConsumer } from '../shared/feed/feed'
import { createFollowUp } from '../shared/feed/followUp'
import type { Peer } from '../shared/peer'
import type { SubgraphTools } from '../shared/subgraph/tools'
import { askPresentUsers } from './users'

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

/** Which accounts are known to be gone: an access token may outlive its account. Nothing is kept of the others. */
export function createGoneUsers({ users, comments, ...tools }: GoneUsersOptions) {
  const { connection, feed, asService, log } = tools
  const copies = createCopies<Record<string, never>>(connection, 'gone_users')
  const followUp = createFollowUp({ copies, run: (ids) => comments.forgetAuthors(ids), log })
  // What takes long is left where it is: it is begun again at the next start.
  const closing = new AbortController()
  let consumer: RunningConsumer | undefined

  async function handle(events: readonly FeedEvent[]): Promise<void> {
    const deleted = events.filter(({ type }) => type === 'user.deleted')
    await copies.apply(deleted.map(({ entity, sequence }) => ({ id: entity, sequence, facts: null })))
    await comments.forgetAuthors(deleted.map(({ entity }) => entity))
  }

  async function rebuild(): Promise<void> {
    // From nothing, too: with the index that they had.
    await copies.prepare()
    for await (const ids of comments.authorIds()) {
      closing.signal.throwIfAborted()
      const known = await copies.find(ids)
      const unknown = ids.filter((id) => !known.has(id))
      const present = await askPresentUsers(users, unknown, asService())
      const gone = unknown.filter((id) => !present.has(id))
      await copies.apply(gone.map((id) => ({ id, sequence: 1, facts: null })))
      await comments.forgetAuthors([...known.keys(), ...gone])
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
        consumer: 'comments.users',
        handle,
        rebuild,
      })
      followUp.start()
    },
    async close(): Promise<void> {
      closing.abort()
      await consumer?.close()
      await followUp.stop()
    },
  }
}
