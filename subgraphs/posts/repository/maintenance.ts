import type { QueryFilter } from 'mongoose'

import type { ContentRemoval } from '../../../schema/contentRemoval'
import { buildDeletionUpdate, buildPurgeUpdate } from './deletions'
import type { PostDocument, PostModel } from './models'
import type { UpdateEachPost } from './updateEach'

/** Creates the background work on many posts. Every operation is idempotent and continues where it was interrupted. */
export function createPostMaintenance(model: PostModel, updateEach: UpdateEachPost) {
  return {
    /**
     * Deletes the published posts of a user for a moderator, also those that the user has deleted. Drafts stay,
     * which moderators do not see.
     *
     * @throws AbortError
     */
    async removeContent(
      { owner, moderatorId, reason, requestedAt }: ContentRemoval,
      now: Date,
      signal: AbortSignal,
    ) {
      const authorId = 'userId' in owner ? owner.userId : null
      const posts: QueryFilter<PostDocument> = {
        ...('userId' in owner ? { authorId } : { contentKey: owner.contentKey }),
        createdAt: { $lte: requestedAt },
      }
      const deletion = {
        removedBy: 'MODERATOR',
        authorId,
        moderatorId,
        ...(reason !== undefined && { reason }),
      } as const
      const buildDeletion = () => buildDeletionUpdate(deletion, now)
      await updateEach({ ...posts, status: 'PUBLISHED' }, buildDeletion, signal)
      const deletedByAuthor = {
        status: 'DELETED',
        'removal.by': 'AUTHOR',
        'removal.status': 'PUBLISHED',
      } as const
      await updateEach({ ...posts, ...deletedByAuthor }, buildDeletion, signal)
    },

    /** Removes deleted posts permanently when their time has come, and the keys of deleted accounts. @throws AbortError */
    async sweep(now: Date, signal: AbortSignal): Promise<void> {
      await updateEach({ purgeAt: { $lte: now } }, () => buildPurgeUpdate(now), signal)
      await model.updateMany(
        { contentKeyUntil: { $lte: now } },
        { $unset: { contentKey: 1, contentKeyUntil: 1 } },
      )
    },

    /** Returns the key of the deleted account that wrote a post; null without one. */
    async findContentKey(id: string): Promise<string | null> {
      const found = await model
        .findOne({ _id: id }, { contentKey: 1 })
        .lean<Pick<PostDocument, 'contentKey'> | null>()
      return found?.contentKey ?? null
    },
  }
}
