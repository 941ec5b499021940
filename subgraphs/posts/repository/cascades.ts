import type { QueryFilter } from 'mongoose'

import { pushEvents } from '../../../packages/event-log/mongo'
import type { DeletedEntity } from '../../../packages/event-log'
import { getTraceableUntil } from '../domain/deletion'
import { toPostAuthorRemoved, toPostDetached } from '../domain/domainEvents'
import { buildPurgeUpdate } from './deletions'
import type { PostDocument, PostModel } from './models'
import type { UpdateEachPost } from './updateEach'

/** Applies deletions in other subgraphs to posts. Every operation is idempotent. */
export function createPostCascades(model: PostModel, updateEach: UpdateEachPost) {
  async function removeAuthors(
    authors: QueryFilter<PostDocument>,
    { deletionRequestedAt, contentKey }: Omit<DeletedEntity, 'id'>,
    now: Date,
  ): Promise<void> {
    const buildPurge = () => buildPurgeUpdate(now)
    // Drafts first, so that the next updates find a draft that is published concurrently.
    await updateEach({ ...authors, status: 'DRAFT' }, buildPurge)
    await updateEach({ ...authors, status: 'DELETED', 'removal.status': 'DRAFT' }, buildPurge)
    const before = deletionRequestedAt && { publishedAt: { $lt: deletionRequestedAt } }
    for (const status of ['PUBLISHED', 'DELETED'] as const) {
      await updateEach({ ...authors, status, ...before }, () => buildAuthorRemoval(status, contentKey, now))
    }
    if (deletionRequestedAt) {
      await updateEach({ ...authors, publishedAt: { $gte: deletionRequestedAt } }, buildPurge)
    }
  }

  return {
    /** Removes the references to deleted events; the posts stay. */
    async removeEventReferences(eventIds: readonly string[], now: Date): Promise<void> {
      if (eventIds.length === 0) return
      const buildDetachment = () => ({ $set: { eventId: null }, ...pushEvents(toPostDetached(now)) })
      await updateEach({ eventId: { $in: [...eventIds] } }, buildDetachment)
    },

    /**
     * Removes the drafts of deleted users permanently, and the posts published after their deletion was requested. Earlier posts
     * stay, without an author, and with the key of the account's content for 90 days.
     */
    async removeUserReferences(deleted: readonly DeletedEntity[], now: Date): Promise<void> {
      const isKnown = ({ deletionRequestedAt, contentKey }: DeletedEntity) =>
        deletionRequestedAt !== null || contentKey != null
      const unknown = deleted.filter((user) => !isKnown(user)).map(({ id }) => id)
      if (unknown.length > 0)
        await removeAuthors({ authorId: { $in: unknown } }, { deletionRequestedAt: null }, now)
      for (const user of deleted.filter(isKnown)) await removeAuthors({ authorId: user.id }, user, now)
    },
  }
}

function buildAuthorRemoval(
  status: 'PUBLISHED' | 'DELETED',
  contentKey: string | null | undefined,
  now: Date,
) {
  const key = contentKey != null && { contentKey, contentKeyUntil: getTraceableUntil(now) }
  const set = { authorId: null, ...key }
  return { $set: set, $unset: { creationKey: 1 }, ...pushEvents(toPostAuthorRemoved(status, now)) }
}
