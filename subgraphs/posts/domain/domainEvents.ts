import { createPendingEvent, type PendingEvent } from '../../../packages/event-log/outbox'
import type { PostDeletion } from './deletion'
import type { Post, StoredStatus } from './post'

type EventData = Pick<Post, 'status' | 'authorId'>

/** Creates the event of a new post. */
export const toPostCreated = ({ status, authorId }: EventData, now: Date): PendingEvent =>
  createPendingEvent('post.created', { status, authorId }, now)

/** Creates the event of a published draft. */
export const toPostPublished = ({ authorId }: Pick<EventData, 'authorId'>, now: Date): PendingEvent =>
  createPendingEvent('post.published', { status: 'PUBLISHED', authorId }, now)

/** Creates the event of a post that is no draft and whose author was deleted. */
export const toPostAuthorRemoved = (status: Exclude<StoredStatus, 'DRAFT'>, now: Date): PendingEvent =>
  createPendingEvent('post.changed', { status, authorId: null }, now)

/** Creates the event of a post that was deleted, and may be restored. */
export const toPostDeleted = (deletion: PostDeletion, now: Date): PendingEvent =>
  createPendingEvent('post.deleted', { ...deletion }, now)

/** Creates the event of a post that was restored, by a moderator if given. */
export const toPostRestored = (
  { status, authorId }: Pick<Post, 'status' | 'authorId'>,
  moderatorId: string | undefined,
  now: Date,
): PendingEvent =>
  createPendingEvent(
    'post.restored',
    { status, authorId, ...(moderatorId !== undefined && { moderatorId }) },
    now,
  )

/** Creates the event of a post that was removed for good. */
export const toPostPurged = (now: Date): PendingEvent => createPendingEvent('post.purged', {}, now)
