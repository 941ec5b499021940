import type { Connection } from 'mongoose'

import { createReadLimiter, ensureIndexes, type ReadLimiter } from '../../../packages/subgraph-kit/mongo'
import { publishLater, type PublishPendingEvents } from '../../../packages/event-log/outbox'
import { neverCommented } from '../domain/post'
import { createPostCascades } from './cascades'
import { createPostCommands } from './commands'
import { createPostModel, type PostModel } from './models'
import { createPostQueries } from './queries'

export type PostRepository = ReturnType<typeof createPostRepository>

/**
 * Creates the repository of posts. Every write is one atomic operation on one document.
 *
 * @param publishPendingEvents called after writes that add domain events to the outbox
 */
export function createPostRepository(
  connection: Connection,
  publishPendingEvents: PublishPendingEvents = publishLater,
  readLimiter: ReadLimiter = createReadLimiter(),
) {
  const model = createPostModel(connection)
  return {
    /** Builds the indexes and migrates the posts of earlier versions. */
    async prepare(): Promise<void> {
      await ensureIndexes(model)
      await addCommentActivity(model)
    },
    ...createPostQueries(connection, model, readLimiter),
    ...createPostCommands(model, publishPendingEvents),
    ...createPostCascades(model, publishPendingEvents),
  }
}

/** Migrates posts of versions that did not store the number and time of comments. */
async function addCommentActivity(model: PostModel): Promise<void> {
  await model.updateMany(
    { status: { $in: ['DRAFT', 'PUBLISHED'] }, commentCount: { $exists: false } },
    { $set: { commentCount: 0, lastCommentedAt: neverCommented } },
  )
}
