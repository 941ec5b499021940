import type { Connection } from 'mongoose'

import { readDuplicateKeyField } from '../../../packages/subgraph-kit/mongo'
import type { Registration } from '../domain/registration'
import { isAnonymized, toRegistration, toStoredRegistration } from './documents'
import type { EventDocument, JournalEntry, RegistrationDocument } from './models'

/** The age in milliseconds after which a journal entry counts as abandoned by a crashed process. */
export const abandonedAfterMs = 2000

/** By event ID: the versions whose journal entries this process has applied to the registrations. */
export type AppliedVersions = Map<string, Set<number>>

/** An event's ID and journal. */
interface EventJournal {
  id: string
  journal: JournalEntry[]
}

const notDeleted = { deletedAt: { $exists: false } } as const

/**
 * Applies decisions to the registrations: copies journal entries of an event's document to the registrations, then
 * prunes them from the journal. Both steps are idempotent and can be repeated by any process in any order, because a
 * registration only accepts a newer version.
 */
export function createRegistrationJournal(connection: Connection) {
  const events = connection.collection<EventDocument>('events')
  const registrations = connection.collection<RegistrationDocument>('registrations')

  async function upsertRegistrations(entries: readonly JournalEntry[]): Promise<void> {
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

  /** Deletes registrations that were written after their event was deleted. */
  async function deleteOrphans(applied: AppliedVersions): Promise<void> {
    const filter = { _id: { $in: [...applied.keys()] }, ...notDeleted }
    const found = await events.find(filter, { projection: { _id: 1 } }).toArray()
    const existingIds = new Set(found.map(({ _id }) => _id))
    for (const [eventId, versions] of applied) {
      if (!existingIds.has(eventId))
        await registrations.deleteMany({ eventId, version: { $in: [...versions] } })
    }
  }

  return {
    /** Copies entries of one or more events to the registrations; idempotent. */
    async applyEntries(entries: readonly JournalEntry[]): Promise<void> {
      if (entries.length === 0) return
      try {
        await upsertRegistrations(entries)
      } catch (error) {
        // Either another process inserted the same registration, or the entries anonymize a registration and insert a
        // new one of the same user. The first write has resolved both, so that a retry succeeds.
        if (readDuplicateKeyField(error) === undefined) throw error
        await upsertRegistrations(entries)
      }
    },

    /**
     * Removes applied entries from the journals. If an event was deleted in the meantime, its entries may have been
     * applied after its registrations were deleted; these registrations are deleted again.
     */
    async pruneAppliedEntries(applied: AppliedVersions): Promise<void> {
      const writes = [...applied].map(([eventId, versions]) => ({
        updateOne: {
          filter: { _id: eventId, ...notDeleted },
          update: [{ $set: { journal: excludeVersions([...versions]) } }, unsettledSinceStage],
        },
      }))
      if (writes.length > 0) {
        const { matchedCount } = await events.bulkWrite(writes, { ordered: false })
        if (matchedCount < writes.length) await deleteOrphans(applied)
      }
      applied.clear()
    },
  }
}

export type RegistrationJournal = ReturnType<typeof createRegistrationJournal>

export function createJournalEntry(
  registration: Registration,
  version: number,
  decidedAt: Date,
): JournalEntry {
  return { version, decidedAt, registration: toStoredRegistration(registration) }
}

/** Records that the journal entries of these versions of an event have been applied. */
export function recordAppliedVersions(
  applied: AppliedVersions,
  eventId: string,
  entries: readonly JournalEntry[],
): void {
  const versions = applied.get(eventId) ?? new Set<number>()
  for (const { version } of entries) versions.add(version)
  if (versions.size > 0) applied.set(eventId, versions)
}

/** Returns the journal entries that this process has not applied. */
export function selectUnappliedEntries(
  { id, journal }: EventJournal,
  applied: AppliedVersions,
): JournalEntry[] {
  const versions = applied.get(id)
  return versions ? journal.filter(({ version }) => !versions.has(version)) : journal
}

/**
 * Selects the journal entries of other processes that this process has to apply: entries decided before
 * `abandonedBefore`, since their process has probably crashed, and entries that anonymize a registration, since the
 * unique index rejects a new registration of the same user until then. A version is selected as a whole, because the
 * journal is pruned by version.
 */
export function selectEntriesToRecover(
  unapplied: readonly JournalEntry[],
  abandonedBefore: Date,
): JournalEntry[] {
  const versions = new Set(
    unapplied
      .filter(({ decidedAt, registration }) => decidedAt < abandonedBefore || isAnonymized(registration))
      .map(({ version }) => version),
  )
  return unapplied.filter(({ version }) => versions.has(version))
}

/** Returns the registrations as decided, by ID: the stored ones with the unapplied journal entries on top. */
export function overlayJournal(
  stored: readonly RegistrationDocument[],
  unapplied: readonly JournalEntry[],
): Map<string, Registration> {
  const latest = new Map(stored.map((document) => [document._id, document]))
  for (const { version, registration } of unapplied) {
    const other = latest.get(registration._id)
    if (!other || other.version < version) latest.set(registration._id, { ...registration, version })
  }
  return new Map([...latest].map(([id, document]) => [id, toRegistration(document)]))
}

/** Builds the expression of a journal without the entries of these versions. */
export function excludeVersions(versions: readonly number[]): Record<string, unknown> {
  const isExcluded = { $in: ['$$entry.version', versions] }
  return { $filter: { input: '$journal', as: 'entry', cond: { $not: [isExcluded] } } }
}

const oldestDecision = { $ifNull: [{ $min: '$journal.decidedAt' }, '$$REMOVE'] }

/** A stage that derives `unsettledSince` from the journal, unless the waitlist is still being promoted. */
export const unsettledSinceStage = {
  $set: { unsettledSince: { $cond: [{ $eq: ['$walkedTo', null] }, oldestDecision, '$unsettledSince'] } },
}
