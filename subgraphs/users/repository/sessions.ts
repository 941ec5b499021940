import type { Connection } from 'mongoose'

import {
  ensureIndexes,
  firstBatchSize,
  toStoredDocument,
} from '../../../packages/subgraph-kit/mongo/database'
import { createSessionModel, notEnded, type SessionDocument } from './sessionModel'
import { revocationWindowMs } from '../../../packages/auth/revocation'
import type { Session } from '../domain/session'

export type SessionRepository = ReturnType<typeof createSessionRepository>

/** Reads and writes session families. Every write that decides is one atomic operation on one document. */
export function createSessionRepository(connection: Connection) {
  const model = createSessionModel(connection)
  return {
    prepare: () => ensureIndexes(model),

    async find(id: string): Promise<Session | undefined> {
      const document = await model.findOne({ _id: id, ...notEnded }).lean<SessionDocument | null>()
      return document ? toSession(document) : undefined
    },

    async insert(session: Session): Promise<void> {
      await model.create(toStoredDocument(session))
    },

    /**
     * Writes an exchange, if the token is still the good one.
     *
     * @returns whether it was: of many at once, one
     */
    async exchangeToken(
      id: string,
      tokenHash: string,
      next: Pick<Session, 'tokenHash' | 'exchanges' | 'expiresAt'>,
    ): Promise<boolean> {
      const { matchedCount } = await model.updateOne({ _id: id, tokenHash, ...notEnded }, { $set: next })
      return matchedCount === 1
    },

    /**
     * Ends a session. Only its ID and the time remain, by which its access token is revoked.
     *
     * @returns false for one that has ended already
     */
    async end(id: string, now: Date): Promise<boolean> {
      const expiresAt = new Date(now.getTime() + revocationWindowMs)
      const { matchedCount } = await model.updateOne(
        { _id: id, ...notEnded },
        [{ $replaceWith: { _id: '$_id', endedAt: now, expiresAt } }],
        { updatePipeline: true },
      )
      return matchedCount === 1
    },

    /** Returns the IDs of the sessions that ended at this time or later. */
    async findEndedSince(time: Date): Promise<string[]> {
      const documents = await model
        .find({ endedAt: { $gte: time } }, { _id: 1 })
        .batchSize(firstBatchSize)
        .lean<Pick<SessionDocument, '_id'>[]>()
      return documents.map(({ _id }) => _id)
    },

    /** Clears away a user's families of this epoch and those before. */
    async deleteUntilEpoch(userId: string, epoch: number): Promise<void> {
      await model.deleteMany({ userId, epoch: { $lte: epoch } })
    },

    /** Clears away what has expired. */
    async deleteExpired(now: Date): Promise<void> {
      await model.deleteMany({ expiresAt: { $lte: now } })
    },
  }
}

function toSession({ _id, endedAt: _, ...rest }: SessionDocument): Session {
  return { id: _id, ...rest }
}
