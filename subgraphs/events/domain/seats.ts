import { mutationRejected } from '../../../packages/platform/errors'
import type { Event } from './event'
import { getPartySize, type Registration } from './registration'

/**
 * What an event knows of its seats: the counts are those of its registrations, always.
 *
 * These rules are pure: each takes the seats and the one registration that is concerned as they are, and gives both
 * as they shall be. `repository/ledger.ts` says how that becomes one atomic write.
 */
export interface Seats extends Pick<
  Event,
  'id' | 'status' | 'startsAt' | 'capacity' | 'seatsTaken' | 'waitlistCount' | 'checkedInCount'
> {
  /** The last place in the order of arrival that was given. */
  sequence: number
  /**
   * Seats have become free and are first to be offered to those who wait; whoever has a sequence up to this one was
   * asked already. Null when there is nothing to offer. Nobody new is decided upon before this is done.
   */
  walkedTo: number | null
}

/** Somebody wants to come. The `id` and the `ticketCode` are those of a registration that is yet to be made. */
export interface RegisterRequest {
  kind: 'register'
  id: string
  userId: string
  guestCount: number
  ticketCode: string
  registeredAt: Date
  /** Somebody who came to an event of the past, as an import knows it: no event is closed to them. */
  imported?: boolean
}

/** A registration is to be cancelled. */
export interface CancelRequest {
  kind: 'cancel'
  registrationId: string
}

/** A ticket is shown at the door. */
export interface CheckInRequest {
  kind: 'checkIn'
  ticketCode: string
  checkedInAt: Date
}

/** The event is cancelled, and a registration with it, whatever has become of it. Nobody has asked for that. */
export interface WithdrawRequest {
  kind: 'withdraw'
  registrationId: string
}

/** An account is gone: its place becomes free, and nothing stays that says whose it was. */
export interface ForgetRequest {
  kind: 'forget'
  userId: string
}

export type SeatRequest = RegisterRequest | CancelRequest | CheckInRequest | WithdrawRequest | ForgetRequest

/** What became of a request. Where nothing has changed, seats and registration are those that were given. */
export interface SeatDecision {
  seats: Seats
  registration: Registration
  changed: boolean
}

/**
 * Decides one request.
 *
 * @param known the registration concerned, where there is one: the user's, the one to cancel or to withdraw, the ticket's
 * @throws Refused; nothing changes then
 */
export function decideSeatRequest(
  seats: Seats,
  known: Registration | undefined,
  request: SeatRequest,
  now: Date,
): SeatDecision {
  switch (request.kind) {
    case 'register':
      return register(seats, known, request)
    case 'cancel':
      return cancel(seats, known, now)
    case 'checkIn':
      return checkIn(seats, known, request)
    case 'withdraw':
      return withdraw(seats, known, now)
    case 'forget':
      return forget(seats, known, now)
  }
}

function register(seats: Seats, known: Registration | undefined, request: RegisterRequest): SeatDecision {
  if (known && known.status !== 'CANCELLED') {
    if (known.guestCount !== request.guestCount && !request.imported) {
      throw mutationRejected(
        'CONFLICT',
        'guestCount',
        'There is a registration with another number of guests.',
      )
    }
    return { seats, registration: known, changed: false }
  }
  // What people have cancelled since stays cancelled when the import is run again.
  if (known && request.imported) return { seats, registration: known, changed: false }
  if (!request.imported) requireOpen(seats, request.registeredAt)
  else if (seats.status === 'CANCELLED') throw isCancelled()
  const party = getPartySize(request)
  if (seats.capacity !== null && party > seats.capacity) {
    throw mutationRejected('FULL', 'guestCount', 'The event does not have as many seats.')
  }
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
      id: known?.id ?? request.id,
      eventId: seats.id,
      userId: request.userId,
      status: fits ? 'CONFIRMED' : 'WAITLISTED',
      guestCount: request.guestCount,
      sequence,
      ticketCode: request.ticketCode,
      registeredAt: request.registeredAt,
      checkedInAt: null,
    },
    changed: true,
  }
}

/** Returns whether people can register, and free seats are offered to the waitlist: until the event starts. */
export function isRegistrationOpen(
  { status, startsAt }: Pick<Seats, 'status' | 'startsAt'>,
  now: Date,
): boolean {
  return status === 'PUBLISHED' && now < startsAt
}

function requireOpen(seats: Seats, now: Date): void {
  if (isRegistrationOpen(seats, now)) return
  if (seats.status === 'DRAFT') throw mutationRejected('CLOSED', 'eventId', 'The event is not published yet.')
  if (seats.status === 'CANCELLED') throw isCancelled()
  throw mutationRejected('CLOSED', 'eventId', 'The event has begun.')
}

const isCancelled = () => mutationRejected('CLOSED', 'eventId', 'The event is cancelled.')

function cancel(seats: Seats, known: Registration | undefined, now: Date): SeatDecision {
  if (!known) throw mutationRejected('NOT_FOUND', 'registrationId', 'There is no such registration.')
  if (known.status === 'CANCELLED') return { seats, registration: known, changed: false }
  if (known.checkedInAt !== null) {
    throw mutationRejected('CONFLICT', 'registrationId', 'The ticket was already let in at the door.')
  }
  return { seats: without(seats, known, now), registration: { ...known, status: 'CANCELLED' }, changed: true }
}

/** Nobody is moved up: at a cancelled event no seats are offered. */
function withdraw(seats: Seats, known: Registration | undefined, now: Date): SeatDecision {
  if (!known) throw mutationRejected('NOT_FOUND', 'registrationId', 'There is no such registration.')
  if (seats.status !== 'CANCELLED' || known.status === 'CANCELLED') {
    return { seats, registration: known, changed: false }
  }
  return { seats: without(seats, known, now), registration: { ...known, status: 'CANCELLED' }, changed: true }
}

function forget(seats: Seats, known: Registration | undefined, now: Date): SeatDecision {
  if (!known) throw mutationRejected('NOT_FOUND', 'userId', 'There is no such registration.')
  return {
    seats: without(seats, known, now),
    registration: { ...known, userId: null, status: 'CANCELLED' },
    changed: true,
  }
}

/** The seats when a registration counts no more: who has seats gives them back, who waits leaves the line. */
function without(seats: Seats, { status, guestCount, checkedInAt }: Registration, now: Date): Seats {
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

function checkIn(seats: Seats, known: Registration | undefined, request: CheckInRequest): SeatDecision {
  if (known?.status !== 'CONFIRMED') {
    throw mutationRejected('NOT_FOUND', 'ticketCode', 'This is no valid ticket of the event.')
  }
  if (seats.status === 'CANCELLED') throw isCancelled()
  if (known.checkedInAt !== null) return { seats, registration: known, changed: false }
  return {
    seats: { ...seats, checkedInCount: seats.checkedInCount + 1 },
    registration: { ...known, checkedInAt: request.checkedInAt },
    changed: true,
  }
}

/** Seats have become free: from now on those who wait come first, until all who fit have been asked. */
export function startWaitlistPromotion(seats: Seats, now: Date): Seats {
  return seats.waitlistCount > 0 && isRegistrationOpen(seats, now) ? { ...seats, walkedTo: 0 } : seats
}

/** How many seats are free; Infinity where there is no limit. */
export function countFreeSeats({ capacity, seatsTaken }: Pick<Seats, 'capacity' | 'seatsTaken'>): number {
  return capacity === null ? Infinity : capacity - seatsTaken
}

/**
 * Promotes the parties of the waitlist that fit, in order, unless registration has ended in the meantime.
 *
 * @param waiting the next ones in line who are not above the free seats by themselves
 * @param isRest whether nobody who fits stands behind them
 */
export function promoteWaitlist(
  seats: Seats,
  waiting: readonly Registration[],
  isRest: boolean,
  now: Date,
): { seats: Seats; confirmed: Registration[] } {
  if (!isRegistrationOpen(seats, now)) return { seats: { ...seats, walkedTo: null }, confirmed: [] }
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
  const isOver = isRest || countFreeSeats(current) <= 0 || current.waitlistCount === 0
  return { seats: { ...current, walkedTo: isOver ? null : (waiting.at(-1)?.sequence ?? null) }, confirmed }
}
