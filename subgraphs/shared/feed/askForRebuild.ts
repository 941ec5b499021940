import { randomUUID } from 'node:crypto'

import { rebuildType } from './durableConsumer'
import type { Feed } from './feed'

/**
 * Asks all who consume a topic to take everything anew from the owner. Those who run do so at once, the others when they
 * are started next.
 *
 * @returns the ID of the event that asks, which each of them stores once it has done so
 * @throws when it is not sure that the event is in the feed
 */
export async function askForRebuild(feed: Feed, topic: string): Promise<string> {
  const id = randomUUID()
  const at = new Date().toISOString()
  // It is about no entity, and so the first of its own.
  await feed.publish(topic, [{ id, type: rebuildType, entity: id, sequence: 1, at, data: {} }])
  return id
}
