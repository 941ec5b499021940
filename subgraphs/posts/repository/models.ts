import { Schema, type Connection, type Model } from 'mongoose'

import {
  creationKeyIndex,
  searchField,
  searchIndex,
  searchTokenIndex,
  type IdempotentCreation,
  type StoredDocument,
} from '../../../packages/subgraph-kit/mongo'
import { outboxIndex, outboxSchemaFields, type OutboxFields } from '../../../packages/event-log/mongo'
import type { SearchText } from '../../../packages/subgraph-kit/input'
import type { RemovedBy } from '../domain/deletion'
import { neverCommented, type PostStatus, type RankedPost, type StoredStatus } from '../domain/post'

/**
 * A stored post, or the tombstone of one that was removed permanently: its ID, the time and the outbox. A tombstone prevents an
 * import from restoring the post. A deleted post keeps its fields until then, with the status DELETED. Lists
 * exclude both by a status, other reads with {@link notDeleted} or {@link notPurged}.
 */
export interface PostDocument
  extends
    Omit<StoredDocument<RankedPost>, 'status' | 'deletedAt' | 'removedBy'>,
    OutboxFields,
    IdempotentCreation {
  status: StoredStatus
  /** See `listedAt` in domain/post.ts; stored, since sort fields are never null. */
  listedAt: Date
  /** The version of the counts of comments; absent before the first ones. */
  commentsVersion?: number
  /** Not selected by default. */
  search?: SearchText
  deletedAt?: Date
  /** Present while the post is deleted and not removed permanently. */
  removal?: { by: RemovedBy; status: PostStatus }
  /** When the sweeper removes a deleted post permanently. */
  purgeAt?: Date
  /** Identifies content of one deleted account, for moderators. */
  contentKey?: string
  /** When the sweeper removes the key. */
  contentKeyUntil?: Date
}
export type PostModel = Model<PostDocument>

/** Excludes tombstones only. */
export const notPurged = { status: { $exists: true } } as const

/** Excludes tombstones and deleted posts. */
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
    removal: { type: Schema.Types.Mixed },
    purgeAt: { type: Date },
    contentKey: { type: String },
    contentKeyUntil: { type: Date },
    creationKey: { type: String },
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
// Fields that few posts have, for the sweeper and for the removal of the content of a deleted account.
for (const field of ['purgeAt', 'contentKey', 'contentKeyUntil'] as const) {
  schema.index({ [field]: 1 }, { sparse: true })
}
schema.index(...searchIndex)
schema.index(...searchTokenIndex)
schema.index(...creationKeyIndex)
schema.index(...outboxIndex)

export function createPostModel(connection: Connection): PostModel {
  return connection.model<PostDocument>('Post', schema)
}
