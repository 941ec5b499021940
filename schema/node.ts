import type { IdType } from './ids'
import type { SubgraphName } from './subgraphs'

/** The subgraph of `node.graphql`, which the router executes itself. No server has this address. */
export const nodeSubgraph = { name: 'node', url: 'http://router.invalid/node' } as const

/** The subgraph that owns the objects of each type with IDs. */
export const nodeOwners: Readonly<Record<IdType, SubgraphName>> = {
  User: 'users',
  Event: 'events',
  Registration: 'events',
  Post: 'posts',
  Comment: 'comments',
  Notification: 'users',
  Report: 'users',
  ModerationAction: 'users',
}
