import { z } from 'zod'

import { hasRole, isSelf, type Viewer } from '../../../packages/auth'

/** The projected fields of a post. The status of a deleted one is DELETED until it is restored or removed permanently. */
export const projectedPostSchema = z.object({ status: z.string(), authorId: z.string().nullable() })
export type ProjectedPost = z.infer<typeof projectedPostSchema>

/** Whether a post is visible to a viewer; unknown when only the posts subgraph can decide. */
export type PostVisibility =
  { phase: 'visible'; status: string } | { phase: 'deleted' } | { phase: 'unknown' }

/**
 * Applies the visibility rule of the posts subgraph to the projection.
 *
 * @param post null when deleted, undefined when not projected
 */
export function resolvePostVisibility(
  viewer: Viewer,
  post: ProjectedPost | null | undefined,
): PostVisibility {
  if (post === null) return { phase: 'deleted' }
  if (post === undefined) return { phase: 'unknown' }
  const { status, authorId } = post
  if (status === 'DELETED') {
    // Only the posts subgraph knows whether it was a draft.
    return isSelf(viewer, authorId) || hasRole(viewer, 'MODERATOR')
      ? { phase: 'unknown' }
      : { phase: 'deleted' }
  }
  const isVisible = status === 'PUBLISHED' || (status === 'DRAFT' && isSelf(viewer, authorId))
  // The projection is eventually consistent: another author's draft may have been published in the meantime.
  return isVisible ? { phase: 'visible', status } : { phase: 'unknown' }
}
