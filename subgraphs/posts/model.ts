import { Schema, type Connection, type Model } from 'mongoose'

import type { Stored } from '../shared/database'
import { pendingEventsFields, pendingEventsIndex, type WithPendingEvents } from '../shared/feed/pendingEvents'
import type { SearchText } from '../shared/search'
import { searchField, searchIndex } from '../shared/textIndex'
import type { ExcerptedPost } from './post'

/**
 * A post as it is stored, or what is left of one that was deleted: the ID, when that was, and the event that tells of it.
 * It keeps an import from bringing the post back. Reads pass over it with {@link present}, or ask for a status.
 */
export interface PostDocument extends Stored<ExcerptedPost>, WithPendingEvents {
  /** See {@link listedAt}: an order's field is never null. */
  listedAt: Date
  /** Not read with the post. */
  search: SearchText
  deletedAt?: Date
}
export type PostModel = Model<PostDocument>

/** Of a filter: those that are not deleted. */
export const present = { deletedAt: { $exists: false } } as const

/** What becomes of a document when its post is deleted: nothing stays that is not named here. */
export const tombstone = (now: Date) => ({ _id: '$_id', deletedAt: now, relay: '$relay' })

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
    search: searchField,
    deletedAt: { type: Date },
    ...pendingEventsFields,
  },
  { versionKey: false, strict: 'throw', collection: 'posts' },
)
schema.index({ status: 1, listedAt: -1, _id: -1 })
schema.index({ authorId: 1, status: 1, listedAt: -1, _id: -1 })
schema.index({ eventId: 1, status: 1, listedAt: -1, _id: -1 })
schema.index({ tags: 1, status: 1, listedAt: -1, _id: -1 })
schema.index(...searchIndex)
schema.index(...pendingEventsIndex)

export function createPostModel(connection: Connection): PostModel {
  return connection.model<PostDocument>('Post', schema)
}
