import mongoose, { type Connection } from 'mongoose'

import { ensureIndexes } from '../../../packages/subgraph-kit/mongo'
import { publishLater, type PublishPendingEvents } from '../../../packages/event-log/outbox'
import { createCommentCascades } from './cascades'
import { createCommentCommands } from './commands'
import { createCommentModel, obsoleteIndexNames, type CommentModel } from './models'
import { createCommentQueries } from './queries'

export type { ConditionalCommentChange } from './commands'
export type CommentRepository = ReturnType<typeof createCommentRepository>

/**
 * Creates the repository of comments. Every write is one atomic operation on one document.
 *
 * @param publishPendingEvents called after writes that add domain events to the outbox
 */
export function createCommentRepository(
  connection: Connection,
  publishPendingEvents: PublishPendingEvents = publishLater,
) {
  const model = createCommentModel(connection)
  return {
    /** Builds the indexes and drops those of earlier versions. */
    async prepare(): Promise<void> {
      await ensureIndexes(model)
      await dropObsoleteIndexes(model)
    },
    ...createCommentQueries(connection, model),
    ...createCommentCommands(model, publishPendingEvents),
    ...createCommentCascades(model, publishPendingEvents),
  }
}

async function dropObsoleteIndexes(model: CommentModel): Promise<void> {
  for (const name of obsoleteIndexNames) {
    await model.collection.dropIndex(name).catch((error: unknown) => {
      const isMissing = error instanceof mongoose.mongo.MongoServerError && error.codeName === 'IndexNotFound'
      if (!isMissing) throw error
    })
  }
}
