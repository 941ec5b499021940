import { isSuspended } from '../../../packages/auth'
import type { SnapshotPageArguments } from '../../../packages/event-log'
import { isId, requireId } from '../../../schema/ids'
import { normalizeTag } from '../../../packages/subgraph-kit/input'
import type { SelectedFields } from '../../../packages/subgraph-kit/selectedFields'
import { canDelete, canUpdate, type ExcerptedPost, type PostFacts, type SelectedPost } from '../domain/post'
import { createChangeUseCases } from './changes'
import { createDeletionUseCases } from './deletions'
import type { PostsServiceDependencies } from './dependencies'
import { createListUseCases } from './lists'
import { findSelectedPost, findVisiblePost } from './visibility'

export type PostsService = ReturnType<typeof createPostsService>

/** Creates the use cases of posts for one viewer. */
export function createPostsService(dependencies: PostsServiceDependencies) {
  const { viewer, repository, now } = dependencies
  return {
    /** @throws BAD_USER_INPUT for an ID of another type or form */
    post: async (id: string, fields: SelectedFields): Promise<SelectedPost | null> =>
      findSelectedPost(dependencies, requireId('Post', id, ['id']), fields),

    /** Resolves another subgraph's reference to a post; null also for an invalid ID. */
    postReference: async (id: string, fields: SelectedFields): Promise<SelectedPost | null> =>
      isId('Post', id) ? findSelectedPost(dependencies, id, fields) : null,

    /** Returns a post if it is published and has the tag, if given. */
    async publishedPost(id: string, tag?: string | null): Promise<ExcerptedPost | null> {
      const post = await findVisiblePost(dependencies, id)
      if (post?.status !== 'PUBLISHED' || post.deletedAt) return null
      return tag == null || post.tags.includes(normalizeTag(tag)) ? post : null
    },

    /** Returns the part of posts that other subgraphs project. */
    postFacts: (args: SnapshotPageArguments): Promise<PostFacts[]> => repository.findFacts(args),

    /** Returns the key of the deleted account that wrote a post; null without one. @throws BAD_USER_INPUT */
    postContentKey: async (id: string): Promise<string | null> =>
      repository.findContentKey(requireId('Post', id, ['id'])),

    canUpdate: (post: SelectedPost): boolean => !isSuspended(viewer, now()) && canUpdate(viewer, post),
    canDelete: (post: SelectedPost): boolean => !isSuspended(viewer, now()) && canDelete(viewer, post),

    ...createListUseCases(dependencies),
    ...createChangeUseCases(dependencies),
    ...createDeletionUseCases(dependencies),
  }
}
