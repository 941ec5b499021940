import type { Connection } from 'mongoose'

import { readDuplicateKeyField } from '../../../packages/subgraph-kit/mongo/database'
import type { EventDocument, JournalEntry, RegistrationDocument } from './models'
import type { Registration } from '../domain/registration'
import { toStoredRegistration } from './documents'

const missing = { $exists: false } as const

/** By event: the versions whose journal entries this process has written out. */
export type AppliedVersions = Map<string, Set<number>>

/**
 * The second half of every decision: what an event's journal says is copied to the registrations, then taken off the
 * journal. Both steps may be repeated, by anybody, in any order, at any later time: a registration only ever takes a
 * newer version.
 */
export function createRegistrationJournal(connection: Connection) {
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
  async function removeOrphans(written: AppliedVersions): Promise<void> {
    const filter = { _id: { $in: [...written.keys()] }, deletedAt: missing }
    const found = await events.find(filter, { projection: { _id: 1 } }).toArray()
    const present = new Set(found.map(({ _id }) => _id))
    for (const [eventId, versions] of written) {
      if (!present.has(eventId)) await registrations.deleteMany({ eventId, version: { $in: [...versions] } })
    }
  }

  return {
    /** Copies entries of one or more events to the registrations. */
    async applyEntries(entries: readonly JournalEntry[]): Promise<void> {
      if (entries.length === 0) return
      try {
        await writeOut(entries)
      } catch (error) {
        // Two who insert the same registration at once: it is there now, and a second try finds it. Or a new one of
        // somebody whose former one is forgotten in the same go: that is written now, and a second try finds it gone.
        if (readDuplicateKeyField(error) === undefined) throw error
        await writeOut(entries)
      }
    },

    /**
     * Takes entries off the journals that are written out. Where the event was deleted meanwhile, they may have been written
     * out after the removal of its registrations, and are removed.
     */
    async pruneAppliedEntries(written: AppliedVersions): Promise<void> {
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

export type RegistrationJournal = ReturnType<typeof createRegistrationJournal>

/** Notes that an event's entries of some versions are written out. */
export function recordAppliedVersions(
  written: AppliedVersions,
  eventId: string,
  versions: readonly number[],
): void {
  const known = written.get(eventId) ?? new Set<number>()
  for (const version of versions) known.add(version)
  if (known.size > 0) written.set(eventId, known)
}

function pruning(versions: readonly number[]): Record<string, unknown>[] {
  return [{ $set: { journal: excludeVersions(versions) } }, unsettledSinceStage]
}

/** In a pipeline: the journal less the entries of these versions. */
export function excludeVersions(versions: readonly number[]): Record<string, unknown> {
  const isWrittenOut = { $in: ['$$entry.version', versions] }
  return { $filter: { input: '$journal', as: 'entry', cond: { $not: [isWrittenOut] } } }
}

const oldest = { $ifNull: [{ $min: '$journal.decidedAt' }, '$$REMOVE'] }

/** In a pipeline: `unsettledSince` as the journal has it; a walk that is owed leaves it as it is. */
export const unsettledSinceStage = {
  $set: { unsettledSince: { $cond: [{ $eq: ['$walkedTo', null] }, oldest, '$unsettledSince'] } },
}

/** The entry of one decision. */
export function createJournalEntry(
  registration: Registration,
  version: number,
  decidedAt: Date,
): JournalEntry {
  return { version, decidedAt, registration: toStoredRegistration(registration) }
}
