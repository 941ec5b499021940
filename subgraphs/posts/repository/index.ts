import type { Connection } from 'mongoose'
import { createReadLimiter, ensureIndexes, type ReadLimiter } from '../../../packages/subgraph-kit/mongo'
import { publishLater, type PublishPendingEvents } from '../../../packages/event-log/outbox'
import { runMigrations, type MigrationLog } from '../../../packages/subgraph-kit/migrations'
import { createPostCascades } from './cascades'
import { createPostCommands } from './commands'
import { createPostDeletions } from './deletions'
import { createPostMaintenance } from './maintenance'
import { migrations } from './migrations'
import { createPostModel } from './models'
import { createPostQueries } from './queries'
import { createUpdateEachPost } from './updateEach'

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
  const updateEach = createUpdateEachPost(model, publishPendingEvents)
  return {
    /** Migrates the database and builds the indexes. @throws StartupError */
    async prepare(log: MigrationLog): Promise<void> {
      const state = await runMigrations({ connection, migrations, log })
      if (state === 'current') await ensureIndexes(model)
    },
    ...createPostQueries(connection, model, readLimiter),
    ...createPostCommands(model, publishPendingEvents),
    ...createPostDeletions(model, publishPendingEvents),
    ...createPostCascades(model, updateEach),
    ...createPostMaintenance(model, updateEach),
  }
}
