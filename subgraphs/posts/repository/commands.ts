import { createPendingEvent } from '../../../packages/event-log/outbox/outbox'
import { pushEvents, insertWithEvents } from '../../../packages/event-log/mongo/documentOutbox'
import type { PublishPendingEvents } from '../../../packages/event-log/outbox/outboxRelay'
import { notDeleted, type PostDocument, type PostModel } from './models'
import type { ExcerptedPost, Post, PostChanges } from '../domain/post'
import { deriveSearchAndExcerpt, buildDeletionUpdate, toDocument, toPost } from './documents'

/** Writes posts, each change with the event that tells of it. */
export function createPostCommands(model: PostModel, tell: PublishPendingEvents) {
  return {
    async insert(post: Post): Promise<ExcerptedPost> {
      const { status, authorId, createdAt } = post
      const document = toDocument(post)
      const created = createPendingEvent('post.created', { status, authorId }, createdAt)
      await model.create({ ...document, ...insertWithEvents(created) })
      tell(post.id)
      return toPost(document)
    },

    /** Those of these posts that are not known yet are stored; the others stay as they are, or gone. Nobody is told. */
    async importPosts(posts: readonly Post[]): Promise<{ inserted: number }> {
      if (posts.length === 0) return { inserted: 0 }
      const writes = posts.map((post) => {
        const { _id, ...fields } = toDocument(post)
        return { updateOne: { filter: { _id }, update: { $setOnInsert: fields }, upsert: true } }
      })
      const { upsertedCount } = await model.bulkWrite(writes, { ordered: false })
      return { inserted: upsertedCount }
    },

    /**
     * Changes what is given of a post, and gives it as it is then.
     *
     * @param which only while it is this author's; with `updatedAt`, only while this was its last change
     * @returns undefined when there is no such post any more
     */
    async update(
      { id, ...condition }: Pick<Post, 'id' | 'authorId'> & Partial<Pick<Post, 'updatedAt'>>,
      changes: PostChanges,
      now: Date,
    ): Promise<ExcerptedPost | undefined> {
      // $literal: a text that begins with $ is a text.
      const set = Object.fromEntries(
        [...Object.entries(changes), ...deriveSearchAndExcerpt(changes)].map(([field, value]) => [
          field,
          { $literal: value },
        ]),
      )
      const updated = await model
        .findOneAndUpdate(
          { _id: id, ...condition, ...notDeleted },
          [{ $set: { ...set, updatedAt: now, listedAt: { $ifNull: ['$publishedAt', now] } } }],
          { returnDocument: 'after', updatePipeline: true, timestamps: false },
        )
        .lean<PostDocument>()
      return updated ? toPost(updated) : undefined
    },

    /** Makes a published post of a draft; undefined when there is no such draft. */
    async publish({ id, authorId }: Pick<Post, 'id' | 'authorId'>, now: Date) {
      const status = 'PUBLISHED'
      const published = createPendingEvent('post.published', { status, authorId }, now)
      const updated = await model
        .findOneAndUpdate(
          { _id: id, status: 'DRAFT' },
          { $set: { status, publishedAt: now, listedAt: now, updatedAt: now }, ...pushEvents(published) },
          { returnDocument: 'after' },
        )
        .lean<PostDocument>()
      if (!updated) return undefined
      tell(id)
      return toPost(updated)
    },

    /** Erases a post for good. @returns whether it was there */
    async remove(id: string, now: Date): Promise<boolean> {
      const { modifiedCount } = await model.updateOne({ _id: id, ...notDeleted }, buildDeletionUpdate(now), {
        updatePipeline: true,
      })
      if (modifiedCount === 1) tell(id)
      return modifiedCount === 1
    },
  }
}
