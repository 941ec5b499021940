import { z } from 'zod'

import type { Peer, PeerQuery } from '../shared/peer'
import { isViewer, type Viewer } from '../shared/viewer'

/** What is kept of a post here. */
export const knownPostShape = z.object({ status: z.string(), authorId: z.string().nullable() })
export type KnownPost = z.infer<typeof knownPostShape>

/** Whether a post shows to a viewer, as far as that can be told without posts. */
export type PostStanding =
  /** It is deleted. */
  | { phase: 'gone' }
  | { phase: 'shows'; status: string }
  /** Nothing is known of it, or that it was somebody else's draft: it may have been published a moment ago. */
  | { phase: 'unsure' }

/** @param post null: it is deleted; undefined: nothing is known of it */
export function standingOf(viewer: Viewer, post: KnownPost | null | undefined): PostStanding {
  if (post === null) return { phase: 'gone' }
  const shows = post?.status === 'PUBLISHED' || (post?.status === 'DRAFT' && isViewer(viewer, post.authorId))
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
export async function askPostStatuses(
  posts: Peer,
  ids: readonly string[],
  viewerToken: string,
): Promise<Map<string, string>> {
  const representations = ids.map((id) => ({ __typename: 'Post', id }))
  const { _entities } = await posts.ask(postStatuses, { posts: representations }, viewerToken)
  return new Map(_entities.flatMap((post) => (post ? [[post.id, post.status]] : [])))
}
