import type { SubgraphResources } from './resources'
import { createDocumentOutbox } from '../../event-log/mongo'
import { createOutboxRelay, type OutboxRelay } from '../../event-log/outbox'

/** Creates the outbox relay of a subgraph. Its collection and its topic have the subgraph's name. */
export function createSubgraphRelay(
  { eventLog, connection, log }: SubgraphResources,
  name: string,
): OutboxRelay {
  return createOutboxRelay({
    eventLog,
    topic: name,
    outbox: createDocumentOutbox(connection, name),
    log,
  })
}
