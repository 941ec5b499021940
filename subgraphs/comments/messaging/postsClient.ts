import { z } from 'zod'

import type { PeerClient, PeerQuery } from '../../../packages/subgraph-kit/peers'

interface FetchedPost {
  id: string
  status: string
  deletedAt: string | null
}

const postStatusesQuery: PeerQuery<{ _entities: (FetchedPost | null)[] }> = {
  document: `
    query PostStatuses($posts: [_Any!]!) {
      _entities(representations: $posts) { ... on Post { id status deletedAt } }
    }
  `,
  data: z.object({
    _entities: z.array(
      z.object({ id: z.string(), status: z.string(), deletedAt: z.string().nullable() }).nullable(),
    ),
  }),
}

/**
 * Fetches the status of each post that is visible to the viewer from the posts subgraph, in one request: DELETED for a
 * deleted one.
 *
 * @param viewerToken the viewer token of the current request
 * @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT
 */
export async function fetchPostStatuses(
  posts: PeerClient,
  ids: readonly string[],
  viewerToken: string,
): Promise<Map<string, string>> {
  const representations = ids.map((id) => ({ __typename: 'Post', id }))
  const { _entities } = await posts.query(postStatusesQuery, { posts: representations }, viewerToken)
  return new Map(
    _entities.flatMap((post) => (post ? [[post.id, post.deletedAt === null ? post.status : 'DELETED']] : [])),
  )
}
