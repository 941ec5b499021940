import { buildProjection, toStoredDocument } from '../../../packages/subgraph-kit/mongo'
import type { SelectedFields } from '../../../packages/subgraph-kit/selectedFields'
import { toSearchText, type IndexedText } from '../../../packages/subgraph-kit/input'
import { createExcerpt } from '../domain/excerpt'
import {
  getListedAt,
  neverCommented,
  selectableFields,
  type Post,
  type PostChanges,
  type RankedPost,
  type SelectedRankedPost,
} from '../domain/post'
import type { PostDocument } from './models'

/** Returns the document of a new post. */
export function toDocument(post: Post): PostDocument {
  return {
    ...toStoredDocument(post),
    excerpt: createExcerpt(post.body),
    listedAt: getListedAt(post),
    commentCount: 0,
    lastCommentedAt: neverCommented,
    search: toSearchFields(post),
  }
}

/** Returns the fields by which searches find a post. */
export const toSearchFields = ({ title, tags, body }: Pick<Post, 'title' | 'tags' | 'body'>): IndexedText =>
  toSearchText({ strong: title, medium: tags.join(' '), weak: body })

/** Returns the derived fields that change with a post's texts, as paths and values. */
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

/** The fields of a document that are read for each post; the {@link selectableFields} are read when they are selected. */
const alwaysRead = [
  ...['status', 'authorId', 'eventId', 'publishedAt', 'createdAt', 'updatedAt'],
  ...['commentCount', 'lastCommentedAt', 'deletedAt', 'removal'],
]

/** Builds the projection of {@link toSelectedPost}. */
export const projectPost = (selected: SelectedFields) =>
  buildProjection(alwaysRead, selectableFields, selected)

/** Returns the post of a document that is not a tombstone, as it was read with {@link projectPost}. */
export const toSelectedPost: (document: PostDocument) => SelectedRankedPost = toPost

/** Returns the post of a complete document that is not a tombstone. */
export function toPost(document: PostDocument): RankedPost {
  const { _id, title, body, excerpt, imageUrl, tags, status, authorId, eventId } = document
  const { publishedAt, createdAt, updatedAt, commentCount, lastCommentedAt } = document
  const { deletedAt = null, removal } = document
  return {
    id: _id,
    title,
    body,
    excerpt,
    imageUrl,
    tags,
    status: removal?.status ?? (status === 'DRAFT' ? 'DRAFT' : 'PUBLISHED'),
    authorId,
    eventId,
    publishedAt,
    createdAt,
    updatedAt,
    commentCount,
    lastCommentedAt,
    deletedAt,
    removedBy: removal?.by ?? null,
  }
}
