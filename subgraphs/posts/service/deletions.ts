import { logModeration, requireExistingAccount, isSelf } from '../../../packages/auth'
import { forbidden, mutationRejected } from '../../../packages/platform'
import { InputValidator } from '../../../packages/subgraph-kit/input'
import { requireId } from '../../../schema/ids'
import { canRestore, isRestorable, reasonLimits, type PostDeletion } from '../domain/deletion'
import { canDelete, type ExcerptedPost } from '../domain/post'
import type { PostsServiceDependencies } from './dependencies'
import { findVisiblePost, postNotFound } from './visibility'

/** Creates the use cases that delete and restore posts. All throw UNAUTHENTICATED unless the viewer has an account. */
export function createDeletionUseCases(dependencies: PostsServiceDependencies) {
  const { viewer, repository, loaders, isUserDeleted, logSecurity, now } = dependencies

  /** @throws UNAUTHENTICATED, BAD_USER_INPUT; MutationRejectedError with NOT_FOUND */
  async function requirePost(id: string): Promise<{ viewerId: string; post: ExcerptedPost }> {
    const { id: viewerId } = await requireExistingAccount(viewer, isUserDeleted)
    const post = await findVisiblePost(dependencies, requireId('Post', id, ['input', 'postId']))
    if (!post) throw postNotFound()
    return { viewerId, post }
  }

  return {
    /**
     * Deletes a post, for its author, moderators and administrators. It can be restored for 30 days.
     *
     * @returns the ID of the deleted post
     * @throws UNAUTHENTICATED, BAD_USER_INPUT, FORBIDDEN; MutationRejectedError
     */
    async deletePost(input: { postId: string; reason?: string | null }): Promise<string> {
      const { viewerId, post } = await requirePost(input.postId)
      const { id, authorId } = post
      if (!canDelete(viewer, post)) throw post.deletedAt ? postNotFound() : forbidden()
      const validator = new InputValidator()
      const reason = validator.readOptionalText('reason', input.reason, reasonLimits)
      validator.throwIfInvalid()
      const deletion: PostDeletion = isSelf(viewer, authorId)
        ? { removedBy: 'AUTHOR', authorId }
        : { removedBy: 'MODERATOR', authorId, moderatorId: viewerId, ...(reason !== null && { reason }) }
      const isDeleted = await repository.deletePost(id, deletion, now())
      loaders.postById.clear(id)
      if (!isDeleted) throw postNotFound()
      logModeration(logSecurity, viewer, { action: 'post.deleted', id, ownerId: authorId, reason })
      return id
    },

    /**
     * Restores a deleted post within 30 days: for its author their own deletion, for moderators and administrators that of a
     * moderator, unless the post is their own. A post that is not deleted is returned as it is.
     *
     * @throws UNAUTHENTICATED, BAD_USER_INPUT, FORBIDDEN; MutationRejectedError
     */
    async restorePost(postId: string): Promise<ExcerptedPost> {
      const { viewerId, post } = await requirePost(postId)
      const { id, removedBy, authorId } = post
      if (removedBy === null) {
        if (!canDelete(viewer, post)) throw forbidden()
        return post
      }
      if (!canRestore(viewer, post)) throw forbidden()
      if (!isRestorable(post, now())) throw restorationExpired()
      const moderatorId = removedBy === 'MODERATOR' ? viewerId : undefined
      const restored = await repository.restorePost(id, removedBy, moderatorId, now())
      loaders.postById.clear(id)
      if (restored) {
        logModeration(logSecurity, viewer, { action: 'post.restored', id, ownerId: authorId })
        return restored
      }
      // Another request has restored the post, or a moderator has taken over its deletion.
      const { post: current } = await requirePost(postId)
      if (current.deletedAt) throw forbidden()
      return current
    },
  }
}

const restorationExpired = () =>
  mutationRejected(
    'EXPIRED',
    'postId',
    'This post was deleted more than 30 days ago, and cannot be restored.',
  )
