import { mutationRejected } from '../../../packages/platform'
import { getPartySize, type Registration } from './registration'
import { startWaitlistPromotion, type SeatDecision, type Seats } from './seats'

/** Cancels a registration on request of a user. */
export function cancelRegistration(
  seats: Seats,
  existing: Registration | undefined,
  now: Date,
): SeatDecision {
  if (!existing) throw mutationRejected('NOT_FOUND', 'registrationId', 'There is no such registration.')
  if (existing.status === 'CANCELLED') return { seats, registration: existing, changed: false }
  if (existing.checkedInAt !== null) {
    throw mutationRejected('CONFLICT', 'registrationId', 'The ticket has already been checked in.')
  }
  return {
    seats: releaseSeats(seats, existing, now),
    registration: { ...existing, status: 'CANCELLED' },
    changed: true,
  }
}

/** Cancels a registration with its event. Does not start a promotion, since a cancelled event offers no seats. */
export function withdrawRegistration(
  seats: Seats,
  existing: Registration | undefined,
  now: Date,
): SeatDecision {
  if (!existing) throw mutationRejected('NOT_FOUND', 'registrationId', 'There is no such registration.')
  if (seats.status !== 'CANCELLED' || existing.status === 'CANCELLED') {
    return { seats, registration: existing, changed: false }
  }
  return {
    seats: releaseSeats(seats, existing, now),
    registration: { ...existing, status: 'CANCELLED', isWithdrawn: true },
    changed: true,
  }
}

/** Cancels and anonymizes the registration of a deleted user. */
export function anonymizeRegistration(
  seats: Seats,
  existing: Registration | undefined,
  now: Date,
): SeatDecision {
  if (!existing) throw mutationRejected('NOT_FOUND', 'userId', 'There is no such registration.')
  return {
    seats: releaseSeats(seats, existing, now),
    registration: { ...existing, userId: null, status: 'CANCELLED' },
    changed: true,
  }
}

/** Subtracts a registration from the counts; the seats of a confirmed one become free for the waitlist. */
function releaseSeats(seats: Seats, { status, guestCount, checkedInAt }: Registration, now: Date): Seats {
  switch (status) {
    case 'CANCELLED':
      return seats
    case 'WAITLISTED':
      return { ...seats, waitlistCount: seats.waitlistCount - 1 }
    case 'CONFIRMED':
      return startWaitlistPromotion(
        {
          ...seats,
          seatsTaken: seats.seatsTaken - getPartySize({ guestCount }),
          checkedInCount: seats.checkedInCount - (checkedInAt === null ? 0 : 1),
        },
        now,
      )
  }
}
