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

/** Opens the resources of one process of a service that owns things, and publishes an event for each change. */
export async function openThings(
  uri: string,
  database: string,
  { claimTtlMs = 5000, sweepIntervalMs = 1000 } = {},
) {
  const connection = await openDatabase(uri, database)
  const model = connection.model<ThingDocument>('Thing', schema)
  await model.createCollection()
  await model.createIndexes()
  const eventLog = await openEventLog({ mongodbUri: uri, database: `${database}_feed`, log })
  // Each relay has its own, as in different processes.
  const openOutbox = () => createDocumentOutbox(connection, 'things', claimTtlMs)
  const openRelay = () =>
    createOutboxRelay({ eventLog, topic: 'things', outbox: openOutbox(), log, sweepIntervalMs })
  return {
    connection,
    eventLog,
    outbox: openOutbox(),
    openOutbox,
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
    /** Returns the stored documents. */
    findStored: () => connection.collection<ThingDocument>('things').find().sort({ _id: 1 }).toArray(),
    async close(): Promise<void> {
      await eventLog.close()
      await connection.close()
    },
  }
}

export type Things = Awaited<ReturnType<typeof openThings>>
