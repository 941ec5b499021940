import { createCopies } from '../shared/feed/copies'
import { startDurableConsumer } from '../shared/feed/durableConsumer'
import type { FeedEvent, RunningConsumer } from '../shared/feed/feed'
import { createFollowUp } from '../shared/feed/followUp'
import type { Peer } from '../shared/peer'
import type { SubgraphTools } from '../shared/subgraph/tools'
import { askPresentUsers } from './users'

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

/** Which accounts are known to be gone: an access token may outlive its account. Nothing is kept of the others. */
export function createGoneUsers({ users, events, ...tools }: GoneUsersOptions) {
  const { connection, feed, asService, log } = tools
  const copies = createCopies<Record<string, never>>(connection, 'gone_users')
  const closing = new AbortController()
  const forget = (ids: readonly string[]) => events.forgetUsers(ids, closing.signal)
  const followUp = createFollowUp({ copies, run: forget, log })
  let consumer: RunningConsumer | undefined

  async function handle(happened: readonly FeedEvent[]): Promise<void> {
    const deleted = happened.filter(({ type }) => type === 'user.deleted')
    await copies.apply(deleted.map(({ entity, sequence }) => ({ id: entity, sequence, facts: null })))
    await forget(deleted.map(({ entity }) => entity))
  }

  async function rebuild(): Promise<void> {
    for await (const ids of events.userIds()) {
      closing.signal.throwIfAborted()
      const present = await askPresentUsers(users, ids, asService())
      const gone = ids.filter((id) => !present.has(id))
      await copies.apply(gone.map((id) => ({ id, sequence: 1, facts: null })))
      await forget(gone)
    }
  }

  return {
    prepare: copies.prepare,
    isGone: async (id: string): Promise<boolean> => (await copies.find([id])).has(id),
    start(): void {
      consumer = startDurableConsumer({
        feed,
        connection,
        topic: 'users',
        consumer: 'events.users',
        handle,
        rebuild,
      })
      followUp.start()
    },
    /** Ends what is under way after its page; it goes on at the next start. */
    async close(): Promise<void> {
      const closed = consumer?.close()
      closing.abort()
      await closed
      await followUp.stop()
    },
  }
}
