import { z } from 'zod'

import type { Comment } from '../../../subgraphs/comments/comment'
import type { Post } from '../../../subgraphs/posts/post'
import { derivedId } from '../../../subgraphs/shared/ids'
import { createFit } from '../fit'
import { toMarkdown } from '../markdown'
import { BrokenRow, readFields } from '../rows'
import type { Source } from '../source'
import type { Mapped } from '../step'
import { instant, rowId } from './fields'
import { userId } from './user'

const written = {
  Id: rowId,
  Body: z.string().default(''),
  CreationDate: instant,
  LastEditDate: instant.optional(),
  OwnerUserId: rowId.optional(),
}
const questionRow = z.object({ ...written, Title: z.string(), Tags: z.string().default('') })
const answerRow = z.object({ ...written, ParentId: rowId })
const anyPostRow = z.object({ Id: rowId, PostTypeId: z.string() })

export const postId = (source: Source, row: string) => derivedId('Post', source.name, `posts/${row}`)
/** An answer is a comment here; its number is one of a post. */
export const answerId = (source: Source, row: string) => derivedId('Comment', source.name, `posts/${row}`)

const question = '1'
const answer = '2'

/** A row of Posts.xml as far as it is a question; tag texts and the like are skipped here. @throws BrokenRow */
export function toPost(fields: unknown, source: Source): Mapped<Post> {
  const { PostTypeId: type } = readFields(anyPostRow, fields)
  if (type === answer) return { kind: 'elsewhere' }
  if (type !== question) return { kind: 'skipped', reason: 'posts that are neither question nor answer' }
  const row = readFields(questionRow, fields)
  const fit = createFit()
  const title = fit.line(row.Title, 200)
  if (title === null) throw new BrokenRow('Title is empty')
  const item: Post = {
    id: postId(source, row.Id),
    title,
    body: fit.text(toMarkdown(row.Body), 100_000),
    imageUrl: null,
    tags: fit.tags(splitTags(row.Tags)),
    status: 'PUBLISHED',
    authorId: row.OwnerUserId === undefined ? null : userId(source, row.OwnerUserId),
    eventId: null,
    publishedAt: row.CreationDate,
    createdAt: row.CreationDate,
    updatedAt: row.LastEditDate ?? row.CreationDate,
  }
  return { kind: 'item', item, adjusted: fit.adjusted }
}

/**
 * A row of Posts.xml as far as it is an answer: a comment on its question. One without text is a deleted comment, so
 * that what others have said about it keeps its place. @throws BrokenRow
 */
export function toAnswer(fields: unknown, source: Source): Mapped<Comment> {
  const type = anyPostRow.safeParse(fields)
  if (!type.success || type.data.PostTypeId !== answer) return { kind: 'elsewhere' }
  const row = readFields(answerRow, fields)
  const fit = createFit()
  const body = fit.text(toMarkdown(row.Body), 40_000)
  const item: Comment = {
    id: answerId(source, row.Id),
    postId: postId(source, row.ParentId),
    parentId: null,
    depth: 0,
    authorId: row.OwnerUserId === undefined ? null : userId(source, row.OwnerUserId),
    body: body || null,
    status: body ? 'VISIBLE' : fit.instead('DELETED'),
    createdAt: row.CreationDate,
    editedAt: row.LastEditDate ?? null,
  }
  return { kind: 'item', item, adjusted: fit.adjusted }
}

/** `<discussion><faq>` in older dumps, `|discussion|faq|` in newer ones. */
function splitTags(tags: string): string[] {
  return tags.split(/[<>|]/).filter((tag) => tag.trim() !== '')
}
