// The process of a subgraph.
export { createSweeper } from './mongo/sweeper'
export { openSubgraphResources, toServeOptions, type SubgraphResources } from './server/resources'
export type { ClientCookie } from './server/clientCookie'
export { serveSubgraph, type Subgraph } from './server/serveSubgraph'
export { createSubgraphRelay } from './server/subgraphRelay'

// Its schema.
export { toMutationPayload } from './graphql/mutationPayload'
export { readSelectedFields } from './graphql/selectedFields'
export { createSubgraphSchema } from './graphql/subgraphSchema'
export type { Writer, WriteKinds } from './rate-limits/writeLimits'

// Its subscriptions.
export { createSubscribe, type EventMapper, type Subscribe } from './subscriptions/sourceEvents'
export { readReadiness } from './server/readiness'
