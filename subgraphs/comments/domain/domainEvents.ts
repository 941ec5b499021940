import { createPendingEvent, type PendingEvent } from '../../../packages/event-log/outbox'
import type { Comment, CommentModeration } from './comment'

/** The types of events of changed comments. */
export type CommentChangeEventType =
  'comment.edited' | 'comment.deleted' | 'comment.hidden' | 'comment.unhidden'

/** Creates the event of a new comment. */
export const toCommentAdded = ({ postId }: Pick<Comment, 'postId'>, now: Date): PendingEvent =>
  createPendingEvent('comment.added', { postId }, now)

/** Creates the event of a changed comment. @param moderation only for `deleted`, `hidden` and `unhidden` */
export const toCommentChanged = (
  type: CommentChangeEventType,
  { postId, authorId }: Pick<Comment, 'postId' | 'authorId'>,
  now: Date,
  moderation: CommentModeration = {},
): PendingEvent => createPendingEvent(type, { postId, authorId, ...moderation }, now)
