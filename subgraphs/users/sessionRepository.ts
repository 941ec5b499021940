import type { Connection } from 'mongoose'

import { ensureIndexes, toStored } from '../shared/database'
import { createSessionModel, type SessionDocument } from './sessionModel'
import type { Session } from './session'

export type SessionRepository = ReturnType<typeof createSessionRepository>

/** Reads and writes session families. Every write that decides is one atomic operation on one document. */
export function createSessionRepository(connection: Connection) {
  const model = createSessionModel(connection)
  return {
    prepare: () => ensureIndexes(model),

    async find(id: string): Promise<Session | undefined> {
      const document = await model.findById(id).lean<SessionDocument | null>()
      return document ? toSession(document) : undefined
    },

    async insert(session: Session): Promise<void> {
      await model.create(toStored(session))
    },

    /**
     * Writes an exchange, if the token is still the good one.
     *
     * @returns whether it was: of many at once, one
     */
    async exchange(
      id: string,
      tokenHash: string,
      next: Pick<Session, 'tokenHash' | 'exchanges' | 'expiresAt'>,
    ): Promise<boolean> {
      const { matchedCount } = await model.updateOne({ _id: id, tokenHash }, { $set: next })
      return matchedCount === 1
    },

    async remove(id: string): Promise<void> {
      await model.deleteOne({ _id: id })
    },

    /** Clears away a user's families of this epoch and those before. */
    async removeUntil(userId: string, epoch: number): Promise<void> {
      await model.deleteMany({ userId, epoch: { $lte: epoch } })
    },

    /** Clears away what has expired. */
    async sweep(now: Date): Promise<void> {
      await model.deleteMany({ expiresAt: { $lte: now } })
    },
  }
}

function toSession({ _id, ...rest }: SessionDocument): Session {
  return { id: _id, ...rest }
}
