import { z } from 'zod'

import type { PeerClient, PeerQuery } from '../../../packages/subgraph-kit/peerClient'
import { isSelf, type Viewer } from '../../../packages/auth/viewer'

/** What is kept of a post here. */
export const projectedPostSchema = z.object({ status: z.string(), authorId: z.string().nullable() })
export type ProjectedPost = z.infer<typeof projectedPostSchema>

/** Whether a post shows to a viewer, as far as that can be told without posts. */
export type PostVisibility =
  /** It is deleted. */
  | { phase: 'gone' }
  | { phase: 'shows'; status: string }
  /** Nothing is known of it, or that it was somebody else's draft: it may have been published a moment ago. */
  | { phase: 'unsure' }

/** @param post null: it is deleted; undefined: nothing is known of it */
export function resolvePostVisibility(
  viewer: Viewer,
  post: ProjectedPost | null | undefined,
): PostVisibility {
  if (post === null) return { phase: 'gone' }
  const shows = post?.status === 'PUBLISHED' || (post?.status === 'DRAFT' && isSelf(viewer, post.authorId))
  return post && shows ? { phase: 'shows', status: post.status } : { phase: 'unsure' }
}

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
export async function fetchPostStatuses(
  posts: PeerClient,
  ids: readonly string[],
  viewerToken: string,
): Promise<Map<string, string>> {
  const representations = ids.map((id) => ({ __typename: 'Post', id }))
  const { _entities } = await posts.query(postStatuses, { posts: representations }, viewerToken)
  return new Map(_entities.flatMap((post) => (post ? [[post.id, post.status]] : [])))
}
