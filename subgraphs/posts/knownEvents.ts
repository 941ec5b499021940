import type { Known } from '../shared/feed/copies'
import { createFactsQuery, factPages } from '../shared/feed/factPages'
import type { FeedEvent } from '../shared/feed/feed'
import { createKnown } from '../shared/feed/known'
import type { Peer } from '../shared/peer'
import type { SubgraphTools } from '../shared/subgraph/tools'
import { knownEventShape, type KnownEvent } from './events'

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
  const ask = createFactsQuery(events, 'eventFacts', knownEventShape, tools.asService)

  const { find, ...known } = createKnown<KnownEvent>({
    ...tools,
    topic: 'events',
    consumer: 'posts.events',
    collectionName: 'known_events',
    read,
    forget: (ids) => posts.forgetEvents(ids),
    async rebuild(copies) {
      await posts.forgetEvents(await copies.rebuild(factPages(ask), (ids) => ask({ ids })))
    },
  })
  return {
    ...known,
    /** What is known of an event: null for one that is gone, undefined for nothing. */
    find: async (id: string): Promise<KnownEvent | null | undefined> => (await find([id])).get(id),
  }
}

function read({ type, entity: id, sequence, data }: FeedEvent): Known<KnownEvent> | undefined {
  switch (type) {
    case 'event.created':
    case 'event.published':
    case 'event.cancelled':
    case 'event.changed':
      return { id, sequence, facts: knownEventShape.parse(data) }
    case 'event.deleted':
      return { id, sequence, facts: null }
    default:
      return undefined
  }
}
