import type { Connection } from 'mongoose'

import { ensureIndexes } from '../../../packages/subgraph-kit/mongo/database'
import { publishLater, type PublishPendingEvents } from '../../../packages/event-log/outbox/outboxRelay'
import { createPostModel } from './models'
import { neverCommented } from '../domain/post'
import { createPostQueries } from './queries'
import { createPostCascades } from './cascades'
import { createPostCommands } from './commands'

export type PostRepository = ReturnType<typeof createPostRepository>

/**
 * Keeps posts. Takes and returns plain entities. Every write is one atomic operation on one document.
 *
 * @param tell told of what is written with events
 */
export function createPostRepository(connection: Connection, tell: PublishPendingEvents = publishLater) {
  const model = createPostModel(connection)
  return {
    async prepare(): Promise<void> {
      await ensureIndexes(model)
      // What was stored before posts were told of comments.
      await model.updateMany(
        { status: { $in: ['DRAFT', 'PUBLISHED'] }, commentCount: { $exists: false } },
        { $set: { commentCount: 0, lastCommentedAt: neverCommented } },
      )
    },
    ...createPostQueries(connection, model),
    ...createPostCommands(model, tell),
    ...createPostCascades(model, tell),
  }
}
