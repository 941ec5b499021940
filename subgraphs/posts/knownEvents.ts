import { createCopies, type Known } from '../shared/feed/copies'
import { startDurableConsumer } from '../shared/feed/durableConsumer'
import { factPages, type FactsQuestion } from '../shared/feed/factPages'
import type { FeedEvent, RunningConsumer } from '../shared/feed/feed'
import { createFollowUp } from '../shared/feed/followUp'
import type { Peer } from '../shared/peer'
import type { SubgraphTools } from '../shared/subgraph/tools'
import { askEventFacts, knownEventShape, type KnownEvent } from './events'

/** What becomes of posts when their events go. Doing it again changes nothing. */
export interface PostsOfEvents {
  /** The events are gone: the posts about them stay, and are about none. */
  forgetEvents(eventIds: readonly string[]): Promise<void>
}

export interface KnownEventsOptions extends SubgraphTools {
  events: Peer
  posts: PostsOfEvents
}

export type KnownEvents = ReturnType<typeof createKnownEvents>

/** What is known here of events, kept in step with them. */
export function createKnownEvents({ events, posts, ...tools }: KnownEventsOptions) {
  const { connection, feed, asService, log } = tools
  const copies = createCopies<KnownEvent>(connection, 'known_events')
  const followUp = createFollowUp({ copies, run: (ids) => posts.forgetEvents(ids), log })
  const ask = (question: FactsQuestion) => askEventFacts(events, question, asService())
  let consumer: RunningConsumer | undefined

  async function handle(happened: readonly FeedEvent[]): Promise<void> {
    const known = happened.flatMap(toKnown)
    await copies.apply(known)
    await posts.forgetEvents(known.filter(({ facts }) => facts === null).map(({ id }) => id))
  }

  async function rebuild(): Promise<void> {
    await posts.forgetEvents(await copies.rebuild(factPages(ask), (ids) => ask({ ids })))
  }

  return {
    prepare: copies.prepare,
    /** What is known of an event: null for one that is gone, undefined for nothing. */
    find: async (id: string): Promise<KnownEvent | null | undefined> => (await copies.find([id])).get(id),
    start(): void {
      consumer = startDurableConsumer({
        feed,
        connection,
        topic: 'events',
        consumer: 'posts.events',
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

function toKnown({ type, entity: id, sequence, data }: FeedEvent): Known<KnownEvent>[] {
  switch (type) {
    case 'event.created':
    case 'event.published':
    case 'event.cancelled':
    case 'event.changed':
      return [{ id, sequence, facts: knownEventShape.parse(data) }]
    case 'event.deleted':
      return [{ id, sequence, facts: null }]
    default:
      return []
  }
}
