import type { Connection } from '../../packages/subgraph-kit/mongo/database'
import { requestRebuild } from '../../packages/event-log/consumers/requestRebuild'
import {
  positionsCollectionName,
  type ConsumerPosition,
} from '../../packages/event-log/mongo/consumerPositions'
import type { Delivery, EventLog } from '../../packages/event-log/eventLog'

/** All who consume a topic have been asked to take it anew. */
export interface RebuildRequest {
  topic: string
  /** Whom it was asked of, by their names such as `comments.posts`. */
  consumers: readonly string[]
  /** Those of them that have not done so yet. */
  findPendingConsumers(): Promise<string[]>
}

/**
 * Asks all who consume a topic to take everything anew from its owner.
 *
 * @param databases of all who may consume it: there they store how far they are
 * @param signal ends the request
 */
export async function sendRebuildRequest(
  feed: EventLog,
  databases: readonly Connection[],
  topic: string,
  signal: AbortSignal,
): Promise<RebuildRequest> {
  const find = async () => (await Promise.all(databases.map((each) => findPositions(each, topic)))).flat()
  const nameOf = ({ _id }: ConsumerPosition) => _id.slice(topic.length + 1)
  // Before it is asked: whoever begins after that takes everything anew by itself.
  const asked = new Set((await find()).map(nameOf))
  const deliveries = await feed.subscribe(topic, { signal })
  const id = await requestRebuild(feed, topic)
  const after = collectPositions(deliveries, id)

  return {
    topic,
    consumers: [...asked],
    async findPendingConsumers() {
      // Past the request is also whoever has answered a later one with it, or has taken everything anew on its own.
      const isPast = ({ position, rebuiltFor }: ConsumerPosition) => rebuiltFor === id || after.has(position)
      const answered = (await find()).filter(isPast).map(nameOf)
      return [...asked].filter((name) => !answered.includes(name))
    },
  }
}

async function findPositions(database: Connection, topic: string): Promise<ConsumerPosition[]> {
  return database
    .collection<ConsumerPosition>(positionsCollectionName)
    .find({ _id: { $regex: `^${topic}/` } })
    .toArray()
}

/** The positions at and after an event, as they come. */
function collectPositions(deliveries: AsyncIterable<Delivery>, id: string): ReadonlySet<string> {
  const positions = new Set<string>()
  const collect = async () => {
    for await (const { event, position } of deliveries)
      if (event.id === id || positions.size > 0) positions.add(position)
  }
  // Where some may have been missed, those that came before are still good.
  collect().catch(() => undefined)
  return positions
}
