import { randomUUID } from 'node:crypto'

import { rebuildRequestedType } from './durableConsumer'
import type { EventLog } from '../eventLog'

/**
 * Asks all who consume a topic to take everything anew from the owner. Those who run do so at once, the others when they
 * are started next.
 *
 * @returns the ID of the event that asks, which each of them stores once it has done so
 * @throws when it is not sure that the event is in the feed
 */
export async function requestRebuild(feed: EventLog, topic: string): Promise<string> {
  const id = randomUUID()
  const at = new Date().toISOString()
  // It is about no entity, and so the first of its own.
  await feed.publish(topic, [{ id, type: rebuildRequestedType, entity: id, sequence: 1, at, data: {} }])
  return id
}
