import { z } from 'zod'

import type { PeerClient, PeerQuery } from '../../../../packages/subgraph-kit/peers'
import type { SubjectType } from '../../domain/moderation/report'

/** The subgraphs that own the subjects of reports. */
export interface SubjectOwners {
  events: PeerClient
  posts: PeerClient
  comments: PeerClient
}

/** A subject in another subgraph. */
export interface FetchedSubject {
  /** Null when the account was deleted. */
  authorId: string | null
}

const person = z.object({ id: z.string() }).nullable()

const queries = {
  Event: {
    document: 'query ($id: ID!) { event(id: $id) { organizer { id } } }',
    data: z
      .object({ event: z.object({ organizer: person }).nullable() })
      .transform(({ event }) => event && { authorId: event.organizer?.id ?? null }),
  },
  Post: {
    document: 'query ($id: ID!) { post(id: $id) { author { id } } }',
    data: z
      .object({ post: z.object({ author: person }).nullable() })
      .transform(({ post }) => post && { authorId: post.author?.id ?? null }),
  },
  Comment: {
    document: 'query ($id: ID!) { comment(id: $id) { status author { id } } }',
    data: z
      .object({ comment: z.object({ status: z.string(), author: person }).nullable() })
      // The text of any other comment is not visible to members.
      .transform(({ comment }) =>
        comment?.status === 'VISIBLE' ? { authorId: comment.author?.id ?? null } : null,
      ),
  },
} satisfies Record<string, PeerQuery<FetchedSubject | null>>

/**
 * Fetches an event, a post or a comment as the viewer may see it.
 *
 * @param viewerToken the viewer token of the current request
 * @returns null when it does not exist or is not visible to the viewer
 * @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT
 */
export function fetchSubject(
  { events, posts, comments }: SubjectOwners,
  type: Exclude<SubjectType, 'User'>,
  id: string,
  viewerToken: string,
): Promise<FetchedSubject | null> {
  const owners = { Event: events, Post: posts, Comment: comments }
  return owners[type].query<FetchedSubject | null>(queries[type], { id }, viewerToken)
}

const contentKeyQueries: Record<'Post' | 'Comment', PeerQuery<{ contentKey: string | null }>> = {
  Post: createContentKeyQuery('postContentKey'),
  Comment: createContentKeyQuery('commentContentKey'),
}

function createContentKeyQuery(field: string): PeerQuery<{ contentKey: string | null }> {
  return {
    document: `query ($id: ID!) { contentKey: ${field}(id: $id) }`,
    data: z.object({ contentKey: z.string().nullable() }),
  }
}

/**
 * Fetches the key of the deleted account that has written a post or comment.
 *
 * @param serviceToken a service's viewer token: the query is open to services only
 * @returns null when it does not exist, or its author's account exists
 * @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT
 */
export async function fetchContentKey(
  { posts, comments }: SubjectOwners,
  type: 'Post' | 'Comment',
  id: string,
  serviceToken: string,
): Promise<string | null> {
  const owner = type === 'Post' ? posts : comments
  return (await owner.query(contentKeyQueries[type], { id }, serviceToken)).contentKey
}
