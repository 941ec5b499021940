import type { SubgraphResources } from '../../subgraph-kit/server/resources'
import { createProjectionStore, type ProjectionStore, type ProjectedEntity } from '../mongo/projectionStore'
import { startDurableConsumer } from '../consumers/durableConsumer'
import type { DomainEvent, RunningConsumer } from '../eventLog'
import { createCascadeRetry } from './cascadeRetry'

export interface ProjectionOptions<Facts extends object> extends SubgraphResources {
  /** Where the copies are kept, in the consumer's own database. */
  collectionName: string
  /** The owner's name. */
  topic: string
  /** `<subgraph>.<what>`. */
  consumer: string
  /** What an event says of its entity; undefined for one that says nothing of it. */
  toProjected(event: DomainEvent): ProjectedEntity<Facts> | undefined
  /**
   * Does what the end of these brings with it: as soon as it is heard of, and once more some time later. Doing it again
   * changes nothing.
   *
   * @throws AbortError where more is left when the signal is aborted: it goes on at the next start
   */
  forget(ids: readonly string[], signal: AbortSignal): Promise<void>
  /** Does what else comes of what was heard. */
  onApplied?(heard: readonly ProjectedEntity<Facts>[]): Promise<void>
  /** Takes everything anew from the owner. @throws AbortError */
  rebuild(copies: ProjectionStore<Facts>, signal: AbortSignal): Promise<void>
}

/** What a subgraph knows of another's entities, kept in step through the feed, and what it does when they end. */
export function createProjection<Facts extends object>(options: ProjectionOptions<Facts>) {
  const {
    eventLog,
    connection,
    log,
    collectionName,
    topic,
    consumer,
    toProjected,
    forget,
    onApplied,
    rebuild,
  } = options
  const copies = createProjectionStore<Facts>(connection, collectionName)
  const closing = new AbortController()
  const { signal } = closing
  const followUp = createCascadeRetry({ store: copies, run: (ids) => forget(ids, signal), log })
  let running: RunningConsumer | undefined

  async function handle(events: readonly DomainEvent[]): Promise<void> {
    const heard = events.flatMap((event) => toProjected(event) ?? [])
    await copies.apply(heard)
    const gone = heard.filter(({ facts }) => facts === null)
    if (gone.length > 0)
      await forget(
        gone.map(({ id }) => id),
        signal,
      )
    await onApplied?.(heard)
  }

  return {
    prepare: copies.prepare,
    /** By ID: facts, null for what is gone; what is not known has no entry. */
    find: copies.find,
    endings: copies.endings,
    start(): void {
      running = startDurableConsumer({
        eventLog,
        connection,
        topic,
        consumer,
        handle,
        async rebuild() {
          // From nothing, too: with the index that they had.
          await copies.prepare()
          await rebuild(copies, signal)
        },
      })
      followUp.start()
    },
    /** Ends what is under way where it is; it goes on at the next start. */
    async close(): Promise<void> {
      const closed = running?.close()
      closing.abort()
      await closed
      await followUp.stop()
    },
  }
}
