import { MutationRejectedError } from '../../../packages/platform'
import type { EventModel, RegistrationDocument, RegistrationModel } from './models'
import { pageSize } from './pageSize'
import type { SeatAllocator } from './seatAllocator'

interface TooLargeMarkerOptions {
  events: EventModel
  registrations: RegistrationModel
  allocator: SeatAllocator
}

/**
 * Marks waiting parties that a lowered capacity can no longer hold, with a domain event for each. Idempotent: a party is
 * marked once.
 */
export function createTooLargeMarker({ events, registrations, allocator }: TooLargeMarkerOptions) {
  async function markPartiesOfEvent(eventId: string, capacity: number, signal: AbortSignal): Promise<void> {
    for (let after = 0; ;) {
      signal.throwIfAborted()
      const found = await registrations
        .find({
          eventId,
          status: 'WAITLISTED',
          sequence: { $gt: after },
          // The party of as many guests has one more member.
          guestCount: { $gte: capacity },
          isTooLarge: { $ne: true },
        })
        .select('sequence')
        .sort({ sequence: 1 })
        .limit(pageSize)
        .lean<Pick<RegistrationDocument, '_id' | 'sequence'>[]>()
      const last = found.at(-1)
      if (!last) return
      await Promise.all(
        found.map(({ _id: registrationId }) =>
          allocator.submit(eventId, { kind: 'markTooLarge', registrationId }).catch((error: unknown) => {
            // The event was deleted in the meantime.
            if (!(error instanceof MutationRejectedError)) throw error
          }),
        ),
      )
      after = last.sequence
    }
  }

  /** Returns a page of the coming events among these with a capacity and a waitlist. */
  const findLimitedEvents = (condition: object) =>
    events
      .find({ ...condition, status: 'PUBLISHED', capacity: { $ne: null }, waitlistCount: { $gt: 0 } })
      .select('capacity')
      .sort({ _id: 1 })
      .limit(pageSize)
      .lean<{ _id: string; capacity: number }[]>()

  return {
    /** Marks the parties of these events. @param signal stops between two pages @throws AbortError */
    async markTooLargeParties(eventIds: readonly string[], signal: AbortSignal): Promise<void> {
      for (let from = 0; from < eventIds.length; from += pageSize) {
        const found = await findLimitedEvents({ _id: { $in: eventIds.slice(from, from + pageSize) } })
        for (const { _id, capacity } of found) await markPartiesOfEvent(_id, capacity, signal)
      }
    },

    /** Marks the parties of all events. @throws AbortError */
    async markAllTooLargeParties(signal: AbortSignal): Promise<void> {
      for (let after: string | undefined = ''; after !== undefined;) {
        const found: { _id: string; capacity: number }[] = await findLimitedEvents({ _id: { $gt: after } })
        for (const { _id, capacity } of found) await markPartiesOfEvent(_id, capacity, signal)
        after = found.at(-1)?._id
      }
    },
  }
}
