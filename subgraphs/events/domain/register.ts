import { mutationRejected } from '../../../packages/platform'
import { getEventEnd, isRegistrationOpen } from './event'
import { getPartySize, type Registration } from './registration'
import { countFreeSeats, isLargerThanCapacity, type SeatDecision, type Seats } from './seats'

/** Registers a user. `id` is used for a new registration only. */
export interface RegisterRequest {
  kind: 'register'
  id: string
  userId: string
  guestCount: number
  ticketCode: string
  registeredAt: Date
  /** Whether an import records it. Imports can register for events that have ended, and any number of guests. */
  imported?: boolean
}

export function registerParty(
  seats: Seats,
  existing: Registration | undefined,
  request: RegisterRequest,
): SeatDecision {
  if (existing && existing.status !== 'CANCELLED') {
    if (existing.guestCount !== request.guestCount && !request.imported) {
      throw mutationRejected(
        'CONFLICT',
        'guestCount',
        'You are already registered with a different number of guests.',
      )
    }
    return { seats, registration: existing, changed: false }
  }
  // A repeated import must not restore a registration that was cancelled in the meantime.
  if (existing && request.imported) return { seats, registration: existing, changed: false }
  if (!request.imported) {
    requireOpen(seats, request.registeredAt, 'eventId')
    requireAllowedGuests(seats, request.guestCount)
  } else if (seats.status === 'CANCELLED') throw eventCancelled()
  if (isLargerThanCapacity(seats, request)) throw partyTooLarge()
  const party = getPartySize(request)
  const fits = party <= countFreeSeats(seats)
  const sequence = seats.sequence + 1
  return {
    seats: {
      ...seats,
      sequence,
      seatsTaken: seats.seatsTaken + (fits ? party : 0),
      waitlistCount: seats.waitlistCount + (fits ? 0 : 1),
    },
    registration: {
      id: existing?.id ?? request.id,
      eventId: seats.id,
      userId: request.userId,
      status: fits ? 'CONFIRMED' : 'WAITLISTED',
      guestCount: request.guestCount,
      sequence,
      ticketCode: request.ticketCode,
      registeredAt: request.registeredAt,
      checkedInAt: null,
      arrivedCount: 0,
      isWithdrawn: false,
      isTooLarge: false,
    },
    changed: true,
  }
}

/** @param field the field to report @throws MutationRejectedError with CLOSED unless registration is open */
export function requireOpen(seats: Seats, now: Date, field: string): void {
  if (isRegistrationOpen(seats, now)) return
  if (seats.status === 'CANCELLED') throw eventCancelled(field)
  throw mutationRejected('CLOSED', field, explainClosing(seats, now))
}

function explainClosing(seats: Seats, now: Date): string {
  if (seats.status === 'DRAFT') return 'The event is not published yet.'
  if (now >= getEventEnd(seats)) return 'The event has ended.'
  return seats.organizerId === null
    ? 'Registration is closed until the event has a new organizer.'
    : 'Registration is closed.'
}

/** @throws MutationRejectedError with OUT_OF_RANGE */
export function requireAllowedGuests({ maxGuests }: Pick<Seats, 'maxGuests'>, guestCount: number): void {
  if (guestCount <= maxGuests) return
  throw mutationRejected('OUT_OF_RANGE', 'guestCount', `Must be at most ${maxGuests} for this event.`)
}

export const partyTooLarge = () =>
  mutationRejected('FULL', 'guestCount', 'The party is larger than the capacity of the event.')

export const eventCancelled = (field = 'eventId') =>
  mutationRejected('CLOSED', field, 'The event is cancelled.')
