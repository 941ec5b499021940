import { createPendingEvent, type PendingEvent } from '../../../packages/event-log/outbox'
import { findMentions, findNewMentions } from '../../../packages/subgraph-kit/input'
import type { Comment, CommentModeration } from './comment'

/** The types of events of changed comments. */
export type CommentChangeEventType =
  'comment.edited' | 'comment.deleted' | 'comment.hidden' | 'comment.unhidden'

/** A new comment, with the data for notifications. */
export type AddedComment = Pick<Comment, 'postId' | 'parentId' | 'authorId' | 'body'> & {
  /** The author of the comment that this one replies to. */
  parentAuthorId: string | null
}

/** Creates the event of a new comment. */
export const toCommentAdded = (comment: AddedComment, now: Date): PendingEvent => {
  const { postId, parentId, authorId, parentAuthorId, body } = comment
  const mentions = findMentions(body ?? '')
  return createPendingEvent(
    'comment.added',
    {
      ...{ postId, authorId },
      ...(parentId !== null && { parentId, parentAuthorId }),
      ...(mentions.length > 0 && { mentions }),
    },
    now,
  )
}

/** Creates the event of a changed comment. @param moderation only for `deleted`, `hidden` and `unhidden` */
export const toCommentChanged = (
  type: Exclude<CommentChangeEventType, 'comment.edited'>,
  { postId, authorId }: Pick<Comment, 'postId' | 'authorId'>,
  now: Date,
  moderation: CommentModeration = {},
): PendingEvent => createPendingEvent(type, { postId, authorId, ...moderation }, now)

/** Creates the event of a comment whose author was deleted. */
export const toCommentAuthorRemoved = ({ postId }: Pick<Comment, 'postId'>, now: Date): PendingEvent =>
  createPendingEvent('comment.changed', { postId, authorId: null }, now)

/** Creates the event of a comment whose text has changed, with the handles that only the new or only the previous text mentions. */
export function toCommentEdited(
  { postId, authorId, body: before }: Pick<Comment, 'postId' | 'authorId' | 'body'>,
  body: string,
  now: Date,
): PendingEvent {
  const mentions = findNewMentions(before ?? '', body)
  const removedMentions = findNewMentions(body, before ?? '')
  return createPendingEvent(
    'comment.edited',
    {
      ...{ postId, authorId },
      ...(mentions.length > 0 && { mentions }),
      ...(removedMentions.length > 0 && { removedMentions }),
    },
    now,
  )
}
