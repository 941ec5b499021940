import { z } from 'zod'

import type { Peer, PeerQuery } from '../shared/peer'

const postStatuses: PeerQuery<{ _entities: ({ id: string; status: string } | null)[] }> = {
  document: `
    query PostStatuses($posts: [_Any!]!) {
      _entities(representations: $posts) { ... on Post { id status } }
    }
  `,
  data: z.object({ _entities: z.array(z.object({ id: z.string(), status: z.string() }).nullable()) }),
}

/**
 * Asks posts for the status of these posts, in one request.
 *
 * @param viewerToken in whose name: a post that this viewer may not see has no entry, like one that does not exist
 * @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT
 */
export async function askPostStatuses(
  posts: Peer,
  ids: readonly string[],
  viewerToken: string,
): Promise<Map<string, string>> {
  const representations = ids.map((id) => ({ __typename: 'Post', id }))
  const { _entities } = await posts.ask(postStatuses, { posts: representations }, viewerToken)
  return new Map(_entities.flatMap((post) => (post ? [[post.id, post.status]] : [])))
}
