import { setTimeout as wait } from 'node:timers/promises'
import type { Connection } from 'mongoose'

import { addEventOnceStage, addEventsStage } from '../../../packages/event-log/mongo'
import type { PendingEvent, PublishPendingEvents } from '../../../packages/event-log/outbox'
import { toRegistrationPromoted, toSeatsChanged } from '../domain/domainEvents'
import type { Registration } from '../domain/registration'
import type { OnSeatOutcome } from '../domain/seatRequests'
import { countFreeSeats, promoteWaitlistPage, type Seats } from '../domain/seats'
import { readRegistrationRules, toRegistration } from './documents'
import {
  waitlistByPartySizeIndex,
  waitlistIndex,
  type EventDocument,
  type EventModel,
  type JournalEntry,
  type RegistrationModel,
} from './models'
import {
  createJournalEntry,
  excludeVersions,
  recordAppliedVersions,
  selectUnappliedEntries,
  unsettledSinceStage,
  type AppliedVersions,
  type RegistrationJournal,
} from './registrationJournal'

/** The fields of an event on which seat decisions depend. */
export interface SeatState extends Seats {
  version: number
  journal: JournalEntry[]
}

/** A decision to be written to an event. */
export interface SeatStateWrite {
  /** The state on which the decision is based. */
  current: SeatState
  seats: Seats
  /** The changed registrations. */
  entries: readonly JournalEntry[]
  /** Domain events of single registrations. */
  registrationEvents: readonly PendingEvent[]
  /** Whether the write adds a domain event of the changed seats. */
  publishesEvent: boolean
}

const seatStateFields = [
  'status',
  'startsAt',
  'endsAt',
  'registrationClosesAt',
  'capacity',
  'maxGuests',
  'seatsTaken',
  'waitlistCount',
  'checkedInCount',
  'sequence',
  'walkedTo',
  'version',
  'journal',
  'organizerId',
] as const satisfies readonly (keyof EventDocument)[]

// A journal entry occupies about 300 bytes of the event's document until it is pruned.
const promotionPageSize = 500

/** Reads and writes the seat state of events with optimistic concurrency, and promotes waitlists. */
export function createSeatStateStore(
  connection: Connection,
  registrations: RegistrationModel,
  events: EventModel,
  journal: RegistrationJournal,
  publishPendingEvents: PublishPendingEvents,
  now: () => Date,
  onOutcome: OnSeatOutcome,
) {
  const collection = connection.collection<EventDocument>('events')

  async function readSeatStates(eventIds: readonly string[]): Promise<Map<string, SeatState>> {
    const documents = await events
      .find({ _id: { $in: eventIds }, deletedAt: null })
      .select(seatStateFields.join(' '))
      .lean<Pick<EventDocument, '_id' | (typeof seatStateFields)[number]>[]>()
    return new Map(
      documents.map(({ _id, ...rest }) => [_id, { id: _id, ...rest, ...readRegistrationRules(rest) }]),
    )
  }

  /**
   * Writes decisions whose event still has the version on which they are based, and prunes applied journal entries in
   * the same write.
   *
   * @returns the number of written decisions; it does not say which, if some conflict
   */
  async function writeSeatStates(
    writes: readonly SeatStateWrite[],
    applied: AppliedVersions,
  ): Promise<number> {
    const updates = writes.map((write) => ({
      filter: { _id: write.current.id, version: write.current.version },
      update: buildUpdate(write, [...(applied.get(write.current.id) ?? [])], now()),
    }))
    const [only] = updates
    const { matchedCount } =
      only && updates.length === 1
        ? await collection.updateOne(only.filter, only.update)
        : await collection.bulkWrite(
            updates.map((update) => ({ updateOne: update })),
            { ordered: false },
          )
    return matchedCount
  }

  /**
   * Publishes the domain events of written decisions. Called once their journal entries are applied: a subscriber that
   * receives the event reads the registrations.
   */
  function publishSeatChanges(writes: readonly SeatStateWrite[]): void {
    for (const { current, publishesEvent } of writes) if (publishesEvent) publishPendingEvents(current.id)
  }

  /** Reads the next waitlisted parties that fit into the free seats individually, in order of arrival. */
  async function readWaitlistPage(seats: Seats): Promise<{ waiting: Registration[]; isLastPage: boolean }> {
    const freeSeats = countFreeSeats(seats)
    if (freeSeats <= 0) return { waiting: [], isLastPage: true }
    const limit = Math.min(freeSeats, promotionPageSize)
    // A party has at most 101 members, so that every party fits into 101 free seats.
    const filtersByPartySize = freeSeats < 101
    const documents = await registrations
      .find({
        eventId: seats.id,
        status: 'WAITLISTED',
        sequence: { $gt: seats.walkedTo ?? 0 },
        ...(filtersByPartySize && { guestCount: { $in: [...Array(freeSeats).keys()] } }),
      })
      .sort({ sequence: 1 })
      .limit(limit)
      // The index by party size reads no more entries than are returned, plus one per size.
      .hint(filtersByPartySize ? waitlistByPartySizeIndex : waitlistIndex)
      .lean()
    return { waiting: documents.map(toRegistration), isLastPage: documents.length < limit }
  }

  /**
   * Promotes waitlisted parties that fit into the free seats, in order of arrival. Each page is one atomic write that
   * fails if another decision was made since the page was read.
   *
   * @returns the resulting seats; undefined if the event does not exist
   */
  async function promoteWaitlist(eventId: string, applied: AppliedVersions): Promise<Seats | undefined> {
    for (let conflicts = 0; ;) {
      const state = (await readSeatStates([eventId])).get(eventId)
      if (!state || state.walkedTo === null) return state
      // The waitlist is read from the registrations, so all decisions must have been applied to them.
      await journal.applyEntries(selectUnappliedEntries(state, applied))
      recordAppliedVersions(applied, eventId, state.journal)
      const { waiting, isLastPage } = await readWaitlistPage(state)
      const { seats, confirmed } = promoteWaitlistPage(state, waiting, isLastPage, now())
      const entries = confirmed.map((registration) =>
        createJournalEntry(registration, state.version + 1, now()),
      )
      const registrationEvents = confirmed.map((registration) => toRegistrationPromoted(registration, now()))
      const publishesEvent = entries.length > 0
      const write = { current: state, seats, entries, registrationEvents, publishesEvent }
      if ((await writeSeatStates([write], applied)) === 0) {
        await waitAfterConflict(++conflicts)
        continue
      }
      conflicts = 0
      await journal.applyEntries(entries)
      publishSeatChanges([write])
      for (let count = 0; count < confirmed.length; count++) onOutcome('promoted')
      recordAppliedVersions(applied, eventId, entries)
      if (seats.walkedTo === null) return seats
    }
  }

  return {
    readSeatStates,
    writeSeatStates,
    publishSeatChanges,
    promoteWaitlist,

    /** Applies and prunes an event's journal and completes a pending promotion; idempotent. */
    async settleEvent(eventId: string): Promise<void> {
      const state = (await readSeatStates([eventId])).get(eventId)
      if (!state) return
      const applied: AppliedVersions = new Map()
      await journal.applyEntries(state.journal)
      recordAppliedVersions(applied, eventId, state.journal)
      await promoteWaitlist(eventId, applied)
      await journal.pruneAppliedEntries(applied)
    },
  }
}

export type SeatStateStore = ReturnType<typeof createSeatStateStore>

/**
 * Waits for a short random time, so that processes that compete for an event get out of step.
 *
 * @throws Error after 500 conflicts
 */
export async function waitAfterConflict(conflicts: number): Promise<void> {
  if (conflicts > 500) throw new Error('An event changed concurrently in each of 500 attempts to write it.')
  await wait(Math.random() * Math.min(20, conflicts))
}

/**
 * Appends to the journal instead of replacing it: other processes prune it without a new version, and pruned entries
 * must not reappear.
 */
function buildUpdate(
  { current, seats, entries, registrationEvents, publishesEvent }: SeatStateWrite,
  appliedVersions: readonly number[],
  now: Date,
): Record<string, unknown>[] {
  const seatsChanged = toSeatsChanged(current, now)
  // Its place at the end lets the next change of seats find it there, instead of adding one more.
  const addEvents =
    registrationEvents.length > 0
      ? addEventsStage(...registrationEvents, seatsChanged)
      : addEventOnceStage(seatsChanged)
  const { seatsTaken, waitlistCount, checkedInCount, sequence, walkedTo } = seats
  return [
    {
      $set: {
        seatsTaken,
        waitlistCount,
        checkedInCount,
        sequence,
        walkedTo,
        version: current.version + 1,
        journal: { $concatArrays: [excludeVersions(appliedVersions), { $literal: entries }] },
        unsettledSince: { $ifNull: ['$unsettledSince', now] },
        ...(publishesEvent && addEvents),
      },
    },
    unsettledSinceStage,
  ]
}
