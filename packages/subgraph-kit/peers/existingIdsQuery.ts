import { z } from 'zod'

import type { PeerClient, PeerQuery } from './peerClient'

/**
 * Creates a function that queries another subgraph for which of some entities, at most 500, exist. It throws
 * SUBGRAPH_UNAVAILABLE and SUBGRAPH_TIMEOUT.
 *
 * @param field the owner's query, with the argument `ids`
 * @param createServiceToken since the owner permits this query to services alone
 */
export function createExistingIdsQuery(
  owner: PeerClient,
  field: string,
  createServiceToken: () => string,
): (ids: readonly string[]) => Promise<readonly string[]> {
  const query: PeerQuery<Record<string, string[]>> = {
    document: `query ExistingIds($ids: [ID!]!) { ${field}(ids: $ids) }`,
    data: z.object({ [field]: z.array(z.string()) }),
  }
  return async (ids) => (await owner.query(query, { ids }, createServiceToken()))[field] ?? []
}
