import type { SubgraphResources } from './resources'
import { createDocumentOutbox } from '../../event-log/mongo'
import { createOutboxRelay, type OutboxRelay } from '../../event-log/outbox'

/** Creates the outbox relay of a subgraph. Its collection and its topic have the subgraph's name. */
export function createSubgraphRelay(
  { eventLog, connection, log, telemetry }: SubgraphResources,
  name: string,
): OutboxRelay {
  const outbox = createDocumentOutbox(connection, name)
  telemetry.eventLog.observeOutbox(name, outbox)
  return createOutboxRelay({ eventLog, topic: name, outbox, log })
}
