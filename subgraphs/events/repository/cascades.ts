import type { QueryFilter } from 'mongoose'

import type { DeletedEntity } from '../../../packages/event-log'
import { MutationRejectedError } from '../../../packages/platform'
import { readDistinctValues } from '../../../packages/subgraph-kit/mongo'
import type { Event } from '../domain/event'
import type { SeatRequest } from '../domain/seatRequests'
import type { EventCommands } from './eventCommands'
import type { EventDocument, EventModel, RegistrationDocument, RegistrationModel } from './models'
import { pageSize } from './pageSize'
import { abandonedAfterMs } from './registrationJournal'
import type { EventRemovals } from './removals'
import type { SeatAllocator } from './seatAllocator'

interface EventCascadesOptions {
  events: EventModel
  registrations: RegistrationModel
  commands: EventCommands
  removals: EventRemovals
  allocator: SeatAllocator
  /** Applies an event's journal and completes a pending waitlist promotion. */
  settleEvent(eventId: string): Promise<void>
  now: () => Date
}

/**
 * Cascades: updates registrations and events after an event was cancelled or deleted or an account was deleted. All are
 * idempotent and work in pages, so that they can be repeated after an interruption.
 */
export function createEventCascades({
  events,
  registrations,
  commands,
  removals,
  allocator,
  settleEvent,
  now,
}: EventCascadesOptions) {
  /** Applies abandoned journals, since registrations that exist in a journal only cannot be found by user. */
  async function settleAbandonedEvents(): Promise<void> {
    const abandonedBefore = new Date(now().getTime() - abandonedAfterMs)
    const found = await events
      .find({ unsettledSince: { $lt: abandonedBefore } })
      .select('_id')
      .lean<{ _id: string }[]>()
    for (const { _id } of found) await settleEvent(_id)
  }

  /** Submits requests concurrently, so that they are decided in batches. Rejected ones have become obsolete. */
  async function submitRequests(
    requests: readonly { eventId: string; request: SeatRequest }[],
  ): Promise<void> {
    await Promise.all(
      requests.map(({ eventId, request }) =>
        allocator.submit(eventId, request).catch((error: unknown) => {
          if (!(error instanceof MutationRejectedError)) throw error
        }),
      ),
    )
  }

  async function cancelRegistrations(eventId: string, signal: AbortSignal): Promise<void> {
    await settleEvent(eventId)
    for (let after = 0; ;) {
      signal.throwIfAborted()
      const found = await registrations
        .find({ eventId, status: { $in: ['CONFIRMED', 'WAITLISTED'] }, sequence: { $gt: after } })
        .select('sequence')
        .sort({ sequence: 1 })
        .limit(pageSize)
        .lean<Pick<RegistrationDocument, '_id' | 'sequence'>[]>()
      const last = found.at(-1)
      if (!last) return
      await submitRequests(
        found.map(({ _id: registrationId }) => ({ eventId, request: { kind: 'withdraw', registrationId } })),
      )
      after = last.sequence
    }
  }

  /** Returns the IDs of a page of cancelled events with active registrations, judged by their counts. */
  async function findCancelledEventIds(condition: QueryFilter<EventDocument>): Promise<string[]> {
    const found = await events
      .find({
        ...condition,
        status: 'CANCELLED',
        $or: [{ seatsTaken: { $gt: 0 } }, { waitlistCount: { $gt: 0 } }],
      })
      .select('_id')
      .sort({ _id: 1 })
      .limit(pageSize)
      .lean<{ _id: string }[]>()
    return found.map(({ _id }) => _id)
  }

  async function anonymizeRegistrations(userIds: readonly string[], signal?: AbortSignal): Promise<void> {
    for (let after = ''; ;) {
      signal?.throwIfAborted()
      const found = await registrations
        .find({ userId: { $in: [...userIds] }, _id: { $gt: after } })
        .select('eventId userId')
        .sort({ _id: 1 })
        .limit(pageSize)
        .lean<{ _id: string; eventId: string; userId: string }[]>()
      const last = found.at(-1)
      if (!last) return
      await submitRequests(
        found.map(({ eventId, userId }) => ({ eventId, request: { kind: 'anonymize', userId } })),
      )
      after = last._id
    }
  }

  async function detachOrganizers(deletedUsers: readonly DeletedEntity[]): Promise<void> {
    const deletionTimes = new Map(
      deletedUsers.map(({ id, deletionRequestedAt }) => [id, deletionRequestedAt]),
    )
    const userIds = [...deletionTimes.keys()]
    const isAffected = ({ organizerId }: Event) => organizerId !== null && deletionTimes.has(organizerId)
    const isKept = ({ organizerId, wasPublished, createdAt }: Event) => {
      const deletedAt = organizerId === null ? null : deletionTimes.get(organizerId)
      return wasPublished && (!deletedAt || createdAt < deletedAt)
    }
    for (;;) {
      const found = await events
        .find({ organizerId: { $in: userIds } })
        .select('_id')
        .limit(pageSize)
        .lean<{ _id: string }[]>()
      if (found.length === 0) return
      for (const { _id } of found) {
        await commands.changeEvent(_id, (event) =>
          isAffected(event) && isKept(event) ? { organizerId: null } : null,
        )
        await commands.deleteEvent(_id, (event) => (isAffected(event) && !isKept(event) ? {} : null))
      }
    }
  }

  return {
    /** Deletes the registrations of all deleted events. @throws AbortError */
    async deleteRegistrationsOfAllDeletedEvents(signal: AbortSignal): Promise<void> {
      for await (const ids of readDistinctValues(registrations, 'eventId')) {
        const found = await events
          .find({ _id: { $in: ids }, deletedAt: null })
          .select('_id')
          .lean<{ _id: string }[]>()
        const existingIds = new Set(found.map(({ _id }) => _id))
        await removals.deleteRegistrationsOfEvents(
          ids.filter((id) => !existingIds.has(id)),
          signal,
        )
      }
    },

    /**
     * Cancels the registrations of the cancelled events among these.
     *
     * @param signal stops between two pages; a repetition continues there
     * @throws AbortError
     */
    async cancelRegistrationsOfEvents(ids: readonly string[], signal: AbortSignal): Promise<void> {
      for (let from = 0; from < ids.length; from += pageSize) {
        const found = await findCancelledEventIds({ _id: { $in: ids.slice(from, from + pageSize) } })
        for (const id of found) await cancelRegistrations(id, signal)
      }
    },

    /** Cancels the registrations of all cancelled events. @throws AbortError */
    async cancelRegistrationsOfAllCancelledEvents(signal: AbortSignal): Promise<void> {
      for (let after: string | undefined = ''; after !== undefined;) {
        const found: string[] = await findCancelledEventIds({ _id: { $gt: after } })
        for (const id of found) await cancelRegistrations(id, signal)
        after = found.at(-1)
      }
    },

    /**
     * Frees the seats of deleted accounts and deletes their events that were never published or were created after the
     * deletion was requested; the others stay without an organizer.
     *
     * @param signal stops between two pages; a repetition continues there
     * @throws AbortError
     */
    async removeUserReferences(deletedUsers: readonly DeletedEntity[], signal?: AbortSignal): Promise<void> {
      if (deletedUsers.length === 0) return
      await settleAbandonedEvents()
      await anonymizeRegistrations(
        deletedUsers.map(({ id }) => id),
        signal,
      )
      await detachOrganizers(deletedUsers)
      await removals.forgetRemovedOrganizers(deletedUsers.map(({ id }) => id))
    },

    /** Yields the IDs of all registered users and organizers, in pages of at most 500. */
    async *listReferencedUserIds(): AsyncGenerator<readonly string[]> {
      await settleAbandonedEvents()
      // Skips anonymized registrations: they hold their own ID (`reg_…`) in place of the user ID.
      yield* readDistinctValues(registrations, 'userId', { after: 'usr_' })
      yield* readDistinctValues(events, 'organizerId')
      yield* readDistinctValues(events, 'removedOrganizerId')
    },
  }
}
