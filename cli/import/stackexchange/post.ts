import { z } from 'zod'

import type { Comment } from '../../../subgraphs/comments/domain/comment'
import type { Post } from '../../../subgraphs/posts/domain/post'
import { derivedId } from '../../../schema/ids'
import { createValueClamp } from '../clamp'
import { htmlToMarkdown } from '../markdown'
import { BrokenRowError, readFields } from '../rows'
import type { ImportSource } from '../source'
import type { MappedRow } from '../step'
import { instant, rowId } from './fields'
import { userId } from './user'

const commonFields = {
  Id: rowId,
  Body: z.string().default(''),
  CreationDate: instant,
  LastEditDate: instant.optional(),
  OwnerUserId: rowId.optional(),
}
const questionRow = z.object({ ...commonFields, Title: z.string(), Tags: z.string().default('') })
const answerRow = z.object({ ...commonFields, ParentId: rowId })
const anyPostRow = z.object({ Id: rowId, PostTypeId: z.string() })

export const postId = (source: ImportSource, row: string) => derivedId('Post', source.name, `posts/${row}`)
/** Answers become comments; their row IDs are those of posts. */
export const answerCommentId = (source: ImportSource, row: string) =>
  derivedId('Comment', source.name, `posts/${row}`)

const question = '1'
const answer = '2'

/**
 * Maps a row of Posts.xml if it is a question. Skips tag wikis and other types.
 * @throws BrokenRowError
 */
export function toPost(fields: unknown, source: ImportSource): MappedRow<Post> {
  const { PostTypeId: type } = readFields(anyPostRow, fields)
  if (type === answer) return { kind: 'elsewhere' }
  if (type !== question) return { kind: 'skipped', reason: 'posts that are neither questions nor answers' }
  const row = readFields(questionRow, fields)
  const clamp = createValueClamp()
  const title = clamp.line(row.Title, 200)
  if (title === null) throw new BrokenRowError('Title is empty')
  const item: Post = {
    id: postId(source, row.Id),
    title,
    body: clamp.text(htmlToMarkdown(row.Body), 100_000),
    imageUrl: null,
    tags: clamp.tags(splitTags(row.Tags)),
    status: 'PUBLISHED',
    authorId: row.OwnerUserId === undefined ? null : userId(source, row.OwnerUserId),
    eventId: null,
    publishedAt: row.CreationDate,
    createdAt: row.CreationDate,
    updatedAt: row.LastEditDate ?? row.CreationDate,
  }
  return { kind: 'item', item, adjusted: clamp.adjusted }
}

/**
 * Maps a row of Posts.xml if it is an answer: to a comment on its question. An answer without text becomes a deleted
 * comment, so that its replies keep their position.
 * @throws BrokenRowError
 */
export function toAnswerComment(fields: unknown, source: ImportSource): MappedRow<Comment> {
  const type = anyPostRow.safeParse(fields)
  if (!type.success || type.data.PostTypeId !== answer) return { kind: 'elsewhere' }
  const row = readFields(answerRow, fields)
  const clamp = createValueClamp()
  const body = clamp.text(htmlToMarkdown(row.Body), 40_000)
  const item: Comment = {
    id: answerCommentId(source, row.Id),
    postId: postId(source, row.ParentId),
    parentId: null,
    depth: 0,
    authorId: row.OwnerUserId === undefined ? null : userId(source, row.OwnerUserId),
    body: body || null,
    status: body ? 'VISIBLE' : clamp.substitute('DELETED'),
    createdAt: row.CreationDate,
    editedAt: row.LastEditDate ?? null,
  }
  return { kind: 'item', item, adjusted: clamp.adjusted }
}

/** Splits `<discussion><faq>` of older dumps, and `|discussion|faq|` of newer ones. */
function splitTags(tags: string): string[] {
  return tags.split(/[<>|]/).filter((tag) => tag.trim() !== '')
}
