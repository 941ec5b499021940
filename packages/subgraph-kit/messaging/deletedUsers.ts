import { z } from 'zod'

import {
  createDeletedEntityTracker,
  type DeletedEntity,
  type DeletedEntityTracker,
} from '../../event-log/projections/deletedEntityTracker'
import type { SubgraphName } from '../../platform/config/subgraphs'
import type { PeerClient, PeerQuery } from '../peerClient'
import type { SubgraphResources } from '../server/resources'

export interface DeletedUserTrackerOptions extends SubgraphResources {
  /** The subgraph whose documents refer to users. */
  subgraph: SubgraphName
  users: PeerClient
  /** Yields the IDs of all users to whom documents refer, in pages of at most 500. */
  readReferencedUserIds(): AsyncIterable<readonly string[]>
  /** Removes deleted users from the subgraph's documents. Idempotent. @throws AbortError */
  removeUserReferences(deleted: readonly DeletedEntity[], signal: AbortSignal): Promise<void>
}

const existingUsers: PeerQuery<{ presentUserIds: string[] }> = {
  document: 'query ExistingUsers($ids: [ID!]!) { presentUserIds(ids: $ids) }',
  data: z.object({ presentUserIds: z.array(z.string()) }),
}

/** Creates the tracker of deleted users of one subgraph: an access token may outlive its account by some minutes. */
export function createDeletedUserTracker(options: DeletedUserTrackerOptions): DeletedEntityTracker {
  const { subgraph, users, eventLog, connection, log, createServiceToken } = options
  return createDeletedEntityTracker({
    eventLog,
    connection,
    log,
    topic: 'users',
    deletedEventType: 'user.deleted',
    consumer: `${subgraph}.users`,
    collectionName: 'gone_users',
    async findExistingIds(ids) {
      const { presentUserIds } = await users.query(existingUsers, { ids }, createServiceToken())
      return presentUserIds
    },
    readReferencedIds: options.readReferencedUserIds,
    onDeleted: options.removeUserReferences,
  })
}
