import { isSelf, isSuspended, logModeration, requireExistingAccount } from '../../../packages/auth'
import { firstCodePoints, forbidden, mutationRejected } from '../../../packages/platform'
import { isId, newId, requireId } from '../../../schema/ids'
import { InputValidator } from '../../../packages/subgraph-kit/input'
import { canCheckIn, canSee, isRegistrationOpen, maxGuestCount, type Event } from '../domain/event'
import {
  canCancel,
  canSeeRegistration,
  canSeeTicket,
  createTicketCode,
  type Registration,
} from '../domain/registration'
import type { SeatRequest } from '../domain/seatRequests'
import { undoWritesOfDeletedUser } from './concurrentDeletion'
import type { EventsServiceDependencies } from './dependencies'

/** A registration after a request, and its event with the resulting counts. */
interface RegistrationResult {
  registration: Registration
  event: Event
}

/** Creates the use cases of registrations. */
export function createRegistrationUseCases(dependencies: EventsServiceDependencies) {
  const { viewer, repository, loaders, deletedUsers, logSecurity, checkInOpensBeforeMs, now } = dependencies

  /** Returns a registration and its event; null if it does not exist or the viewer cannot see it. */
  async function findVisibleRegistration(
    id: string,
  ): Promise<{ registration: Registration; event: Event } | null> {
    const registration = await loaders.registrationById.load(id)
    const event = registration && (await loaders.eventById.load(registration.eventId))
    return event && canSeeRegistration(viewer, registration, event) ? { registration, event } : null
  }

  /** @throws BAD_USER_INPUT; MutationRejectedError with NOT_FOUND if the viewer cannot see the registration */
  async function requireVisibleRegistration(id: string) {
    const found = await findVisibleRegistration(requireId('Registration', id, ['input', 'registrationId']))
    if (!found) throw mutationRejected('NOT_FOUND', 'registrationId', 'There is no such registration.')
    return found
  }

  /** @throws MutationRejectedError with NOT_FOUND if the viewer cannot see the event */
  async function requireVisibleEvent(id: string): Promise<Event> {
    const event = await loaders.eventById.load(id)
    if (!event || !canSee(viewer, event))
      throw mutationRejected('NOT_FOUND', 'eventId', 'There is no such event.')
    return event
  }

  async function submitRequest(
    event: Event,
    request: SeatRequest,
  ): Promise<RegistrationResult & { changed: boolean }> {
    const { registration, changed, seats } = await repository.submitSeatRequest(event.id, request)
    loaders.clearAll()
    const { status, startsAt, endsAt, registrationClosesAt, organizerId, capacity, maxGuests } = seats
    const { seatsTaken, waitlistCount, checkedInCount } = seats
    const updated: Event = {
      ...event,
      ...{ status, startsAt, endsAt, registrationClosesAt, organizerId, capacity, maxGuests },
      ...{ seatsTaken, waitlistCount, checkedInCount },
    }
    loaders.eventById.prime(event.id, updated)
    return { registration, changed, event: updated }
  }

  return {
    /** Resolves a reference from another subgraph; null also for an invalid ID. */
    async registrationReference(id: string): Promise<Registration | null> {
      const found = isId('Registration', id) ? await findVisibleRegistration(id) : null
      return found && found.registration
    },

    /** Returns the viewer's own registration for an event. */
    viewerRegistration: async (event: Event): Promise<Registration | null> =>
      viewer.kind === 'signedIn' ? loaders.registrationByEvent.load(event.id) : null,

    eventOfRegistration: (registration: Registration): Promise<Event | null> =>
      loaders.eventById.load(registration.eventId),

    /** Returns 1 for the first on the waitlist; null unless waitlisted. */
    async waitlistPosition(registration: Registration): Promise<number | null> {
      if (registration.status !== 'WAITLISTED') return null
      const event = await loaders.eventById.load(registration.eventId)
      const { id, eventId, sequence } = registration
      const waitlistCount = event?.waitlistCount ?? 0
      return 1 + (await loaders.waitlistAheadByRegistration.load({ id, eventId, sequence, waitlistCount }))
    },

    /** Returns the code that is scanned at check-in; null unless the viewer can see it. */
    async ticketCode(registration: Registration): Promise<string | null> {
      if (registration.status !== 'CONFIRMED') return null
      if (isSelf(viewer, registration.userId)) return registration.ticketCode
      const event = await loaders.eventById.load(registration.eventId)
      return event && canSeeTicket(viewer, registration, event) ? registration.ticketCode : null
    },

    /**
     * Registers the viewer, or puts the party on the waitlist if it does not fit; idempotent.
     *
     * @throws UNAUTHENTICATED, BAD_USER_INPUT; MutationRejectedError with OUT_OF_RANGE, NOT_FOUND, CLOSED, FULL,
     *   CONFLICT
     */
    async registerForEvent(input: { eventId: string; guestCount?: number }): Promise<RegistrationResult> {
      const { id: userId } = await requireExistingAccount(viewer, deletedUsers.isDeleted)
      const eventId = requireId('Event', input.eventId, ['input', 'eventId'])
      const check = new InputValidator()
      const guestCount = check.readNumber('guestCount', input.guestCount ?? 0, 0, maxGuestCount)
      check.throwIfInvalid()
      const event = await requireVisibleEvent(eventId)
      const registeredAt = now()
      const id = newId('Registration', registeredAt.getTime())
      const ticketCode = createTicketCode()
      const result = await submitRequest(event, {
        kind: 'register',
        id,
        userId,
        guestCount,
        ticketCode,
        registeredAt,
      })
      await undoWritesOfDeletedUser(userId, dependencies)
      return result
    },

    /** Returns whether the viewer could register now, if only on the waitlist. */
    async viewerCanRegister(event: Event): Promise<boolean> {
      if (viewer.kind !== 'signedIn' || isSuspended(viewer, now())) return false
      if (!isRegistrationOpen(event, now())) return false
      const own = await loaders.registrationByEvent.load(event.id)
      return !own || own.status === 'CANCELLED'
    },

    /**
     * Changes the number of guests of a registration; idempotent.
     *
     * @throws UNAUTHENTICATED, BAD_USER_INPUT, FORBIDDEN; MutationRejectedError with NOT_FOUND, OUT_OF_RANGE, FULL, CLOSED,
     *   CONFLICT
     */
    async updateRegistration(input: {
      registrationId: string
      guestCount: number
    }): Promise<RegistrationResult> {
      await requireExistingAccount(viewer, deletedUsers.isDeleted)
      const { registration, event } = await requireVisibleRegistration(input.registrationId)
      if (!canCancel(viewer, registration, event)) throw forbidden()
      const check = new InputValidator()
      const guestCount = check.readNumber('guestCount', input.guestCount, 0, maxGuestCount)
      check.throwIfInvalid()
      const { id, userId: ownerId } = registration
      const result = await submitRequest(event, { kind: 'resize', registrationId: id, guestCount })
      if (result.changed) logModeration(logSecurity, viewer, { action: 'registration.updated', id, ownerId })
      return result
    },

    /**
     * Cancels a registration; idempotent.
     *
     * @throws UNAUTHENTICATED, BAD_USER_INPUT, FORBIDDEN; MutationRejectedError with NOT_FOUND, or with CONFLICT after
     *   check-in
     */
    async cancelRegistration(id: string): Promise<RegistrationResult> {
      await requireExistingAccount(viewer, deletedUsers.isDeleted)
      const found = await requireVisibleRegistration(id)
      if (!canCancel(viewer, found.registration, found.event)) throw forbidden()
      const result = await submitRequest(found.event, { kind: 'cancel', registrationId: id })
      const { userId: ownerId } = found.registration
      if (result.changed)
        logModeration(logSecurity, viewer, { action: 'registration.cancelled', id, ownerId })
      return result
    },

    /**
     * Checks people of a party in; idempotent once all have arrived.
     *
     * @throws UNAUTHENTICATED, BAD_USER_INPUT, FORBIDDEN; MutationRejectedError with NOT_FOUND, OUT_OF_RANGE, or with CLOSED
     *   for a cancelled event and before check-in opens
     */
    async checkIn(input: { eventId: string; ticketCode: string; arriving?: number | null }) {
      await requireExistingAccount(viewer, deletedUsers.isDeleted)
      const eventId = requireId('Event', input.eventId, ['input', 'eventId'])
      const event = await requireVisibleEvent(eventId)
      if (!canCheckIn(viewer, event)) throw forbidden()
      const ticketCode = firstCodePoints(input.ticketCode.trim(), 100).toUpperCase()
      const check = new InputValidator()
      const arriving =
        input.arriving == null ? null : check.readNumber('arriving', input.arriving, 1, 1 + maxGuestCount)
      check.throwIfInvalid()
      const { registration, changed } = await submitRequest(event, {
        kind: 'checkIn',
        ticketCode,
        arriving,
        checkedInAt: now(),
        opensBeforeMs: checkInOpensBeforeMs,
      })
      return { registration, alreadyCheckedIn: !changed }
    },

    /**
     * Undoes the check-in of a whole party; idempotent.
     *
     * @throws UNAUTHENTICATED, BAD_USER_INPUT, FORBIDDEN; MutationRejectedError with NOT_FOUND, CONFLICT
     */
    async undoCheckIn(id: string): Promise<RegistrationResult> {
      await requireExistingAccount(viewer, deletedUsers.isDeleted)
      const { event } = await requireVisibleRegistration(id)
      if (!canCheckIn(viewer, event)) throw forbidden()
      return submitRequest(event, { kind: 'undoCheckIn', registrationId: id })
    },
  }
}
