import { createPendingEvent, type PendingEvent } from '../../../packages/event-log/outbox'
import { findMentions, findNewMentions } from '../../../packages/subgraph-kit/input'
import type { PostDeletion } from './deletion'
import type { Post, StoredStatus } from './post'

type EventData = Pick<Post, 'status' | 'authorId' | 'body'>

/** Returns the handles that a post mentions, as fields of an event. */
function toMentions(body: string): { mentions?: string[] } {
  const mentions = findMentions(body)
  return mentions.length > 0 ? { mentions } : {}
}

/** Creates the event of a new post. */
export const toPostCreated = ({ status, authorId, body }: EventData, now: Date): PendingEvent =>
  createPendingEvent('post.created', { status, authorId, ...toMentions(body) }, now)

/** Creates the event of a published draft. */
export const toPostPublished = ({ authorId, body }: Omit<EventData, 'status'>, now: Date): PendingEvent =>
  createPendingEvent('post.published', { status: 'PUBLISHED', authorId, ...toMentions(body) }, now)

/** Creates the event of a published post whose new text mentions further people; undefined if it does not. */
export function toPostEdited(
  { status, authorId, body: before }: EventData,
  body: string | undefined,
  now: Date,
): PendingEvent | undefined {
  const mentions = status === 'PUBLISHED' && body !== undefined ? findNewMentions(before, body) : []
  if (mentions.length === 0) return undefined
  return createPendingEvent('post.edited', { status, authorId, mentions }, now)
}

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
