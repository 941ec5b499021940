import { Schema, type Connection, type Model } from 'mongoose'

import type { StoredDocument } from '../../../packages/subgraph-kit/mongo/database'
import {
  outboxSchemaFields,
  outboxIndex,
  type OutboxFields,
} from '../../../packages/event-log/mongo/documentOutbox'
import type { SearchText } from '../../../packages/subgraph-kit/search/searchText'
import { searchField, searchIndex } from '../../../packages/subgraph-kit/mongo/textIndex'
import { neverCommented, type RankedPost } from '../domain/post'

/**
 * A post as it is stored, or what is left of one that was deleted: the ID, when that was, and the event that tells of it.
 * It keeps an import from bringing the post back. Reads pass over it with {@link notDeleted}, or ask for a status.
 */
export interface PostDocument extends StoredDocument<RankedPost>, OutboxFields {
  /** See {@link listedAt}: an order's field is never null. */
  listedAt: Date
  /** When the comments were counted; absent until they were. */
  commentsAsOf?: Date
  /** Not read with the post. */
  search: SearchText
  deletedAt?: Date
}
export type PostModel = Model<PostDocument>

/** Of a filter: those that are not deleted. */
export const notDeleted = { deletedAt: { $exists: false } } as const

/** What becomes of a document when its post is deleted: nothing stays that is not named here. */
export const buildTombstone = (now: Date) => ({ _id: '$_id', deletedAt: now, relay: '$relay' })

type Index = Record<string, 1 | -1>

/** How the indexes for lists begin, by what the lists are filtered by. */
export const listIndexPrefixes = {
  all: {},
  authorId: { authorId: 1 },
  eventId: { eventId: 1 },
  tag: { tags: 1 },
} satisfies Record<string, Index>

/** What lists are ordered by, beside the time. */
export const rankFields = ['commentCount', 'lastCommentedAt'] as const
export type RankField = (typeof rankFields)[number]

/** The index for lists with such a filter in the order of this field. */
export const buildRankIndex = (filter: keyof typeof listIndexPrefixes, field: RankField): Index => {
  return { ...listIndexPrefixes[filter], status: 1, [field]: -1, listedAt: -1, _id: -1 }
}

/**
 * True of every post. Those indexes are for queries that say so: to pages by time they would be so many more ways to go
 * about it that the database does not look at the right one any more.
 */
export const buildRankFilter = (field: RankField) => ({
  [field]: { $gte: field === 'commentCount' ? 0 : neverCommented },
})

const schema = new Schema<PostDocument>(
  {
    _id: { type: String, required: true },
    title: { type: String, required: true },
    // Mongoose takes an empty text for a missing one.
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
    commentsAsOf: { type: Date },
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
