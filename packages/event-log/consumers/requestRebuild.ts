import { randomUUID } from 'node:crypto'

import type { EventLog } from '../eventLog'
import { rebuildRequestedType } from './durableConsumer'

/**
 * Requests that all consumers of a topic rebuild from its owner: at once where they run, otherwise at their
 * next start.
 *
 * @returns the ID of the request, which each consumer stores with its position once it has completed the
 *   rebuild
 * @throws when it is uncertain whether the request was published
 */
export async function requestRebuild(eventLog: EventLog, topic: string): Promise<string> {
  const id = randomUUID()
  const at = new Date().toISOString()
  // The request concerns no entity: its ID takes the place of one, and its sequence is 1.
  await eventLog.publish(topic, [{ id, type: rebuildRequestedType, entity: id, sequence: 1, at, data: {} }])
  return id
}
