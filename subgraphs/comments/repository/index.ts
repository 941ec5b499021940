import type { Connection } from 'mongoose'

import { ensureIndexes } from '../../../packages/subgraph-kit/mongo'
import { runMigrations, type MigrationLog } from '../../../packages/subgraph-kit/migrations'
import { publishLater, type PublishPendingEvents } from '../../../packages/event-log/outbox'
import { createCommentCascades } from './cascades'
import { createCommentCommands } from './commands'
import { createCommentCounter } from './counter'
import { createCountQueries } from './countQueries'
import { createCommentMaintenance } from './maintenance'
import { migrations } from './migrations'
import { createCommentModel } from './models'
import { createCommentQueries } from './queries'
import { correctCounts, recountComments } from './recount'

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
  const queries = createCommentQueries(connection, model)
  const { countByIndex, ...countQueries } = createCountQueries(connection, model)
  const counter = createCommentCounter(connection, model)
  return {
    /** Migrates the database and builds the indexes. @throws StartupError */
    async prepare(log: MigrationLog): Promise<void> {
      const state = await runMigrations({ connection, migrations, log })
      if (state === 'current') await ensureIndexes(model)
    },
    ...queries,
    ...countQueries,
    ...createCommentCommands(model, publishPendingEvents, counter),
    ...createCommentCascades(model, publishPendingEvents, counter),
    ...createCommentMaintenance(model, publishPendingEvents),
    /** Counts comments that have changed; see {@link createCommentCounter}. */
    countChanged: counter.countChanged,
    /** Counts the changed comments of at most 500 posts; see {@link createCommentCounter}. */
    countMarked: counter.countMarked,
    /** See {@link correctCounts}. */
    correctCounts: (postIds: readonly string[], signal: AbortSignal) =>
      correctCounts({ counter, countByIndex, signal }, postIds),
    /** Counts all comments; see {@link recountComments}. */
    recount: (signal: AbortSignal) =>
      recountComments({ counter, countByIndex, listPostIds: queries.listPostIds, signal }),
  }
}
