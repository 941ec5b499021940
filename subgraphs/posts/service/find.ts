import { canSee, type ExcerptedPost } from '../post'
import type { PostsServiceDependencies } from './dependencies'

/** Finds a post where there is one that shows to the viewer. */
export async function findPost(
  { viewer, loaders }: PostsServiceDependencies,
  id: string,
): Promise<ExcerptedPost | null> {
  const post = await loaders.postById.load(id)
  return post && canSee(viewer, post) ? post : null
}
