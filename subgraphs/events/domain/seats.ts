import { isComing, type Event } from './event'
import { getPartySize, type Registration } from './registration'

/**
 * The seats of an event. The counts always equal those of its registrations.
 *
 * The rules of seats are pure: each takes the seats and the requested registration and returns both as they should
 * become. `repository/seatAllocator.ts` describes how a decision becomes one atomic write.
 */
export interface Seats extends Pick<
  Event,
  | 'id'
  | 'status'
  | 'startsAt'
  | 'endsAt'
  | 'registrationClosesAt'
  | 'organizerId'
  | 'capacity'
  | 'maxGuests'
  | 'seatsTaken'
  | 'waitlistCount'
  | 'checkedInCount'
> {
  /** The sequence of the latest registration: the order of arrival. */
  sequence: number
  /**
   * The progress of a waitlist promotion: freed seats have been offered to waitlisted registrations up to this
   * sequence. Null if no promotion is pending. Until it is complete, no request is decided.
   */
  walkedTo: number | null
}

/** The result of a request. If nothing has changed, seats and registration are those that were given. */
export interface SeatDecision {
  seats: Seats
  registration: Registration
  changed: boolean
}

/** Returns the number of free seats; Infinity without a limit. */
export function countFreeSeats({ capacity, seatsTaken }: Pick<Seats, 'capacity' | 'seatsTaken'>): number {
  return capacity === null ? Infinity : capacity - seatsTaken
}

/** Returns whether a party is larger than the capacity, so that it can never get seats. */
export function isLargerThanCapacity(
  { capacity }: Pick<Seats, 'capacity'>,
  party: Pick<Registration, 'guestCount'>,
): boolean {
  return capacity !== null && getPartySize(party) > capacity
}

/** Starts a promotion of the waitlist after seats were freed, unless the waitlist is empty or the event has ended. */
export function startWaitlistPromotion(seats: Seats, now: Date): Seats {
  return seats.waitlistCount > 0 && isComing(seats, now) ? { ...seats, walkedTo: 0 } : seats
}

/**
 * Confirms the waitlisted parties that fit into the free seats, in order of arrival. Stops the promotion if the event has
 * ended or was cancelled in the meantime.
 *
 * @param waiting the next waitlisted registrations, each of which fits by itself
 * @param isLastPage whether no later party fits
 */
export function promoteWaitlistPage(
  seats: Seats,
  waiting: readonly Registration[],
  isLastPage: boolean,
  now: Date,
): { seats: Seats; confirmed: Registration[] } {
  if (!isComing(seats, now)) return { seats: { ...seats, walkedTo: null }, confirmed: [] }
  const confirmed: Registration[] = []
  let current = seats
  for (const registration of waiting) {
    const party = getPartySize(registration)
    if (party > countFreeSeats(current)) continue
    confirmed.push({ ...registration, status: 'CONFIRMED' })
    current = {
      ...current,
      seatsTaken: current.seatsTaken + party,
      waitlistCount: current.waitlistCount - 1,
    }
  }
  const isComplete = isLastPage || countFreeSeats(current) <= 0 || current.waitlistCount === 0
  return {
    seats: { ...current, walkedTo: isComplete ? null : (waiting.at(-1)?.sequence ?? null) },
    confirmed,
  }
}
