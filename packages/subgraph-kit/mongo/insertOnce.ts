import type { IndexDefinition, IndexOptions, Model } from 'mongoose'

import { idempotencyWindowMs } from '../input'
import { readDuplicateKeyField } from './database'

/** The fields of a document that can be created with an idempotency key, for the type of its model. */
export interface IdempotentCreation {
  createdAt: Date
  /** The hash of `readIdempotencyKey`. Absent without a key, and once the key was used again after its window. */
  creationKey?: string
}

/** The index of these keys, for `schema.index(...creationKeyIndex)`. */
export const creationKeyIndex: [IndexDefinition, IndexOptions] = [
  { creationKey: 1 },
  { unique: true, sparse: true },
]

/**
 * Returns the document that was created with an idempotency key in the last 24 hours; null without one. Callers use it before
 * they check a create, so that a repetition does not depend on later changes.
 */
export async function findCreated<Document extends IdempotentCreation>(
  model: Model<Document>,
  creationKey: string,
  now: Date,
): Promise<Document | null> {
  const earlier = await model.findOne({ creationKey }).lean<Document>()
  return earlier && isRecent(earlier, now) ? earlier : null
}

const isRecent = ({ createdAt }: IdempotentCreation, now: Date): boolean =>
  now.getTime() - createdAt.getTime() < idempotencyWindowMs

/**
 * Inserts a document, unless one with its idempotency key was created in the last 24 hours. The unique index decides
 * between concurrent inserts.
 *
 * @returns the earlier document; null if this one was inserted
 */
export async function insertOnce<Document extends IdempotentCreation>(
  model: Model<Document>,
  document: Document,
): Promise<Document | null> {
  const { creationKey } = document
  for (;;) {
    try {
      await model.create(document)
      return null
    } catch (error) {
      if (creationKey === undefined || readDuplicateKeyField(error) !== 'creationKey') throw error
      const earlier = await model.findOne({ creationKey }).lean<Document & { _id: string }>()
      if (!earlier) continue
      if (isRecent(earlier, document.createdAt)) return earlier
      await model.updateOne({ _id: earlier._id, creationKey }, { $unset: { creationKey: 1 } })
    }
  }
}
