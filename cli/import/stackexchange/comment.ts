import { z } from 'zod'

import type { Comment } from '../../../subgraphs/comments/domain/comment'
import { derivedId } from '../../../schema/ids'
import { createValueClamp } from '../clamp'
import { readFields } from '../rows'
import type { CommentPosition } from '../entityWriter'
import type { ImportSource } from '../source'
import type { MappedRow } from '../step'
import { instant, rowId } from './fields'
import { answerCommentId, postId } from './post'
import { userId } from './user'

const commentRow = z.object({
  Id: rowId,
  PostId: rowId,
  Text: z.string().default(''),
  CreationDate: instant,
  UserId: rowId.optional(),
})

/** A comment whose position only the database knows: `PostId` of its row is a question or an answer. */
interface CommentWithoutPosition {
  comment: Omit<Comment, 'postId' | 'parentId' | 'depth'>
  /** The ID of the post, if it is a question. */
  postId: string
  /** The ID of the comment, if it is an answer. */
  answerId: string
}

/**
 * Maps a row of Comments.xml, whose text is already Markdown.
 * @throws BrokenRowError
 */
export function toComment(fields: unknown, source: ImportSource): MappedRow<CommentWithoutPosition> {
  const row = readFields(commentRow, fields)
  const clamp = createValueClamp()
  const body = clamp.text(row.Text, 40_000)
  if (body === '') return { kind: 'skipped', reason: 'comments without text' }
  const item: CommentWithoutPosition = {
    comment: {
      id: derivedId('Comment', source.name, `comments/${row.Id}`),
      authorId: row.UserId === undefined ? null : userId(source, row.UserId),
      body,
      status: 'VISIBLE',
      createdAt: row.CreationDate,
      editedAt: null,
    },
    postId: postId(source, row.PostId),
    answerId: answerCommentId(source, row.PostId),
  }
  return { kind: 'item', item, adjusted: clamp.adjusted }
}

/** Places a comment on its question, or below its answer; null when neither exists. */
export function resolveCommentPosition(
  { comment, postId, answerId }: CommentWithoutPosition,
  posts: ReadonlySet<string>,
  answers: ReadonlyMap<string, CommentPosition>,
): Comment | null {
  if (posts.has(postId)) return { ...comment, postId, parentId: null, depth: 0 }
  const answer = answers.get(answerId)
  return answer ? { ...comment, postId: answer.postId, parentId: answerId, depth: answer.depth + 1 } : null
}
