import mongoose, { type mongo } from 'mongoose'

import { maxBatchSize } from '../../packages/platform'
import type { EventDocument, RegistrationDocument } from '../../subgraphs/events/repository/models'
import { CommandError } from '../command'
import { getExcludedFields } from './collections'
import type { DumpWriter } from './dumpFile'

const { deserialize } = mongoose.mongo.BSON

type VersionFields = Pick<EventDocument, '_id' | 'version' | 'journal'>

/** An event as it was at one moment. */
interface EventSnapshot {
  id: string
  raw: Uint8Array
  /** Undefined for a deleted event. */
  version: number | undefined
  /** All decisions up to this version have been applied to the registrations. */
  settledVersion: number
}

interface CopyEventsOptions {
  database: mongo.Db
  events: DumpWriter
  registrations: DumpWriter
  onCopied(): void
  /** How long an event is read again while its seats change; default 60,000. */
  maxWaitMs?: number
}

const chunkSize = 200

/**
 * Copies events and their registrations, so that the seats of each event agree with its registrations although both
 * change meanwhile.
 *
 * The version of an event changes with every decision, which is written to the event first (its counts and its journal)
 * and to the registrations afterwards. If the version is the same before and after the registrations were read, they
 * agree, together with the journal of the first read, exactly with the counts of the first read. Otherwise only the
 * registrations that were decided since are read again, and appended: of several copies of a document the last one
 * counts.
 *
 * @throws CommandError when an event keeps changing
 */
export async function copyEvents(options: CopyEventsOptions): Promise<void> {
  const { database, events, registrations, onCopied } = options
  const source = openSource(database)

  async function copyRegistrations(filter: mongo.Filter<RegistrationDocument>): Promise<void> {
    for await (const raw of source.findRegistrations(filter)) {
      await registrations.write(raw)
      onCopied()
    }
  }

  /** Copies the changed registrations of an event until it is at rest. @returns the event; undefined if it is missing */
  async function copyChanges(outdated: EventSnapshot): Promise<EventSnapshot | undefined> {
    const { id } = outdated
    const { maxWaitMs = 60_000 } = options
    const startedAt = performance.now()
    for (let previous = outdated; ;) {
      const [current] = await source.findEvents({ _id: id }, 1)
      if (current?.version === undefined) return current
      await copyRegistrations({ eventId: id, version: { $gt: previous.settledVersion } })
      if ((await source.readVersions([id])).get(id) === current.version) return current
      if (performance.now() - startedAt > maxWaitMs)
        throw new CommandError(
          `The seats of the event ${id} have changed without a pause for ${maxWaitMs / 1000} s. ` +
            'Remove the folder of the backup, and run the command again when fewer people register.',
        )
      previous = current
    }
  }

  for (let after: string | undefined = ''; after !== undefined;) {
    const chunk: EventSnapshot[] = await source.findEvents({ _id: { $gt: after } }, chunkSize)
    const last: string | undefined = chunk.length === chunkSize ? chunk.at(-1)?.id : undefined
    await copyRegistrations({ eventId: { $gt: after, ...(last !== undefined && { $lte: last }) } })
    const versions = await source.readVersions(chunk.map(({ id }) => id))
    for (const snapshot of chunk) {
      const isAtRest = versions.has(snapshot.id) && versions.get(snapshot.id) === snapshot.version
      const event = isAtRest ? snapshot : await copyChanges(snapshot)
      if (!event) continue
      await events.write(event.raw)
      onCopied()
    }
    after = last
  }
}

function openSource(database: mongo.Db) {
  const events = database.collection<VersionFields>('events')
  const registrations = database.collection<RegistrationDocument>('registrations')
  return {
    async findEvents(filter: mongo.Filter<VersionFields>, limit: number): Promise<EventSnapshot[]> {
      const found = await events
        .find(filter, { raw: true, projection: getExcludedFields('events', 'events') })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray()
      return found.map((raw) => toSnapshot(raw as unknown as Uint8Array))
    },

    /** Returns the versions of these events that exist: undefined for a deleted one. */
    async readVersions(ids: readonly string[]): Promise<Map<string, number | undefined>> {
      const found = await events
        .find({ _id: { $in: [...ids] } }, { projection: { version: 1 } })
        .batchSize(chunkSize)
        .toArray()
      return new Map(found.map(({ _id, version }) => [_id, version]))
    },

    async *findRegistrations(filter: mongo.Filter<RegistrationDocument>): AsyncGenerator<Uint8Array> {
      const found = registrations.find(filter, { raw: true, batchSize: maxBatchSize })
      for await (const raw of found) yield raw as unknown as Uint8Array
    },
  }
}

function toSnapshot(raw: Uint8Array): EventSnapshot {
  const document = deserialize(raw) as Partial<VersionFields> & Pick<VersionFields, '_id'>
  const { _id: id, version, journal = [] } = document
  const unsettledVersions = journal.map((entry) => entry.version - 1)
  return { id, raw, version, settledVersion: Math.min(version ?? 0, ...unsettledVersions) }
}
