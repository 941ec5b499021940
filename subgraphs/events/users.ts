import { z } from 'zod'

import type { Peer, PeerQuery } from '../shared/peer'

const presentUsers: PeerQuery<{ presentUserIds: string[] }> = {
  document: 'query PresentUsers($ids: [ID!]!) { presentUserIds(ids: $ids) }',
  data: z.object({ presentUserIds: z.array(z.string()) }),
}

/**
 * Asks users which of these accounts there are.
 *
 * @param serviceToken only services may ask
 * @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT
 */
export async function askPresentUsers(
  users: Peer,
  ids: readonly string[],
  serviceToken: string,
): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const { presentUserIds } = await users.ask(presentUsers, { ids }, serviceToken)
  return new Set(presentUserIds)
}
