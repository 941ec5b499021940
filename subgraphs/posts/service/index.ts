import type { SnapshotPageArguments } from '../../../packages/event-log/projections/snapshotPages'
import { isId, requireId } from '../../../packages/platform/ids/ids'
import { normalizeTag } from '../../../packages/subgraph-kit/input/tags'
import type { ExcerptedPost, PostFacts } from '../domain/post'
import type { PostsServiceDependencies } from './dependencies'
import { findVisiblePost } from './visibility'
import { createListUseCases } from './lists'
import { createChangeUseCases } from './changes'

export type { PostsServiceDependencies } from './dependencies'
export type PostsService = ReturnType<typeof createPostsService>

/** The use cases of posts, for one viewer. */
export function createPostsService(dependencies: PostsServiceDependencies) {
  const { repository } = dependencies
  const find = (id: string) => findVisiblePost(dependencies, id)
  return {
    /** @throws BAD_USER_INPUT for what is no post's ID */
    post: async (id: string): Promise<ExcerptedPost | null> => find(requireId('Post', id, ['id'])),

    /** The post that another subgraph refers to; null for what is no post's ID too. */
    postReference: async (id: string): Promise<ExcerptedPost | null> => (isId('Post', id) ? find(id) : null),

    /** A published post; null when there is none by now, or it has not the tag. */
    async publishedPost(id: string, tag?: string | null): Promise<ExcerptedPost | null> {
      const post = await find(id)
      if (post?.status !== 'PUBLISHED') return null
      return tag == null || post.tags.includes(normalizeTag(tag)) ? post : null
    },

    /** What other subgraphs know of posts. */
    postFacts: (args: SnapshotPageArguments): Promise<PostFacts[]> => repository.postFacts(args),

    ...createListUseCases(dependencies),
    ...createChangeUseCases(dependencies),
  }
}
