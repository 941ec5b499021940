import type { Connection } from '../../subgraph-kit/mongo/database'
import { readBounds } from '../../platform/request/readBounds'
import type { EventLog, DomainEvent, RunningConsumer } from '../eventLog'

export interface DurableConsumerOptions {
  eventLog: EventLog
  /** The consumer's own database, which keeps its position. */
  connection: Connection
  /** The owner's name. */
  topic: string
  /** Unique among the consumers of the topic: who consumes, and what for. */
  consumer: string
  /** Takes in what happened. It may be given the same again, and must then leave things as they are. */
  handle(events: readonly DomainEvent[]): Promise<void>
  /** Takes everything anew from the owner: where events may have been missed, and when the owner's replay is asked for. */
  rebuild(): Promise<void>
}

/** Of the event, in any topic, that asks all who consume it to take everything anew from the owner. */
export const rebuildRequestedType = 'feed.rebuild'

/** How far a consumer is, in its own database. */
export interface ConsumerPosition {
  /** `<topic>/<consumer>`. */
  _id: string
  position: string
  /** The last event of {@link rebuildRequestedType} that it has answered. */
  rebuiltFor?: string
}

export const positionsCollectionName = 'feed_positions'

/** Begins a consumer that goes on where it was, whichever process of the subgraph it runs in. */
export function startDurableConsumer(options: DurableConsumerOptions): RunningConsumer {
  const { eventLog, connection, topic, consumer, handle, rebuild } = options
  const positions = connection.collection<ConsumerPosition>(positionsCollectionName)
  const _id = `${topic}/${consumer}`

  async function store(position: string, rebuiltFor?: string): Promise<void> {
    const progress = { position, ...(rebuiltFor !== undefined && { rebuiltFor }) }
    await positions.updateOne({ _id }, { $set: progress }, { upsert: true })
  }

  return eventLog.consume({
    topic,
    consumer,
    readPosition: async () => (await positions.findOne({ _id }, readBounds()))?.position,
    async handle(events, position) {
      const requested = events.findLastIndex(({ type }) => type === rebuildRequestedType)
      if (requested !== -1) await rebuild()
      // A rebuild includes the events before its request, and those may be about deletions that were undone since.
      const later = events.slice(requested + 1)
      if (later.length > 0) await handle(later)
      await store(position, events[requested]?.id)
    },
    async rebuild(position) {
      await rebuild()
      await store(position)
    },
  })
}
