import { mutationRejected } from '../../../packages/platform'
import type { SelectedFields } from '../../../packages/subgraph-kit/selectedFields'
import { canSee, isPublic, type ExcerptedPost, type SelectedPost } from '../domain/post'
import type { PostsServiceDependencies } from './dependencies'

/** Returns a post if it exists and is visible to the viewer. */
export const findVisiblePost = async (
  dependencies: PostsServiceDependencies,
  id: string,
): Promise<ExcerptedPost | null> => selectVisible(dependencies, await dependencies.loaders.postById.load(id))

/** Returns the same post with selected fields. */
export const findSelectedPost = async (
  dependencies: PostsServiceDependencies,
  id: string,
  fields: SelectedFields,
): Promise<SelectedPost | null> =>
  selectVisible(dependencies, await dependencies.loaders.selectedPostById.load({ id, fields }))

/** Only a post that everyone sees is cached. */
function selectVisible<Found extends SelectedPost>(
  { viewer, cachePolicy, now }: PostsServiceDependencies,
  post: Found | null | undefined,
): Found | null {
  if (!post || !isPublic(post)) cachePolicy.forbid()
  return post && canSee(viewer, post, now()) ? post : null
}

/** Creates the rejection for a post that does not exist, or that the viewer may not see. */
export const postNotFound = () => mutationRejected('NOT_FOUND', 'postId', 'There is no such post.')
