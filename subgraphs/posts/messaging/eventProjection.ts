import {
  createProjection,
  type DomainEvent,
  type ProjectedEntity,
  type ProjectionStore,
} from '../../../packages/event-log'
import { createSnapshotSource, type PeerClient } from '../../../packages/subgraph-kit/peers'
import type { SubgraphResources } from '../../../packages/subgraph-kit'
import { projectedEventSchema, type ProjectedEvent } from '../domain/eventVisibility'
import type { PostRepository } from '../repository'

interface EventProjectionOptions extends SubgraphResources {
  events: PeerClient
  posts: Pick<PostRepository, 'removeEventReferences' | 'listReferencedEventIds'>
  now: () => Date
}

/** Creates the projection of the events subgraph's events. */
export function createEventProjection({ events, posts, now, ...resources }: EventProjectionOptions) {
  const snapshot = createSnapshotSource(
    events,
    'eventFacts',
    projectedEventSchema,
    resources.createServiceToken,
  )
  /** Returns the deleted ones among these events; the projection may have been lost before it contained them. */
  async function findDeleted(
    store: ProjectionStore<ProjectedEvent>,
    ids: readonly string[],
  ): Promise<string[]> {
    const projected = await store.find(ids)
    const unknown = ids.filter((id) => !projected.has(id))
    const existing = unknown.length > 0 ? await snapshot.findByIds(unknown) : []
    const existingIds = new Set(existing.map(({ id }) => id))
    return ids.filter((id) => (projected.has(id) ? projected.get(id) === null : !existingIds.has(id)))
  }

  const { find, ...projection } = createProjection<ProjectedEvent>({
    ...resources,
    topic: 'events',
    consumer: 'posts.events',
    collectionName: 'known_events',
    toProjected,
    onDeleted: (ids) => posts.removeEventReferences(ids, now()),
    async rebuild(store, signal) {
      await posts.removeEventReferences(await store.rebuild(snapshot, signal), now())
      for await (const ids of posts.listReferencedEventIds()) {
        signal.throwIfAborted()
        await posts.removeEventReferences(await findDeleted(store, ids), now())
      }
    },
  })
  return {
    ...projection,
    /** Returns an event; null when deleted, undefined when not projected. */
    find: async (id: string): Promise<ProjectedEvent | null | undefined> => (await find([id])).get(id),
  }
}

function toProjected(event: DomainEvent): ProjectedEntity<ProjectedEvent> | undefined {
  const { type, entity: id, sequence, data } = event
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
