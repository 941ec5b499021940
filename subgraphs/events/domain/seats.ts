import { mutationRejected } from '../../../packages/platform'
import type { Event } from './event'
import { getPartySize, type Registration } from './registration'

/**
 * The seats of an event. The counts always equal those of its registrations.
 *
 * The rules in this file are pure: each takes the seats and the requested registration and returns both as they should
 * become. `repository/seatAllocator.ts` describes how a decision becomes one atomic write.
 */
export interface Seats extends Pick<
  Event,
  'id' | 'status' | 'startsAt' | 'capacity' | 'seatsTaken' | 'waitlistCount' | 'checkedInCount'
> {
  /** The sequence of the latest registration: the order of arrival. */
  sequence: number
  /**
   * The progress of a waitlist promotion: freed seats have been offered to waitlisted registrations up to this
   * sequence. Null if no promotion is pending. Until it is complete, no request is decided.
   */
  walkedTo: number | null
}

/** Registers a user. `id` is used for a new registration only. */
export interface RegisterRequest {
  kind: 'register'
  id: string
  userId: string
  guestCount: number
  ticketCode: string
  registeredAt: Date
  /** Whether an import records it. Imports can register for events that have started. */
  imported?: boolean
}

/** Cancels a registration on request of a user. */
interface CancelRequest {
  kind: 'cancel'
  registrationId: string
}

/** Checks a ticket in. */
interface CheckInRequest {
  kind: 'checkIn'
  ticketCode: string
  checkedInAt: Date
}

/** Cancels a registration because its event was cancelled, even if it is checked in. */
interface WithdrawRequest {
  kind: 'withdraw'
  registrationId: string
}

/** Cancels and anonymizes the registration of a deleted user. */
interface ForgetRequest {
  kind: 'forget'
  userId: string
}

export type SeatRequest = RegisterRequest | CancelRequest | CheckInRequest | WithdrawRequest | ForgetRequest

/** The result of a request. If nothing has changed, seats and registration are those that were given. */
export interface SeatDecision {
  seats: Seats
  registration: Registration
  changed: boolean
}

export const seatOutcomes = ['confirmed', 'waitlisted', 'promoted', 'cancelled', 'checkedIn'] as const

/** How a registration has changed. */
export type SeatOutcome = (typeof seatOutcomes)[number]

/** Called for each registration that was changed, once the change is stored. */
export type OnSeatOutcome = (outcome: SeatOutcome) => void

/** Returns how a request has changed a registration; undefined for one that was cancelled before. */
export function getSeatOutcome(
  { kind }: SeatRequest,
  before: Registration | undefined,
  after: Registration,
): SeatOutcome | undefined {
  if (kind === 'checkIn') return 'checkedIn'
  switch (after.status) {
    case 'CONFIRMED':
      return 'confirmed'
    case 'WAITLISTED':
      return 'waitlisted'
    case 'CANCELLED':
      return before?.status === 'CANCELLED' ? undefined : 'cancelled'
  }
}

/**
 * Decides one request.
 *
 * @param existing the registration from {@link findRequestedRegistration}
 * @throws MutationRejectedError if the request is rejected
 */
export function decideSeatRequest(
  seats: Seats,
  existing: Registration | undefined,
  request: SeatRequest,
  now: Date,
): SeatDecision {
  switch (request.kind) {
    case 'register':
      return register(seats, existing, request)
    case 'cancel':
      return cancel(seats, existing, now)
    case 'checkIn':
      return checkIn(seats, existing, request)
    case 'withdraw':
      return withdraw(seats, existing, now)
    case 'forget':
      return forget(seats, existing, now)
  }
}

/** Returns whether a request comes from an import. */
export const isImportRequest = (request: SeatRequest): boolean =>
  request.kind === 'register' && request.imported === true

/** Returns the registration that a request refers to; undefined if there is none. */
export function findRequestedRegistration(
  registrations: ReadonlyMap<string, Registration>,
  request: SeatRequest,
): Registration | undefined {
  switch (request.kind) {
    case 'register':
    case 'forget':
      return [...registrations.values()].find(({ userId }) => userId === request.userId)
    case 'cancel':
    case 'withdraw':
      return registrations.get(request.registrationId)
    case 'checkIn':
      return [...registrations.values()].find(({ ticketCode }) => ticketCode === request.ticketCode)
  }
}

function register(seats: Seats, existing: Registration | undefined, request: RegisterRequest): SeatDecision {
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
  if (!request.imported) requireOpen(seats, request.registeredAt)
  else if (seats.status === 'CANCELLED') throw isCancelled()
  const party = getPartySize(request)
  if (seats.capacity !== null && party > seats.capacity) {
    throw mutationRejected('FULL', 'guestCount', 'The party is larger than the capacity of the event.')
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
      id: existing?.id ?? request.id,
      eventId: seats.id,
      userId: request.userId,
      status: fits ? 'CONFIRMED' : 'WAITLISTED',
      guestCount: request.guestCount,
      sequence,
      ticketCode: request.ticketCode,
      registeredAt: request.registeredAt,
      checkedInAt: null,
      isWithdrawn: false,
    },
    changed: true,
  }
}

/**
 * Returns whether registration is open: while the event is published, until it starts. Promotion of the waitlist ends
 * with it.
 */
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
  throw mutationRejected('CLOSED', 'eventId', 'The event has started.')
}

const isCancelled = () => mutationRejected('CLOSED', 'eventId', 'The event is cancelled.')

function cancel(seats: Seats, existing: Registration | undefined, now: Date): SeatDecision {
  if (!existing) throw mutationRejected('NOT_FOUND', 'registrationId', 'There is no such registration.')
  if (existing.status === 'CANCELLED') return { seats, registration: existing, changed: false }
  if (existing.checkedInAt !== null) {
    throw mutationRejected('CONFLICT', 'registrationId', 'The ticket has already been checked in.')
  }
  return {
    seats: release(seats, existing, now),
    registration: { ...existing, status: 'CANCELLED' },
    changed: true,
  }
}

/** Does not start a promotion, since a cancelled event offers no seats. */
function withdraw(seats: Seats, existing: Registration | undefined, now: Date): SeatDecision {
  if (!existing) throw mutationRejected('NOT_FOUND', 'registrationId', 'There is no such registration.')
  if (seats.status !== 'CANCELLED' || existing.status === 'CANCELLED') {
    return { seats, registration: existing, changed: false }
  }
  return {
    seats: release(seats, existing, now),
    registration: { ...existing, status: 'CANCELLED', isWithdrawn: true },
    changed: true,
  }
}

function forget(seats: Seats, existing: Registration | undefined, now: Date): SeatDecision {
  if (!existing) throw mutationRejected('NOT_FOUND', 'userId', 'There is no such registration.')
  return {
    seats: release(seats, existing, now),
    registration: { ...existing, userId: null, status: 'CANCELLED' },
    changed: true,
  }
}

/** Subtracts a registration from the counts; the seats of a confirmed one become free for the waitlist. */
function release(seats: Seats, { status, guestCount, checkedInAt }: Registration, now: Date): Seats {
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

function checkIn(seats: Seats, existing: Registration | undefined, request: CheckInRequest): SeatDecision {
  if (existing?.status !== 'CONFIRMED') {
    throw mutationRejected('NOT_FOUND', 'ticketCode', 'This is not a valid ticket for the event.')
  }
  if (seats.status === 'CANCELLED') throw isCancelled()
  if (existing.checkedInAt !== null) return { seats, registration: existing, changed: false }
  return {
    seats: { ...seats, checkedInCount: seats.checkedInCount + 1 },
    registration: { ...existing, checkedInAt: request.checkedInAt },
    changed: true,
  }
}

/**
 * Starts a promotion of the waitlist after seats were freed, unless the waitlist is empty or registration is closed.
 */
export function startWaitlistPromotion(seats: Seats, now: Date): Seats {
  return seats.waitlistCount > 0 && isRegistrationOpen(seats, now) ? { ...seats, walkedTo: 0 } : seats
}

/** Returns the number of free seats; Infinity without a limit. */
export function countFreeSeats({ capacity, seatsTaken }: Pick<Seats, 'capacity' | 'seatsTaken'>): number {
  return capacity === null ? Infinity : capacity - seatsTaken
}

/**
 * Confirms the waitlisted parties that fit into the free seats, in order of arrival. Ends the promotion if registration
 * has closed in the meantime.
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
  const isComplete = isLastPage || countFreeSeats(current) <= 0 || current.waitlistCount === 0
  return {
    seats: { ...current, walkedTo: isComplete ? null : (waiting.at(-1)?.sequence ?? null) },
    confirmed,
  }
}
