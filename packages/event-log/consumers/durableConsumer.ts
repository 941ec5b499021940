import { randomUUID } from 'node:crypto'

import type { DomainEvent, EventLog, RunningConsumer } from '../eventLog'
import type { Connection } from '../mongo/connection'
import { createPositionStore } from '../mongo/consumerPositions'

interface DurableConsumerOptions {
  eventLog: EventLog
  /** The consumer's own database, which stores its position. */
  connection: Connection
  /** The name of the service that publishes the events. */
  topic: string
  /** Unique among the consumers of the topic: `<consuming subgraph>.<purpose>`. */
  consumer: string
  /** Handles events. Idempotent, since delivery is at least once. */
  handle(events: readonly DomainEvent[]): Promise<void>
  /**
   * Rebuilds everything from the owner: at the first start, after a gap in the log, and on request. Idempotent. A
   * consumer without it keeps nothing that its owner could restore: it begins with the newest event, handles every
   * later one, and ignores requests.
   */
  rebuild?(): Promise<void>
}

/** The type of an event, in any topic, that requests a rebuild of all its consumers. */
export const rebuildRequestedType = 'feed.rebuild'

/** The type of an event, in any topic, that announces such a rebuild by the owner of the topic. */
const rebuiltType = 'feed.rebuilt'

/** Returns whether an event says that data of the owner of its topic may have changed without domain events. */
export const isRebuildNotice = ({ type }: Pick<DomainEvent, 'type'>): boolean =>
  type === rebuildRequestedType || type === rebuiltType

/** Starts a consumer that continues after its stored position, in whichever process of the subgraph it runs. */
export function startDurableConsumer(options: DurableConsumerOptions): RunningConsumer {
  const { eventLog, connection, topic, consumer, handle, rebuild } = options
  const positions = createPositionStore(connection, topic, consumer)

  return eventLog.consume({
    topic,
    consumer,
    readPosition: positions.read,
    async handle(events, position) {
      const requested = events.findLastIndex(({ type }) => type === rebuildRequestedType)
      if (requested !== -1) await rebuild?.()
      // The rebuild includes the events before its request, which may describe deletions that a restore has undone.
      const later = rebuild
        ? events.slice(requested + 1)
        : events.filter(({ type }) => type !== rebuildRequestedType)
      if (later.length > 0) await handle(later)
      await positions.write(position, events[requested]?.id)
    },
    async rebuild(position) {
      await rebuild?.()
      await positions.write(position)
    },
  })
}

/**
 * Requests that all consumers of a topic rebuild from its owner: at once where they run, otherwise at their
 * next start.
 *
 * @returns the ID of the request, which each consumer stores with its position once it has completed the
 *   rebuild
 * @throws when it is uncertain whether the request was published
 */
export const requestRebuild = (eventLog: EventLog, topic: string): Promise<string> =>
  publishNotice(eventLog, topic, rebuildRequestedType)

/**
 * Announces in a service's own topic that it has rebuilt data without a domain event for each change, so that caches
 * drop its responses.
 *
 * @throws when it is uncertain whether the announcement was published
 */
export async function announceRebuild(eventLog: EventLog, topic: string): Promise<void> {
  await publishNotice(eventLog, topic, rebuiltType)
}

async function publishNotice(eventLog: EventLog, topic: string, type: string): Promise<string> {
  const id = randomUUID()
  const at = new Date().toISOString()
  // It concerns no entity: its ID takes the place of one, and its sequence is 1.
  await eventLog.publish(topic, [{ id, type, entity: id, sequence: 1, at, data: {} }])
  return id
}
