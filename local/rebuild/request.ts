import type { Connection } from '../../subgraphs/shared/database'
import { askForRebuild } from '../../subgraphs/shared/feed/askForRebuild'
import {
  positionsCollection,
  rebuildType,
  type ConsumerPosition,
} from '../../subgraphs/shared/feed/durableConsumer'
import type { Feed } from '../../subgraphs/shared/feed/feed'

/** All who consume a topic have been asked to take it anew. */
export interface Request {
  topic: string
  /** Whom it was asked of, by their names such as `comments.posts`. */
  consumers: readonly string[]
  /** Those of them that have not done so yet. */
  unanswered(): Promise<string[]>
}

/**
 * Asks all who consume a topic to take everything anew from its owner.
 *
 * @param databases of all who may consume it: there they store how far they are
 * @param signal ends the request
 */
export async function makeRequest(
  feed: Feed,
  databases: readonly Connection[],
  topic: string,
  signal: AbortSignal,
): Promise<Request> {
  const find = async () => (await Promise.all(databases.map((each) => findPositions(each, topic)))).flat()
  const nameOf = ({ _id }: ConsumerPosition) => _id.slice(topic.length + 1)
  // Before it is asked: whoever begins after that takes everything anew by itself.
  const asked = new Set((await find()).map(nameOf))
  const requests = await followRequests(feed, topic, signal)
  const id = await askForRebuild(feed, topic)

  /** Whoever has answered a later request, which somebody else has made meanwhile, has answered this one. */
  function isAnswer(rebuiltFor: string | undefined): boolean {
    const place = requests.indexOf(id)
    return rebuiltFor === id || (place !== -1 && requests.indexOf(rebuiltFor ?? '') > place)
  }

  return {
    topic,
    consumers: [...asked],
    async unanswered() {
      const answered = (await find()).filter(({ rebuiltFor }) => isAnswer(rebuiltFor)).map(nameOf)
      return [...asked].filter((name) => !answered.includes(name))
    },
  }
}

async function findPositions(database: Connection, topic: string): Promise<ConsumerPosition[]> {
  return database
    .collection<ConsumerPosition>(positionsCollection)
    .find({ _id: { $regex: `^${topic}/` } })
    .toArray()
}

/** The IDs of all requests that come from now on, in their order. */
async function followRequests(feed: Feed, topic: string, signal: AbortSignal): Promise<readonly string[]> {
  const requests: string[] = []
  const deliveries = await feed.follow(topic, { signal })
  const follow = async () => {
    for await (const { event } of deliveries) if (event.type === rebuildType) requests.push(event.id)
  }
  // Where events may be missed, only the answer to this very request counts.
  follow().catch(() => undefined)
  return requests
}
