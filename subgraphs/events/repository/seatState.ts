import { setTimeout as wait } from 'node:timers/promises'
import type { Connection } from 'mongoose'

import { addEventOnceStage } from '../../../packages/event-log/mongo/documentOutbox'
import type { PublishPendingEvents } from '../../../packages/event-log/outbox/outboxRelay'
import type { EventDocument, EventModel, JournalEntry, RegistrationModel } from './models'
import { waitlistIndex, waitlistByPartySizeIndex } from './models'
import type { Registration } from '../domain/registration'
import { countFreeSeats, promoteWaitlist, type Seats } from '../domain/seats'
import { toRegistration } from './documents'
import {
  unsettledSinceStage,
  createJournalEntry,
  recordAppliedVersions,
  excludeVersions,
  type RegistrationJournal,
  type AppliedVersions,
} from './registrationJournal'
import { toSeatsChanged } from '../domain/domainEvents'

/** What of an event's document its decisions are made from. */
export interface SeatState extends Seats {
  version: number
  journal: JournalEntry[]
  organizerId: string | null
}

/** What shall be written of one ledger: the seats as they are now, and the registrations that this changes. */
export interface SeatStateWrite {
  current: SeatState
  seats: Seats
  entries: readonly JournalEntry[]
  /** Whether the feed is told in the same write. */
  publishesEvent: boolean
}

const ledgerFields = [
  'status',
  'startsAt',
  'capacity',
  'seatsTaken',
  'waitlistCount',
  'checkedInCount',
  'sequence',
  'walkedTo',
  'version',
  'journal',
  'organizerId',
] as const satisfies readonly (keyof EventDocument)[]

// A journal entry takes some 300 bytes of the event's document for as long as it is not written out.
const walkPage = 500

/** How old a journal entry is, in milliseconds, before others take it for left behind by a crash. */
export const abandonedAfterMs = 2000

/** Reads and writes the ledgers of events, and walks waitlists. */
export function createSeatStateStore(
  connection: Connection,
  registrations: RegistrationModel,
  events: EventModel,
  journal: RegistrationJournal,
  tell: PublishPendingEvents,
  now: () => Date,
) {
  const collection = connection.collection<EventDocument>('events')

  async function readSeatStates(eventIds: readonly string[]): Promise<Map<string, SeatState>> {
    const documents = await events
      .find({ _id: { $in: eventIds }, deletedAt: null })
      .select(ledgerFields.join(' '))
      .lean<Pick<EventDocument, '_id' | (typeof ledgerFields)[number]>[]>()
    return new Map(documents.map(({ _id, ...rest }) => [_id, { id: _id, ...rest }]))
  }

  /** @returns how many of them were written; the others have changed since they were read */
  async function writeSeatStates(
    writes: readonly SeatStateWrite[],
    written: AppliedVersions,
  ): Promise<number> {
    const updates = writes.map((each) => ({
      filter: { _id: each.current.id, version: each.current.version },
      update: toUpdate(each, [...(written.get(each.current.id) ?? [])], now()),
    }))
    const [only] = updates
    const { matchedCount } =
      only && updates.length === 1
        ? await collection.updateOne(only.filter, only.update)
        : await collection.bulkWrite(
            updates.map((update) => ({ updateOne: update })),
            { ordered: false },
          )
    for (const { current, publishesEvent } of writes) if (publishesEvent) tell(current.id)
    return matchedCount
  }

  /** The next ones in line who fit by themselves; an index is read for no more than are returned, and one key a size. */
  async function nextInLine(seats: Seats): Promise<{ waiting: Registration[]; isRest: boolean }> {
    const free = countFreeSeats(seats)
    if (free <= 0) return { waiting: [], isRest: true }
    const limit = Math.min(free, walkPage)
    const isLimited = free < 101
    const documents = await registrations
      .find({
        eventId: seats.id,
        status: 'WAITLISTED',
        sequence: { $gt: seats.walkedTo ?? 0 },
        ...(isLimited && { guestCount: { $in: Array.from({ length: free }, (_, guests) => guests) } }),
      })
      .sort({ sequence: 1 })
      .limit(limit)
      .hint(isLimited ? waitlistByPartySizeIndex : waitlistIndex)
      .lean()
    return { waiting: documents.map(toRegistration), isRest: documents.length < limit }
  }

  /**
   * Offers an event's free seats to those who wait, in their order, until nobody is left who fits. Each page of the
   * waitlist is one atomic write that holds only where nothing else was decided since the page was read.
   *
   * @returns the seats once that is done; undefined where there is no such event
   */
  async function promoteWaitlistPages(eventId: string, written: AppliedVersions): Promise<Seats | undefined> {
    for (let failures = 0; ;) {
      const ledger = (await readSeatStates([eventId])).get(eventId)
      if (!ledger || ledger.walkedTo === null) return ledger
      // The waitlist is read from the registrations: they must be as they were decided.
      await journal.applyEntries(listUnappliedEntries(ledger, written))
      recordAppliedVersions(
        written,
        eventId,
        ledger.journal.map(({ version }) => version),
      )
      const { waiting, isRest } = await nextInLine(ledger)
      const { seats, confirmed } = promoteWaitlist(ledger, waiting, isRest, now())
      const version = ledger.version + 1
      const entries = confirmed.map((registration) => createJournalEntry(registration, version, now()))
      const isTold = entries.length > 0
      if (
        (await writeSeatStates([{ current: ledger, seats, entries, publishesEvent: isTold }], written)) === 0
      ) {
        await backOff(++failures)
        continue
      }
      failures = 0
      await journal.applyEntries(entries)
      recordAppliedVersions(written, eventId, entries.length > 0 ? [version] : [])
      if (seats.walkedTo === null) return seats
    }
  }

  /** Writes out all that an event's journal holds, and does the walk that it owes. */
  async function settleEvent(eventId: string): Promise<void> {
    const written: AppliedVersions = new Map()
    const ledger = (await readSeatStates([eventId])).get(eventId)
    if (!ledger) return
    await journal.applyEntries(ledger.journal)
    recordAppliedVersions(
      written,
      eventId,
      ledger.journal.map(({ version }) => version),
    )
    await promoteWaitlistPages(eventId, written)
    await journal.pruneAppliedEntries(written)
  }

  return { read: readSeatStates, write: writeSeatStates, walkDown: promoteWaitlistPages, settle: settleEvent }
}

export type SeatStateStore = ReturnType<typeof createSeatStateStore>

/** The entries of a journal that are not known to be written out. */
export function listUnappliedEntries(ledger: SeatState, written: AppliedVersions): JournalEntry[] {
  const versions = written.get(ledger.id)
  return versions ? ledger.journal.filter(({ version }) => !versions.has(version)) : ledger.journal
}

/** Waits a little, at random, so that processes that compete for an event do not keep step. */
export async function backOff(failures: number): Promise<void> {
  if (failures > 500) throw new Error('An event is written to by too many at once.')
  await wait(Math.random() * Math.min(20, failures))
}

/**
 * The journal is changed and not replaced: others prune it without a new version, and what they have pruned must not
 * come back.
 */
function toUpdate(
  { current, seats, entries, publishesEvent }: SeatStateWrite,
  writtenOut: readonly number[],
  now: Date,
): Record<string, unknown>[] {
  const { seatsTaken, waitlistCount, checkedInCount, sequence, walkedTo } = seats
  const counts = { seatsTaken, waitlistCount, checkedInCount, sequence, walkedTo }
  return [
    {
      $set: {
        ...counts,
        version: current.version + 1,
        journal: { $concatArrays: [excludeVersions(writtenOut), { $literal: entries }] },
        unsettledSince: { $ifNull: ['$unsettledSince', now] },
        ...(publishesEvent && addEventOnceStage(toSeatsChanged(current, now))),
      },
    },
    unsettledSinceStage,
  ]
}
