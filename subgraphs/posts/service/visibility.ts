import { canSee, type ExcerptedPost } from '../domain/post'
import type { PostsServiceDependencies } from './dependencies'

/** Returns a post if it exists and is visible to the viewer. */
export async function findVisiblePost(
  { viewer, loaders }: PostsServiceDependencies,
  id: string,
): Promise<ExcerptedPost | null> {
  const post = await loaders.postById.load(id)
  return post && canSee(viewer, post) ? post : null
}
