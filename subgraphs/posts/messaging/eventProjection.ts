import type { ProjectedEntity } from '../../../packages/event-log/mongo/projectionStore'
import type { DomainEvent } from '../../../packages/event-log/eventLog'
import { createProjection } from '../../../packages/event-log/projections/projection'
import { createSnapshotSource } from '../../../packages/subgraph-kit/messaging/snapshotSource'
import type { PeerClient } from '../../../packages/subgraph-kit/peerClient'
import type { SubgraphResources } from '../../../packages/subgraph-kit/server/resources'
import { projectedEventSchema, type ProjectedEvent } from '../domain/eventVisibility'

/** What becomes of posts when their events go. Doing it again changes nothing. */
export interface EventCascadeTarget {
  /** The events are gone: the posts about them stay, and are about none. */
  forgetEvents(eventIds: readonly string[]): Promise<void>
}

export interface EventProjectionOptions extends SubgraphResources {
  events: PeerClient
  posts: EventCascadeTarget
}

export type EventProjection = ReturnType<typeof createEventProjection>

/** What is known here of events, kept in step with them. */
export function createEventProjection({ events, posts, ...tools }: EventProjectionOptions) {
  const snapshot = createSnapshotSource(events, 'eventFacts', projectedEventSchema, tools.createServiceToken)

  const { find, ...known } = createProjection<ProjectedEvent>({
    ...tools,
    topic: 'events',
    consumer: 'posts.events',
    collectionName: 'known_events',
    toProjected: read,
    onDeleted: (ids) => posts.forgetEvents(ids),
    async rebuild(store, signal) {
      await posts.forgetEvents(await store.rebuild(snapshot, signal))
    },
  })
  return {
    ...known,
    /** What is known of an event: null for one that is gone, undefined for nothing. */
    find: async (id: string): Promise<ProjectedEvent | null | undefined> => (await find([id])).get(id),
  }
}

function read({
  type,
  entity: id,
  sequence,
  data,
}: DomainEvent): ProjectedEntity<ProjectedEvent> | undefined {
  switch (type) {
    case 'event.created':
    case 'event.published':
    case 'event.cancelled':
    case 'event.changed':
      return { id, sequence, data: projectedEventSchema.parse(data) }
    case 'event.deleted':
      return { id, sequence, data: null }
    default:
      return undefined
  }
}
