import { createPendingEvent, type PendingEvent } from '../../../packages/event-log/outbox'
import { findMentions } from '../../../packages/subgraph-kit/input'
import type { Post } from './post'

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

/** Creates the event of a published post whose author was deleted. */
export const toPostAuthorRemoved = (now: Date): PendingEvent =>
  createPendingEvent('post.changed', { status: 'PUBLISHED', authorId: null }, now)

/** Creates the event of a deleted post. */
export const toPostDeleted = (now: Date): PendingEvent => createPendingEvent('post.deleted', {}, now)
