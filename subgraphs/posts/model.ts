import { Schema, type Connection, type Model } from 'mongoose'

import type { Stored } from '../shared/database'
import { pendingEventsFields, pendingEventsIndex, type WithPendingEvents } from '../shared/feed/pendingEvents'
import type { SearchText } from '../shared/search'
import { searchField, searchIndex } from '../shared/textIndex'
import type { ExcerptedPost } from './post'

/** A post as it is stored. */
export interface PostDocument extends Stored<ExcerptedPost>, WithPendingEvents {
  /** See {@link listedAt}: an order's field is never null. */
  listedAt: Date
  /** Not read with the post. */
  search: SearchText
}

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

export function createPostModel(connection: Connection): Model<PostDocument> {
  return connection.model<PostDocument>('Post', schema)
}
