import { z } from 'zod'

import type { PeerClient, PeerQuery } from '../../../packages/subgraph-kit/peerClient'
import type { CommentActivity } from '../domain/post'

const activityOfPosts: PeerQuery<{ commentActivity: CommentActivity[] }> = {
  document: `
    query CommentActivity($postIds: [ID!]!) {
      commentActivity(postIds: $postIds) { postId count lastCommentedAt asOf }
    }
  `,
  data: z.object({
    commentActivity: z.array(
      z.object({
        postId: z.string(),
        count: z.number(),
        lastCommentedAt: z.coerce.date().nullable(),
        asOf: z.coerce.date(),
      }),
    ),
  }),
}

/**
 * Asks comments how much is said on these posts, at most 500.
 *
 * @param serviceToken only services may ask
 * @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT
 */
export async function fetchCommentActivity(
  comments: PeerClient,
  postIds: readonly string[],
  serviceToken: string,
): Promise<CommentActivity[]> {
  const { commentActivity } = await comments.query(activityOfPosts, { postIds }, serviceToken)
  return commentActivity
}
