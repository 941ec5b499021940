import type { Connection } from 'mongoose'

import { duplicateKey } from '../../shared/database'
import type { EventDocument, JournalEntry, RegistrationDocument } from '../model'
import type { Registration } from '../registration'
import { storedRegistrationOf } from './documents'

const missing = { $exists: false } as const

/** By event: the versions whose journal entries this process has written out. */
export type WrittenOut = Map<string, Set<number>>

/**
 * The second half of every decision: what an event's journal says is copied to the registrations, then taken off the
 * journal. Both steps may be repeated, by anybody, in any order, at any later time: a registration only ever takes a
 * newer version.
 */
export function createJournal(connection: Connection) {
  const events = connection.collection<EventDocument>('events')
  const registrations = connection.collection<RegistrationDocument>('registrations')

  async function writeOut(entries: readonly JournalEntry[]): Promise<void> {
    const writes = entries.map(({ version, registration }) => ({
      updateOne: {
        filter: { _id: registration._id },
        update: [
          {
            $replaceWith: {
              $cond: [
                { $gte: [{ $ifNull: ['$version', 0] }, version] },
                '$$ROOT',
                { $literal: { ...registration, version } },
              ],
            },
          },
        ],
        upsert: true,
      },
    }))
    await registrations.bulkWrite(writes, { ordered: false })
  }

  /** Removes the registrations that were written out for events that were deleted. */
  async function removeOrphans(written: WrittenOut): Promise<void> {
    const filter = { _id: { $in: [...written.keys()] }, deletedAt: missing }
    const found = await events.find(filter, { projection: { _id: 1 } }).toArray()
    const present = new Set(found.map(({ _id }) => _id))
    for (const [eventId, versions] of written) {
      if (!present.has(eventId)) await registrations.deleteMany({ eventId, version: { $in: [...versions] } })
    }
  }

  return {
    /** Copies entries of one or more events to the registrations. */
    async writeOut(entries: readonly JournalEntry[]): Promise<void> {
      if (entries.length === 0) return
      try {
        await writeOut(entries)
      } catch (error) {
        // Two who insert the same registration at once: it is there now, and a second try finds it. Or a new one of
        // somebody whose former one is forgotten in the same go: that is written now, and a second try finds it gone.
        if (duplicateKey(error) === undefined) throw error
        await writeOut(entries)
      }
    },

    /**
     * Takes entries off the journals that are written out. Where the event was deleted meanwhile, they may have been written
     * out after the removal of its registrations, and are removed.
     */
    async prune(written: WrittenOut): Promise<void> {
      const writes = [...written].map(([eventId, versions]) => ({
        updateOne: { filter: { _id: eventId, deletedAt: missing }, update: pruning([...versions]) },
      }))
      if (writes.length > 0) {
        const { matchedCount } = await events.bulkWrite(writes, { ordered: false })
        if (matchedCount < writes.length) await removeOrphans(written)
      }
      written.clear()
    },
  }
}

export type Journal = ReturnType<typeof createJournal>

/** Notes that an event's entries of some versions are written out. */
export function note(written: WrittenOut, eventId: string, versions: readonly number[]): void {
  const known = written.get(eventId) ?? new Set<number>()
  for (const version of versions) known.add(version)
  if (known.size > 0) written.set(eventId, known)
}

function pruning(versions: readonly number[]): Record<string, unknown>[] {
  return [{ $set: { journal: without(versions) } }, agedByJournal]
}

/** In a pipeline: the journal less the entries of these versions. */
export function without(versions: readonly number[]): Record<string, unknown> {
  const isWrittenOut = { $in: ['$$entry.version', versions] }
  return { $filter: { input: '$journal', as: 'entry', cond: { $not: [isWrittenOut] } } }
}

const oldest = { $ifNull: [{ $min: '$journal.decidedAt' }, '$$REMOVE'] }

/** In a pipeline: `unsettledSince` as the journal has it; a walk that is owed leaves it as it is. */
export const agedByJournal = {
  $set: { unsettledSince: { $cond: [{ $eq: ['$walkedTo', null] }, oldest, '$unsettledSince'] } },
}

/** The entry of one decision. */
export function entryOf(registration: Registration, version: number, decidedAt: Date): JournalEntry {
  return { version, decidedAt, registration: storedRegistrationOf(registration) }
}
