import { Schema } from 'mongoose'

import { openDatabase } from '../../../../subgraphs/shared/database'
import { openFeed } from '../../../../subgraphs/shared/feed/openFeed'
import { newPendingEvent } from '../../../../subgraphs/shared/feed/outbox'
import {
  addEvents,
  addEventsInPipeline,
  createOutbox,
  firstEvents,
  pendingEventsFields,
  pendingEventsIndex,
  type WithPendingEvents,
} from '../../../../subgraphs/shared/feed/pendingEvents'
import { createRelay } from '../../../../subgraphs/shared/feed/relay'
import { createLog } from '../../../../subgraphs/shared/log'

interface ThingDocument extends WithPendingEvents {
  _id: string
  size: number
}

const schema = new Schema<ThingDocument>(
  { _id: { type: String, required: true }, size: { type: Number, required: true }, ...pendingEventsFields },
  { versionKey: false, strict: 'throw', collection: 'things' },
)
schema.index(...pendingEventsIndex)

const now = new Date('2026-01-02T03:04:05.678Z')
const log = createLog('things', 'silent')

/** A process's worth of an owner of things, which tells of each change. */
export async function openThings(uri: string, database: string, { claimFor = 5000, sweepEvery = 1000 } = {}) {
  const connection = await openDatabase(uri, database)
  const model = connection.model<ThingDocument>('Thing', schema)
  await model.createCollection()
  await model.createIndexes()
  const feed = await openFeed({ mongodbUri: uri, database: `${database}_feed`, log })
  const outbox = createOutbox(connection, 'things', claimFor)
  const openRelay = () => createRelay({ feed, topic: 'things', outbox, log, sweepEvery })
  return {
    connection,
    feed,
    outbox,
    openRelay,
    async add(id: string): Promise<void> {
      await model.create({ _id: id, size: 0, ...firstEvents(newPendingEvent('thing.added', {}, now)) })
    },
    async grow(id: string): Promise<void> {
      const event = newPendingEvent('thing.grown', { by: 1, note: '$size' }, now)
      await model.updateOne({ _id: id }, { ...addEvents(event), $set: { size: 1 } })
    },
    async double(id: string): Promise<void> {
      const event = newPendingEvent('thing.doubled', { 'a.$b': {} }, now)
      await model.updateOne({ _id: id }, [{ $set: { size: 2, ...addEventsInPipeline(event) } }], {
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
