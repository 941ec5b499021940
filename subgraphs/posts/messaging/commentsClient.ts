import { z } from 'zod'

import type { PeerClient, PeerQuery } from '../../../packages/subgraph-kit/peers'
import type { CommentActivity } from '../domain/post'

const commentActivityQuery: PeerQuery<{ commentActivity: CommentActivity[] }> = {
  document: `
    query CommentActivity($postIds: [ID!]!) {
      commentActivity(postIds: $postIds) { postId count lastCommentedAt version }
    }
  `,
  data: z.object({
    commentActivity: z.array(
      z.object({
        postId: z.string(),
        count: z.number(),
        lastCommentedAt: z.coerce.date().nullable(),
        version: z.number(),
      }),
    ),
  }),
}

/**
 * Fetches the comment activity of at most 500 posts from the comments subgraph.
 *
 * @param serviceToken a service's viewer token: the query is open to services only
 * @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT
 */
export async function fetchCommentActivity(
  comments: PeerClient,
  postIds: readonly string[],
  serviceToken: string,
): Promise<CommentActivity[]> {
  const { commentActivity } = await comments.query(commentActivityQuery, { postIds }, serviceToken)
  return commentActivity
}
