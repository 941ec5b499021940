import { mutationRejected } from '../../../packages/platform'
import { getEventEnd } from './event'
import { eventCancelled, partyTooLarge, requireAllowedGuests, requireOpen } from './register'
import { getPartySize, type Registration } from './registration'
import {
  countFreeSeats,
  isLargerThanCapacity,
  startWaitlistPromotion,
  type SeatDecision,
  type Seats,
} from './seats'

/** Changes the number of guests of a registration. */
export interface ResizeRequest {
  kind: 'resize'
  registrationId: string
  guestCount: number
}

/**
 * Changes the number of guests. Fewer guests are possible until the event ends, more guests while registration is open. A
 * waiting party keeps its place, and is confirmed if it now fits.
 */
export function resizeParty(
  seats: Seats,
  existing: Registration | undefined,
  { guestCount }: ResizeRequest,
  now: Date,
): SeatDecision {
  if (!existing) throw mutationRejected('NOT_FOUND', 'registrationId', 'There is no such registration.')
  if (seats.status === 'CANCELLED') throw eventCancelled('registrationId')
  if (existing.status === 'CANCELLED') {
    throw mutationRejected('CONFLICT', 'registrationId', 'The registration is cancelled.')
  }
  if (existing.guestCount === guestCount) return { seats, registration: existing, changed: false }
  if (guestCount > existing.guestCount) {
    requireOpen(seats, now, 'registrationId')
    requireAllowedGuests(seats, guestCount)
  } else if (now >= getEventEnd(seats)) {
    throw mutationRejected('CLOSED', 'registrationId', 'The event has ended.')
  }
  const resized = { ...existing, guestCount }
  return existing.status === 'CONFIRMED'
    ? resizeConfirmed(seats, existing, resized, now)
    : resizeWaiting(seats, existing, resized)
}

function resizeConfirmed(seats: Seats, before: Registration, after: Registration, now: Date): SeatDecision {
  const added = after.guestCount - before.guestCount
  if (getPartySize(after) < after.arrivedCount) {
    throw mutationRejected('CONFLICT', 'guestCount', `${after.arrivedCount} people have already arrived.`)
  }
  if (added > countFreeSeats(seats)) {
    throw mutationRejected('FULL', 'guestCount', 'There are not enough free seats.')
  }
  const resized = { ...seats, seatsTaken: seats.seatsTaken + added }
  return {
    seats: added < 0 ? startWaitlistPromotion(resized, now) : resized,
    registration: after,
    changed: true,
  }
}

/** No other party can fit now that did not before, so that the waitlist need not be promoted. */
function resizeWaiting(seats: Seats, before: Registration, after: Registration): SeatDecision {
  if (isLargerThanCapacity(seats, after)) {
    if (after.guestCount > before.guestCount) throw partyTooLarge()
    return { seats, registration: after, changed: true }
  }
  const registration = { ...after, isTooLarge: false }
  const size = getPartySize(registration)
  if (size > countFreeSeats(seats)) return { seats, registration, changed: true }
  return {
    seats: {
      ...seats,
      seatsTaken: seats.seatsTaken + size,
      waitlistCount: seats.waitlistCount - 1,
    },
    registration: { ...registration, status: 'CONFIRMED' },
    changed: true,
  }
}

export function markTooLarge(seats: Seats, existing: Registration | undefined): SeatDecision {
  if (!existing) throw mutationRejected('NOT_FOUND', 'registrationId', 'There is no such registration.')
  const isMarkable =
    existing.status === 'WAITLISTED' && isLargerThanCapacity(seats, existing) && !existing.isTooLarge
  return isMarkable
    ? { seats, registration: { ...existing, isTooLarge: true }, changed: true }
    : { seats, registration: existing, changed: false }
}
