import type { SubgraphResources } from './resources'
import { createDocumentOutbox } from '../../event-log/mongo'
import { createOutboxRelay, type OutboxRelay } from '../../event-log/outbox'

/**
 * Creates the outbox relay of a collection of a subgraph. The topic has the subgraph's name.
 *
 * @param collectionName by default the subgraph's name
 */
export function createSubgraphRelay(
  { eventLog, connection, log, telemetry }: SubgraphResources,
  name: string,
  collectionName: string = name,
): OutboxRelay {
  const outbox = createDocumentOutbox(connection, collectionName)
  telemetry.eventLog.observeOutbox(name, outbox)
  return createOutboxRelay({ eventLog, topic: name, outbox, log })
}
