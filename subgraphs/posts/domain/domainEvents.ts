import { createPendingEvent, type PendingEvent } from '../../../packages/event-log/outbox'
import { findMentions, findNewMentions } from '../../../packages/subgraph-kit/input'
import type { PostDeletion } from './deletion'
import type { Post, PostChanges, StoredStatus } from './post'

type EventData = Pick<Post, 'status' | 'authorId' | 'eventId' | 'body'>

/** Returns the handles that a post mentions, as fields of an event. */
function toMentions(body: string): { mentions?: string[] } {
  const mentions = findMentions(body)
  return mentions.length > 0 ? { mentions } : {}
}

/** Creates the event of a new post. */
export const toPostCreated = ({ status, authorId, eventId, body }: EventData, now: Date): PendingEvent =>
  createPendingEvent('post.created', { status, authorId, eventId, ...toMentions(body) }, now)

/** Creates the event of a published draft. */
export const toPostPublished = (
  { authorId, eventId, body }: Omit<EventData, 'status'>,
  now: Date,
): PendingEvent =>
  createPendingEvent('post.published', { status: 'PUBLISHED', authorId, eventId, ...toMentions(body) }, now)

/**
 * Creates the event of a changed published post, with the handles that only the new or only the previous text
 * mentions; undefined for a draft, which only its author sees.
 */
export function toPostEdited(
  { status, authorId, eventId: previousEventId, body: before }: EventData,
  { body, eventId = previousEventId }: PostChanges,
  now: Date,
): PendingEvent | undefined {
  if (status === 'DRAFT') return undefined
  const mentions = body === undefined ? [] : findNewMentions(before, body)
  const removedMentions = body === undefined ? [] : findNewMentions(body, before)
  return createPendingEvent(
    'post.edited',
    {
      ...{ status, authorId, eventId },
      ...(eventId !== previousEventId && { previousEventId }),
      ...(mentions.length > 0 && { mentions }),
      ...(removedMentions.length > 0 && { removedMentions }),
    },
    now,
  )
}

/** Creates the event of a post that was about a deleted event. */
export const toPostDetached = (now: Date): PendingEvent => createPendingEvent('post.detached', {}, now)

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

/** Creates the event of a post that was removed permanently. */
export const toPostPurged = (now: Date): PendingEvent => createPendingEvent('post.purged', {}, now)
