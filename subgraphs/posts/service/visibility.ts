import { mutationRejected } from '../../../packages/platform'
import { canSee, isPublic, type ExcerptedPost } from '../domain/post'
import type { SelectedFields } from '../../../packages/subgraph-kit/selectedFields'
import { canSee, type ExcerptedPost, type SelectedPost } from '../domain/post'
import type { PostsServiceDependencies } from './dependencies'

/** Returns a post if it exists and is visible to the viewer. */
export async function findVisiblePost(
  { viewer, cachePolicy, loaders, now }: PostsServiceDependencies,
  id: string,
): Promise<ExcerptedPost | null> {
  const post = await loaders.postById.load(id)
  if (!post || !isPublic(post)) cachePolicy.forbid()
  return post && canSee(viewer, post, now()) ? post : null
}

/** Returns the same post with selected fields. */
export async function findSelectedPost(
  { viewer, loaders, now }: PostsServiceDependencies,
  id: string,
  fields: SelectedFields,
): Promise<SelectedPost | null> {
  const post = await loaders.selectedPostById.load({ id, fields })
  return post && canSee(viewer, post, now()) ? post : null
}

/** Creates the rejection for a post that does not exist, or that the viewer may not see. */
export const postNotFound = () => mutationRejected('NOT_FOUND', 'postId', 'There is no such post.')
