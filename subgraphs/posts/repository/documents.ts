import type { QueryFilter } from 'mongoose'

import { toStoredDocument } from '../../../packages/subgraph-kit/mongo/database'
import { createPendingEvent } from '../../../packages/event-log/outbox/outbox'
import { addEventsStage } from '../../../packages/event-log/mongo/documentOutbox'
import { toSearchText } from '../../../packages/subgraph-kit/search/searchText'
import { createExcerpt } from '../domain/excerpt'
import { buildTombstone, type PostDocument } from './models'
import {
  listedAt,
  neverCommented,
  type Post,
  type PostChanges,
  type PostSelection,
  type RankedPost,
} from '../domain/post'

/** Returns the filter of a selection without its search; undefined where nothing can be found. */
export function toFilter(selection: PostSelection): QueryFilter<PostDocument> | undefined {
  const { visible, tag, authorId, eventId } = selection
  if (visible.length === 0) return undefined
  const conditions: QueryFilter<PostDocument>[] = [
    visible.length === 1 && visible[0] ? visible[0] : { $or: [...visible] },
  ]
  if (tag !== undefined) conditions.push({ tags: tag })
  if (authorId !== undefined) conditions.push({ authorId })
  if (eventId !== undefined) conditions.push({ eventId })
  return { $and: conditions }
}

/** A new post's document. */
export function toDocument(post: Post): PostDocument {
  const { title, tags, body } = post
  return {
    ...toStoredDocument(post),
    excerpt: createExcerpt(body),
    listedAt: listedAt(post),
    commentCount: 0,
    lastCommentedAt: neverCommented,
    search: toSearchText({ strong: title, medium: tags.join(' '), weak: body }),
  }
}

/** What changes of that which is worked out from a post's texts. */
export function deriveSearchAndExcerpt({ title, tags, body }: PostChanges): [string, string][] {
  const { strong, medium, weak } = toSearchText({
    strong: title ?? '',
    medium: tags?.join(' ') ?? '',
    weak: body ?? '',
  })
  const changes: [string, string][] = []
  if (title !== undefined) changes.push(['search.strong', strong])
  if (tags !== undefined) changes.push(['search.medium', medium])
  if (body !== undefined) changes.push(['search.weak', weak], ['excerpt', createExcerpt(body)])
  return changes
}

/** The update that deletes a post for good, and tells of it. */
export function buildDeletionUpdate(now: Date) {
  const deleted = createPendingEvent('post.deleted', {}, now)
  return [{ $replaceWith: { ...buildTombstone(now), ...addEventsStage(deleted) } }]
}

/** The post of a document that is none of a deleted one. */
export function toPost(document: PostDocument): RankedPost {
  const { _id, title, body, excerpt, imageUrl, tags, status, authorId, eventId } = document
  const { publishedAt, createdAt, updatedAt, commentCount, lastCommentedAt } = document
  return {
    id: _id,
    title,
    body,
    excerpt,
    imageUrl,
    tags,
    status,
    authorId,
    eventId,
    publishedAt,
    createdAt,
    updatedAt,
    commentCount,
    lastCommentedAt,
  }
}
