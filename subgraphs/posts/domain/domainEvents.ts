import { createPendingEvent, type PendingEvent } from '../../../packages/event-log/outbox'
import type { Post } from './post'

type EventData = Pick<Post, 'status' | 'authorId'>

/** Creates the event of a new post. */
export const toPostCreated = ({ status, authorId }: EventData, now: Date): PendingEvent =>
  createPendingEvent('post.created', { status, authorId }, now)

/** Creates the event of a published draft. */
export const toPostPublished = ({ authorId }: Pick<EventData, 'authorId'>, now: Date): PendingEvent =>
  createPendingEvent('post.published', { status: 'PUBLISHED', authorId }, now)

/** Creates the event of a published post whose author was deleted. */
export const toPostAuthorRemoved = (now: Date): PendingEvent =>
  createPendingEvent('post.changed', { status: 'PUBLISHED', authorId: null }, now)

/** Creates the event of a deleted post. */
export const toPostDeleted = (now: Date): PendingEvent => createPendingEvent('post.deleted', {}, now)
