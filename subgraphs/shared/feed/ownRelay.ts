import type { SubgraphName } from '../../../schema/subgraphs'
import type { SubgraphTools } from '../subgraph/tools'
import { createOutbox } from './pendingEvents'
import { createRelay, type Relay } from './relay'

/** Publishes what a subgraph writes with the documents of the collection that has its name, in the topic that has it too. */
export function createOwnRelay({ feed, connection, log }: SubgraphTools, name: SubgraphName): Relay {
  return createRelay({ feed, topic: name, outbox: createOutbox(connection, name), log })
}
