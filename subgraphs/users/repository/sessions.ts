import type { Connection } from 'mongoose'

import { ensureIndexes, firstBatchSize, toStoredDocument } from '../../../packages/subgraph-kit/mongo'
import { revocationWindowMs } from '../../../packages/auth'
import type { Authentication } from '../domain/identities/identity'
import type { Session } from '../domain/session'
import { toSession } from './documents'
import { createSessionModel, notEnded, type SessionDocument } from './models'

export type SessionRepository = ReturnType<typeof createSessionRepository>

/** Reads and writes session families. */
export function createSessionRepository(connection: Connection) {
  const model = createSessionModel(connection)
  return {
    prepare: () => ensureIndexes(model),

    async find(id: string): Promise<Session | undefined> {
      const document = await model.findOne({ _id: id, ...notEnded }).lean<SessionDocument | null>()
      return document ? toSession(document) : undefined
    },

    /** Returns the sessions of a user in an epoch that have not expired, the latest sign-in first. */
    async findByUser(userId: string, epoch: number, now: Date, limit: number): Promise<Session[]> {
      const documents = await model
        .find({ userId, epoch, expiresAt: { $gt: now }, ...notEnded })
        .sort({ createdAt: -1, expiresAt: -1 })
        .limit(limit)
        .batchSize(firstBatchSize)
        .lean<SessionDocument[]>()
      return documents.map(toSession)
    },

    async insert(session: Session): Promise<void> {
      await model.create(toStoredDocument(session))
    },

    /**
     * Records the exchange of a refresh token.
     *
     * @returns false if the token is no longer the current one: of several concurrent exchanges, one succeeds
     */
    async exchangeToken(
      id: string,
      tokenHash: string,
      next: Pick<Session, 'tokenHash' | 'exchanges' | 'expiresAt'>,
    ): Promise<boolean> {
      const { matchedCount } = await model.updateOne({ _id: id, tokenHash, ...notEnded }, { $set: next })
      return matchedCount === 1
    },

    /** Records that the user of a session has signed in with a provider again, unless they have signed in since. */
    async recordAuthentication(
      id: string,
      { authenticatedAt, provider }: Required<Authentication>,
    ): Promise<void> {
      await model.updateOne(
        { _id: id, authenticatedAt: { $not: { $gt: authenticatedAt } }, ...notEnded },
        { $set: { authenticatedAt, provider } },
      )
    },

    /**
     * Ends a session. A tombstone remains, by which its access token is revoked.
     *
     * @returns false if it had already ended
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

    /** Deletes a user's session families of this epoch and earlier ones. */
    async deleteUntilEpoch(userId: string, epoch: number): Promise<void> {
      await model.deleteMany({ userId, epoch: { $lte: epoch } })
    },

    /** Deletes expired sessions and tombstones. */
    async deleteExpired(now: Date): Promise<void> {
      await model.deleteMany({ expiresAt: { $lte: now } })
    },
  }
}
