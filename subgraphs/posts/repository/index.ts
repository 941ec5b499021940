import type { Connection } from 'mongoose'

import { ensureIndexes } from '../../shared/database'
import { tellLater, type Tell } from '../../shared/feed/relay'
import { createPostModel } from '../model'
import { neverCommented } from '../post'
import { createPostReader } from './read'
import { createPostUpkeep } from './upkeep'
import { createPostWriter } from './write'

export type PostRepository = ReturnType<typeof createPostRepository>

/**
 * Keeps posts. Takes and returns plain entities. Every write is one atomic operation on one document.
 *
 * @param tell told of what is written with events
 */
export function createPostRepository(connection: Connection, tell: Tell = tellLater) {
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
    ...createPostReader(connection, model),
    ...createPostWriter(model, tell),
    ...createPostUpkeep(model, tell),
  }
}
