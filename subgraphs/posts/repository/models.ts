import { Schema, type Connection, type Model } from 'mongoose'

import { searchField, searchIndex, type StoredDocument } from '../../../packages/subgraph-kit/mongo'
import { outboxIndex, outboxSchemaFields, type OutboxFields } from '../../../packages/event-log/mongo'
import type { SearchText } from '../../../packages/subgraph-kit/input'
import { neverCommented, type RankedPost } from '../domain/post'

/**
 * A stored post, or the tombstone of a deleted one: its ID, the time of the deletion and the outbox. A tombstone prevents
 * an import from restoring the post. Reads exclude tombstones with {@link notDeleted} or by a status.
 */
export interface PostDocument extends StoredDocument<RankedPost>, OutboxFields {
  /** See `listedAt` in domain/post.ts; stored, since sort fields are never null. */
  listedAt: Date
  /** The version of the counts of comments; absent before the first ones. */
  commentsVersion?: number
  /** Not selected by default. */
  search: SearchText
  deletedAt?: Date
}
export type PostModel = Model<PostDocument>

/** Excludes tombstones. */
export const notDeleted = { deletedAt: { $exists: false } } as const

/** Builds the fields of a tombstone; all others are removed. */
export const buildTombstone = (now: Date) => ({ _id: '$_id', deletedAt: now, relay: '$relay' })

type Index = Record<string, 1 | -1>

/** The first fields of the list indexes, by the filter of the list. */
const listIndexPrefixes = {
  all: {},
  authorId: { authorId: 1 },
  eventId: { eventId: 1 },
  tag: { tags: 1 },
} satisfies Record<string, Index>

/** The sort fields of lists other than the time. */
export const rankFields = ['commentCount', 'lastCommentedAt'] as const
export type RankField = (typeof rankFields)[number]

/** Builds the index for lists with this filter, sorted by this field. */
export const buildRankIndex = (filter: keyof typeof listIndexPrefixes, field: RankField): Index => ({
  ...listIndexPrefixes[filter],
  status: 1,
  [field]: -1,
  listedAt: -1,
  _id: -1,
})

/**
 * Builds a filter that every post matches. The rank indexes are partial with it, and so are only candidates for queries
 * that contain it: with more candidates, MongoDB's planner does not try the right index for pages by time.
 */
export const buildRankFilter = (field: RankField) => ({
  [field]: { $gte: field === 'commentCount' ? 0 : neverCommented },
})

const schema = new Schema<PostDocument>(
  {
    _id: { type: String, required: true },
    title: { type: String, required: true },
    // Not required, since Mongoose treats an empty string as missing.
    body: { type: String, default: '' },
    excerpt: { type: String, default: '' },
    imageUrl: { type: String, default: null },
    tags: [String],
    status: { type: String, required: true },
    authorId: { type: String, default: null },
    eventId: { type: String, default: null },
    publishedAt: { type: Date, default: null },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
    listedAt: { type: Date, required: true },
    commentCount: { type: Number, default: 0 },
    lastCommentedAt: { type: Date, default: neverCommented },
    commentsVersion: { type: Number },
    search: searchField,
    deletedAt: { type: Date },
    ...outboxSchemaFields,
  },
  { versionKey: false, strict: 'throw', collection: 'posts' },
)
for (const filter of ['all', 'authorId', 'eventId', 'tag'] as const) {
  schema.index({ ...listIndexPrefixes[filter], status: 1, listedAt: -1, _id: -1 })
  for (const field of rankFields) {
    schema.index(buildRankIndex(filter, field), { partialFilterExpression: buildRankFilter(field) })
  }
}
schema.index(...searchIndex)
schema.index(...outboxIndex)

export function createPostModel(connection: Connection): PostModel {
  return connection.model<PostDocument>('Post', schema)
}
