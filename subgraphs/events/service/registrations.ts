import { forbidden, mutationRejected } from '../../../packages/platform/errors'
import { isId, newId, requireId } from '../../../packages/platform/ids/ids'
import { InputValidator } from '../../../packages/subgraph-kit/input/inputValidator'
import { logModeration } from '../../../packages/auth/securityLog'
import { firstCodePoints } from '../../../packages/platform/text/text'
import { isSelf, requireExistingAccount } from '../../../packages/auth/viewer'
import { canCheckIn, canSee, type Event } from '../domain/event'
import {
  canCancel,
  canSeeRegistration,
  canSeeTicket,
  createTicketCode,
  type Registration,
} from '../domain/registration'
import type { SeatRequest } from '../domain/seats'
import type { EventsServiceDependencies } from './dependencies'
import { undoWritesOfDeletedUser } from './concurrentDeletion'

/** A registration as it is now, and its event with its new counts. */
export interface RegistrationResult {
  registration: Registration
  event: Event
}

/** The use cases of registrations. */
export function createRegistrationUseCases(dependencies: EventsServiceDependencies) {
  const { viewer, repository, loaders, isUserDeleted, logSecurity, now } = dependencies

  /** The registration where there is one that shows to the viewer, and its event. */
  async function find(id: string): Promise<{ registration: Registration; event: Event } | null> {
    const registration = await loaders.registrationById.load(id)
    const event = registration && (await loaders.eventById.load(registration.eventId))
    return event && canSeeRegistration(viewer, registration, event) ? { registration, event } : null
  }

  /** @throws Refused with NOT_FOUND for an event that does not show to the viewer */
  async function requireEvent(id: string): Promise<Event> {
    const event = await loaders.eventById.load(id)
    if (!event || !canSee(viewer, event))
      throw mutationRejected('NOT_FOUND', 'eventId', 'There is no such event.')
    return event
  }

  async function submit(
    event: Event,
    request: SeatRequest,
  ): Promise<RegistrationResult & { changed: boolean }> {
    const { registration, changed, seats } = await repository.submitSeatRequest(event.id, request)
    loaders.clearAll()
    const { status, startsAt, capacity, seatsTaken, waitlistCount, checkedInCount } = seats
    const now = { ...event, status, startsAt, capacity, seatsTaken, waitlistCount, checkedInCount }
    loaders.eventById.prime(event.id, now)
    return { registration, changed, event: now }
  }

  return {
    /** The registration that another subgraph refers to; null for what is no registration's ID too. */
    async registrationReference(id: string): Promise<Registration | null> {
      const found = isId('Registration', id) ? await find(id) : null
      return found && found.registration
    },

    /** The viewer's own registration for an event. */
    viewerRegistration: async (event: Event): Promise<Registration | null> =>
      viewer.kind === 'signedIn' ? loaders.registrationByEvent.load(event.id) : null,

    /** The event that a registration is for. */
    eventOf: (registration: Registration): Promise<Event | null> =>
      loaders.eventById.load(registration.eventId),

    /** 1 for the next in line; null unless waitlisted. */
    async waitlistPosition(registration: Registration): Promise<number | null> {
      if (registration.status !== 'WAITLISTED') return null
      const event = await loaders.eventById.load(registration.eventId)
      const { id, eventId, sequence } = registration
      const waitlistCount = event?.waitlistCount ?? 0
      return 1 + (await loaders.waitlistAheadByRegistration.load({ id, eventId, sequence, waitlistCount }))
    },

    /** What the door scans; null unless the viewer may see it. */
    async ticketCode(registration: Registration): Promise<string | null> {
      if (registration.status !== 'CONFIRMED') return null
      if (isSelf(viewer, registration.userId)) return registration.ticketCode
      const event = await loaders.eventById.load(registration.eventId)
      return event && canSeeTicket(viewer, registration, event) ? registration.ticketCode : null
    },

    /**
     * Takes seats for the viewer's party, or a place on the waitlist.
     *
     * @throws UNAUTHENTICATED, BAD_USER_INPUT; Refused: OUT_OF_RANGE, NOT_FOUND, CLOSED, FULL, CONFLICT
     */
    async register(input: { eventId: string; guestCount?: number }): Promise<RegistrationResult> {
      const { id: userId } = await requireExistingAccount(viewer, isUserDeleted)
      const eventId = requireId('Event', input.eventId, ['input', 'eventId'])
      const check = new InputValidator()
      const guestCount = check.readNumber('guestCount', input.guestCount ?? 0, 0, 100)
      check.throwIfInvalid()
      const event = await requireEvent(eventId)
      const registeredAt = now()
      const id = newId('Registration', registeredAt.getTime())
      const ticketCode = createTicketCode()
      const registered = await submit(event, {
        kind: 'register',
        id,
        userId,
        guestCount,
        ticketCode,
        registeredAt,
      })
      await undoWritesOfDeletedUser(userId, dependencies)
      return registered
    },

    /**
     * Gives a registration's seats back; repeating it changes nothing.
     *
     * @throws UNAUTHENTICATED, BAD_USER_INPUT, FORBIDDEN; Refused: NOT_FOUND, CONFLICT once the ticket was let in
     */
    async cancelRegistration(id: string): Promise<RegistrationResult> {
      await requireExistingAccount(viewer, isUserDeleted)
      const found = await find(requireId('Registration', id, ['input', 'registrationId']))
      if (!found) throw mutationRejected('NOT_FOUND', 'registrationId', 'There is no such registration.')
      if (!canCancel(viewer, found.registration, found.event)) throw forbidden()
      const cancelled = await submit(found.event, { kind: 'cancel', registrationId: id })
      const { userId: ownerId } = found.registration
      if (cancelled.changed)
        logModeration(logSecurity, viewer, { action: 'registration.cancelled', id, ownerId })
      return cancelled
    },

    /**
     * Lets a ticket in.
     *
     * @throws UNAUTHENTICATED, BAD_USER_INPUT, FORBIDDEN; Refused: NOT_FOUND, CLOSED for a cancelled event
     */
    async checkIn(input: { eventId: string; ticketCode: string }) {
      await requireExistingAccount(viewer, isUserDeleted)
      const eventId = requireId('Event', input.eventId, ['input', 'eventId'])
      const event = await requireEvent(eventId)
      if (!canCheckIn(viewer, event)) throw forbidden()
      const ticketCode = firstCodePoints(input.ticketCode.trim(), 100).toUpperCase()
      const { registration, changed } = await submit(event, {
        kind: 'checkIn',
        ticketCode,
        checkedInAt: now(),
      })
      return { registration, alreadyCheckedIn: !changed }
    },
  }
}
