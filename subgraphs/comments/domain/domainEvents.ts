import { createPendingEvent, type PendingEvent } from '../../../packages/event-log/outbox'
import type { Comment } from './comment'

/** The types of events of changed comments. */
export type CommentChangeEventType =
  'comment.edited' | 'comment.deleted' | 'comment.hidden' | 'comment.unhidden'

/** Creates the event of a new comment. */
export const toCommentAdded = ({ postId }: Pick<Comment, 'postId'>, now: Date): PendingEvent =>
  createPendingEvent('comment.added', { postId }, now)

/** Creates the event of a changed comment. */
export const toCommentChanged = (
  type: CommentChangeEventType,
  { postId }: Pick<Comment, 'postId'>,
  now: Date,
): PendingEvent => createPendingEvent(type, { postId }, now)
