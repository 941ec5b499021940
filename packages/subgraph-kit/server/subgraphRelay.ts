import type { SubgraphName } from '../../platform/config/subgraphs'
import type { SubgraphResources } from './resources'
import { createDocumentOutbox } from '../../event-log/mongo/documentOutbox'
import { createOutboxRelay, type OutboxRelay } from '../../event-log/outbox/outboxRelay'

/** Publishes what a subgraph writes with the documents of the collection that has its name, in the topic that has it too. */
export function createSubgraphRelay(
  { eventLog, connection, log }: SubgraphResources,
  name: SubgraphName,
): OutboxRelay {
  return createOutboxRelay({
    eventLog,
    topic: name,
    outbox: createDocumentOutbox(connection, name),
    log,
  })
}
