import type { Connection } from '../mongo/connection'

import type { Log } from '../../platform/log'
import { startDurableConsumer } from '../consumers/durableConsumer'
import type { DomainEvent, EventLog, RunningConsumer } from '../eventLog'
import { createProjectionStore, type ProjectionStore } from '../mongo/projectionStore'
import type { ProjectedEntity } from './snapshotPages'
import { createCascadeRetry } from './cascadeRetry'

export interface ProjectionOptions<Data extends object> {
  eventLog: EventLog
  /** The consumer's own database, which contains the projection. */
  connection: Connection
  log: Log
  collectionName: string
  /** The name of the service that owns the entities. */
  topic: string
  /** `<subgraph>.<topic>`. */
  consumer: string
  /** Returns the entity that an event describes; undefined for an event that does not change the projection. */
  toProjected(event: DomainEvent): ProjectedEntity<Data> | undefined
  /**
   * Runs the cascade of deleted entities: at once, and a second time some 15 s later. Idempotent.
   *
   * @throws AbortError when the signal is aborted before the cascade is complete, which continues at the next start
   */
  onDeleted(ids: readonly string[], signal: AbortSignal): Promise<void>
  /**
   * Returns the work that an event requests, for an event that changes no entity. It runs after the cascades of the
   * events before it, and before those of the events after it. Idempotent: it is repeated until it is complete, unless
   * a gap in the log loses its event.
   */
  toJob?(event: DomainEvent): ((signal: AbortSignal) => Promise<void>) | undefined
  /** Called after the entities of a batch of events were written. Idempotent. */
  onApplied?(entities: readonly ProjectedEntity<Data>[]): Promise<void>
  /** Rebuilds the projection from the owner, and runs the cascades of missed deletions. @throws AbortError */
  rebuild(store: ProjectionStore<Data>, signal: AbortSignal): Promise<void>
}

/** A local copy of another service's entities, kept current through the event log. */
export interface Projection<Data extends object> extends Pick<
  ProjectionStore<Data>,
  'prepare' | 'find' | 'findDeletions'
> {
  start(): void
  /** Stops within a batch or a page; the work continues at the next start. */
  close(): Promise<void>
}

/** Creates a projection, which consumes nothing until it is started. */
export function createProjection<Data extends object>(options: ProjectionOptions<Data>): Projection<Data> {
  const { eventLog, connection, log, collectionName, topic, consumer } = options
  const { toProjected, onDeleted, toJob, onApplied, rebuild } = options
  const store = createProjectionStore<Data>(connection, collectionName)
  const closing = new AbortController()
  const { signal } = closing
  const cascadeRetry = createCascadeRetry({ store, runCascade: (ids) => onDeleted(ids, signal), log })
  let running: RunningConsumer | undefined

  async function applyEntities(entities: readonly ProjectedEntity<Data>[]): Promise<void> {
    await store.apply(entities)
    const deletedIds = entities.filter(({ data }) => data === null).map(({ id }) => id)
    if (deletedIds.length > 0) await onDeleted(deletedIds, signal)
    await onApplied?.(entities)
  }

  async function handle(events: readonly DomainEvent[]): Promise<void> {
    let entities: ProjectedEntity<Data>[] = []
    for (const event of events) {
      const entity = toProjected(event)
      if (entity) entities.push(entity)
      const runJob = toJob?.(event)
      if (!runJob) continue
      await applyEntities(entities)
      entities = []
      await runJob(signal)
    }
    await applyEntities(entities)
  }

  return {
    prepare: store.prepare,
    find: store.find,
    findDeletions: store.findDeletions,
    start(): void {
      running = startDurableConsumer({
        eventLog,
        connection,
        topic,
        consumer,
        handle,
        async rebuild() {
          // The collection may have been dropped, together with its index.
          await store.prepare()
          await rebuild(store, signal)
        },
      })
      cascadeRetry.start()
    },
    async close(): Promise<void> {
      const closed = running?.close()
      closing.abort()
      await closed
      await cascadeRetry.stop()
    },
  }
}
