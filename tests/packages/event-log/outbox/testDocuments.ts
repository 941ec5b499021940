import { Schema } from 'mongoose'

import { openDatabase } from '../../../../packages/subgraph-kit/mongo/database'
import { openEventLog } from '../../../../packages/event-log/openEventLog'
import { createPendingEvent } from '../../../../packages/event-log/outbox/outbox'
import {
  pushEvents,
  addEventsStage,
  createDocumentOutbox,
  insertWithEvents,
  outboxSchemaFields,
  outboxIndex,
  type OutboxFields,
} from '../../../../packages/event-log/mongo/documentOutbox'
import { createOutboxRelay } from '../../../../packages/event-log/outbox/outboxRelay'
import { createLog } from '../../../../packages/platform/log'

interface ThingDocument extends OutboxFields {
  _id: string
  size: number
}

const schema = new Schema<ThingDocument>(
  { _id: { type: String, required: true }, size: { type: Number, required: true }, ...outboxSchemaFields },
  { versionKey: false, strict: 'throw', collection: 'things' },
)
schema.index(...outboxIndex)

const now = new Date('2026-01-02T03:04:05.678Z')
const log = createLog('things', 'silent')

/** A process's worth of an owner of things, which tells of each change. */
export async function openThings(uri: string, database: string, { claimFor = 5000, sweepEvery = 1000 } = {}) {
  const connection = await openDatabase(uri, database)
  const model = connection.model<ThingDocument>('Thing', schema)
  await model.createCollection()
  await model.createIndexes()
  const feed = await openEventLog({ mongodbUri: uri, database: `${database}_feed`, log })
  const outbox = createDocumentOutbox(connection, 'things', claimFor)
  const openRelay = () =>
    createOutboxRelay({ eventLog: feed, topic: 'things', outbox, log, sweepIntervalMs: sweepEvery })
  return {
    connection,
    feed,
    outbox,
    openRelay,
    async add(id: string): Promise<void> {
      await model.create({
        _id: id,
        size: 0,
        ...insertWithEvents(createPendingEvent('thing.added', {}, now)),
      })
    },
    async grow(id: string): Promise<void> {
      const event = createPendingEvent('thing.grown', { by: 1, note: '$size' }, now)
      await model.updateOne({ _id: id }, { ...pushEvents(event), $set: { size: 1 } })
    },
    async double(id: string): Promise<void> {
      const event = createPendingEvent('thing.doubled', { 'a.$b': {} }, now)
      await model.updateOne({ _id: id }, [{ $set: { size: 2, ...addEventsStage(event) } }], {
        updatePipeline: true,
      })
    },
    /** The documents as they are stored. */
    stored: () => connection.collection<ThingDocument>('things').find().sort({ _id: 1 }).toArray(),
    async close(): Promise<void> {
      await feed.close()
      await connection.close()
    },
  }
}

export type Things = Awaited<ReturnType<typeof openThings>>
