import type { QueryFilter } from 'mongoose'

import { MutationRejectedError } from '../../../packages/platform/errors'
import type { DeletedEntity } from '../../../packages/event-log/projections/deletedEntityTracker'
import { readDistinctValues } from '../../../packages/subgraph-kit/mongo/keysetPages'
import type { Event } from '../domain/event'
import type { EventDocument, EventModel, RegistrationDocument, RegistrationModel } from './models'
import type { SeatRequest } from '../domain/seats'
import type { EventCommands } from './eventCommands'
import { abandonedAfterMs } from './seatState'

export interface EventCascadesOptions {
  events: EventModel
  registrations: RegistrationModel
  writer: EventCommands
  /** Decides a request by the desk's rules. */
  submit(eventId: string, request: SeatRequest): Promise<unknown>
  /** Writes out what an event's journal holds. */
  settle(eventId: string): Promise<void>
  now: () => Date
}

const pageSize = 100

/**
 * What the end of an event, or of an account, brings with it. Everything is done in pages, and each of them leaves less to
 * do: what a crash has interrupted goes on where it was, and doing it again changes nothing.
 */
export function createEventCascades({
  events,
  registrations,
  writer,
  submit,
  settle,
  now,
}: EventCascadesOptions) {
  /** Registrations that a crash has left in a journal are found by no user. */
  async function settleAbandoned(): Promise<void> {
    const before = new Date(now().getTime() - abandonedAfterMs)
    const found = await events
      .find({ unsettledSince: { $lt: before } })
      .select('_id')
      .lean<{ _id: string }[]>()
    for (const { _id } of found) await settle(_id)
  }

  /** Together, so that the desk takes those for one event in one go. What is refused has ended by itself meanwhile. */
  async function submitAll(requests: readonly { eventId: string; request: SeatRequest }[]): Promise<void> {
    await Promise.all(
      requests.map(({ eventId, request }) =>
        submit(eventId, request).catch((error: unknown) => {
          if (!(error instanceof MutationRejectedError)) throw error
        }),
      ),
    )
  }

  async function withdrawAll(eventId: string, signal: AbortSignal): Promise<void> {
    await settle(eventId)
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
      await submitAll(
        found.map(({ _id: registrationId }) => ({ eventId, request: { kind: 'withdraw', registrationId } })),
      )
      after = last.sequence
    }
  }

  /** Those that are cancelled and have registrations that are not: the counts say so. */
  async function findToWithdraw(wanted: QueryFilter<EventDocument>): Promise<string[]> {
    const found = await events
      .find({
        ...wanted,
        status: 'CANCELLED',
        $or: [{ seatsTaken: { $gt: 0 } }, { waitlistCount: { $gt: 0 } }],
      })
      .select('_id')
      .sort({ _id: 1 })
      .limit(pageSize)
      .lean<{ _id: string }[]>()
    return found.map(({ _id }) => _id)
  }

  async function forgetRegistered(userIds: readonly string[], signal?: AbortSignal): Promise<void> {
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
      await submitAll(found.map(({ eventId, userId }) => ({ eventId, request: { kind: 'forget', userId } })))
      after = last._id
    }
  }

  async function leaveOrganized(ended: readonly DeletedEntity[]): Promise<void> {
    const endings = new Map(ended.map(({ id, deletionRequestedAt }) => [id, deletionRequestedAt]))
    const userIds = [...endings.keys()]
    const isTheirs = ({ organizerId }: Event) => organizerId !== null && endings.has(organizerId)
    const isKept = ({ organizerId, wasPublished, createdAt }: Event) => {
      const endedAt = organizerId === null ? null : endings.get(organizerId)
      return wasPublished && (!endedAt || createdAt < endedAt)
    }
    for (;;) {
      const found = await events
        .find({ organizerId: { $in: userIds } })
        .select('_id')
        .limit(pageSize)
        .lean<{ _id: string }[]>()
      if (found.length === 0) return
      for (const { _id } of found) {
        await writer.changeEvent(_id, (event) =>
          isTheirs(event) && isKept(event) ? { organizerId: null } : null,
        )
        await writer.deleteEvent(_id, (event) => isTheirs(event) && !isKept(event))
      }
    }
  }

  async function deleteRegistrationsOfEvents(
    eventIds: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    if (eventIds.length === 0) return
    for (;;) {
      signal.throwIfAborted()
      const found = await registrations
        .find({ eventId: { $in: [...eventIds] } })
        .select('_id')
        .limit(pageSize)
        .lean<{ _id: string }[]>()
      if (found.length === 0) return
      await registrations.deleteMany({ _id: { $in: found.map(({ _id }) => _id) } })
    }
  }

  return {
    /** Removes the registrations for these events, which are deleted. @throws AbortError */
    deleteRegistrationsOfEvents,

    /** The same for all events that are deleted. @throws AbortError */
    async deleteRegistrationsOfAllDeletedEvents(signal: AbortSignal): Promise<void> {
      for await (const ids of readDistinctValues(registrations, 'eventId')) {
        const found = await events
          .find({ _id: { $in: ids }, deletedAt: null })
          .select('_id')
          .lean<{ _id: string }[]>()
        const present = new Set(found.map(({ _id }) => _id))
        await deleteRegistrationsOfEvents(
          ids.filter((id) => !present.has(id)),
          signal,
        )
      }
    },

    /**
     * Cancels the registrations of those of these events that are cancelled.
     *
     * @param signal ends it between two pages; what is left is done when it is called again
     * @throws AbortError
     */
    async cancelRegistrationsOfEvents(ids: readonly string[], signal: AbortSignal): Promise<void> {
      for (let from = 0; from < ids.length; from += pageSize) {
        const found = await findToWithdraw({ _id: { $in: ids.slice(from, from + pageSize) } })
        for (const id of found) await withdrawAll(id, signal)
      }
    },

    /** The same for all events that are cancelled. */
    async cancelRegistrationsOfAllCancelledEvents(signal: AbortSignal): Promise<void> {
      for (let after: string | undefined = ''; after !== undefined;) {
        const found: string[] = await findToWithdraw({ _id: { $gt: after } })
        for (const id of found) await withdrawAll(id, signal)
        after = found.at(-1)
      }
    },

    /**
     * Frees the seats of deleted accounts and deletes their events that were never published or were created after the
     * deletion was requested; the others stay without an organizer.
     *
     * @param signal as for `withdrawFrom`
     * @throws AbortError
     */
    async removeUserReferences(ended: readonly DeletedEntity[], signal?: AbortSignal): Promise<void> {
      if (ended.length === 0) return
      await settleAbandoned()
      await forgetRegistered(
        ended.map(({ id }) => id),
        signal,
      )
      await leaveOrganized(ended)
    },

    /** Whoever registered or organizes, page by page, of at most 500. */
    async *listReferencedUserIds(): AsyncGenerator<readonly string[]> {
      await settleAbandoned()
      // Where a user is forgotten, the registration's own ID stands, which comes before any user's.
      yield* readDistinctValues(registrations, 'userId', { after: 'usr_' })
      yield* readDistinctValues(events, 'organizerId')
    },
  }
}
