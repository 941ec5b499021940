import type { Connection } from '../../packages/subgraph-kit/mongo'
import { requestRebuild, type Delivery, type EventLog } from '../../packages/event-log'
import { positionsCollectionName, type ConsumerPosition } from '../../packages/event-log/mongo'

/** A request to all consumers of a topic to rebuild their projections. */
export interface RebuildRequest {
  topic: string
  /** The names of the consumers, such as `comments.posts`. */
  consumers: readonly string[]
  /** Returns the consumers that have not rebuilt yet. */
  findPendingConsumers(): Promise<string[]>
}

/**
 * Requests that all consumers of a topic rebuild their projections from its owner.
 *
 * @param databases of all possible consumers, which store their positions there
 * @param signal ends the subscription that the request needs
 */
export async function sendRebuildRequest(
  eventLog: EventLog,
  databases: readonly Connection[],
  topic: string,
  signal: AbortSignal,
): Promise<RebuildRequest> {
  const findAllPositions = async () =>
    (await Promise.all(databases.map((each) => findPositions(each, topic)))).flat()
  const getName = ({ _id }: ConsumerPosition) => _id.slice(topic.length + 1)
  // Read before the request: consumers that start after it rebuild anyway.
  const requested = new Set((await findAllPositions()).map(getName))
  const deliveries = await eventLog.subscribe(topic, { signal })
  const id = await requestRebuild(eventLog, topic)
  const laterPositions = collectPositions(deliveries, id)

  return {
    topic,
    consumers: [...requested],
    async findPendingConsumers() {
      // A consumer is also past the request when it has rebuilt for a later one, or because of a gap.
      const isPast = ({ position, rebuiltFor }: ConsumerPosition) =>
        rebuiltFor === id || laterPositions.has(position)
      const rebuilt = (await findAllPositions()).filter(isPast).map(getName)
      return [...requested].filter((name) => !rebuilt.includes(name))
    },
  }
}

async function findPositions(database: Connection, topic: string): Promise<ConsumerPosition[]> {
  return database
    .collection<ConsumerPosition>(positionsCollectionName)
    .find({ _id: { $regex: `^${topic}/` } })
    .toArray()
}

/** Collects the positions of an event and of those after it. */
function collectPositions(deliveries: AsyncIterable<Delivery>, id: string): ReadonlySet<string> {
  const positions = new Set<string>()
  const collect = async () => {
    for await (const { event, position } of deliveries)
      if (event.id === id || positions.size > 0) positions.add(position)
  }
  // After a gap, the positions collected so far remain valid.
  collect().catch(() => undefined)
  return positions
}
