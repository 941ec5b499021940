import type { Connection } from 'mongoose'

import { ensureIndexes, findPage, toStoredDocument } from '../../../../packages/subgraph-kit/mongo'
import type { KeyValue, Order, Page } from '../../../../packages/subgraph-kit/pagination'
import type { ModerationAction } from '../../domain/moderation/moderationAction'
import { createModerationActionModel, type ModerationActionDocument } from './models'

export type ModerationActionRepository = ReturnType<typeof createModerationActionRepository>

/** The order of the log: newest first. */
export const logOrder: Order = [
  { field: 'createdAt', direction: -1, type: 'date' },
  { field: '_id', direction: -1, type: 'string' },
]

/** Returns the sort key of an entry. */
export const logSortKey = ({ createdAt, id }: ModerationAction): readonly KeyValue[] => [createdAt, id]

/** Which entries of the log are read; null for all. */
export interface LogFilter {
  subjectId: string | null
  moderatorId: string | null
}

const toFilter = ({ subjectId, moderatorId }: LogFilter) => ({
  ...(subjectId !== null && { subjectId }),
  ...(moderatorId !== null && { moderatorId }),
})

const toAction = ({ _id, ...rest }: ModerationActionDocument): ModerationAction => ({ id: _id, ...rest })

/** Reads the moderation log, and appends to it. */
export function createModerationActionRepository(connection: Connection) {
  const model = createModerationActionModel(connection)
  return {
    prepare: () => ensureIndexes(model),

    /** Appends entries; idempotent. */
    async append(actions: readonly ModerationAction[]): Promise<void> {
      if (actions.length === 0) return
      const writes = actions.map((action) => {
        const { _id, ...fields } = toStoredDocument(action)
        return { updateOne: { filter: { _id }, update: { $setOnInsert: fields }, upsert: true } }
      })
      await model.bulkWrite(writes, { ordered: false })
    },

    async find(id: string): Promise<ModerationAction | undefined> {
      const document = await model.findById(id).lean<ModerationActionDocument | null>()
      return document ? toAction(document) : undefined
    },

    async findPage(filter: LogFilter, page: Page): Promise<ModerationAction[]> {
      const documents = await findPage<ModerationActionDocument>(model, toFilter(filter), page)
      return documents.map(toAction)
    },

    count: async (filter: LogFilter): Promise<number> => await model.countDocuments(toFilter(filter)),
  }
}
