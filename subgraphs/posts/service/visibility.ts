import { mutationRejected } from '../../../packages/platform'
import { isRestorable } from '../domain/deletion'
import { canSee, type ExcerptedPost } from '../domain/post'
import type { PostsServiceDependencies } from './dependencies'

/** Returns a post if it exists and is visible to the viewer; a deleted one while it can be restored. */
export async function findVisiblePost(
  { viewer, loaders, now }: PostsServiceDependencies,
  id: string,
): Promise<ExcerptedPost | null> {
  const post = await loaders.postById.load(id)
  if (!post || !canSee(viewer, post)) return null
  // The sweeper removes it a little later.
  return post.deletedAt && !isRestorable(post, now()) ? null : post
}

/** Creates the rejection for a post that does not exist, or that the viewer may not see. */
export const postNotFound = () => mutationRejected('NOT_FOUND', 'postId', 'There is no such post.')
