import { checkIn, undoCheckIn, type CheckInRequest } from './checkIn'
import { markTooLarge, resizeParty, type ResizeRequest } from './partySize'
import { registerParty, type RegisterRequest } from './register'
import type { Registration } from './registration'
import { anonymizeRegistration, cancelRegistration, withdrawRegistration } from './release'
import type { SeatDecision, Seats } from './seats'

/** A request about one registration, by its ID. */
interface RegistrationRequest {
  /**
   * - `cancel`: cancels it on request of a user
   * - `withdraw`: cancels it because its event was cancelled, even if it is checked in
   * - `undoCheckIn`: undoes the check-in of its party
   * - `markTooLarge`: marks it if it waits and is larger than the capacity, so that its user is notified once
   */
  kind: 'cancel' | 'withdraw' | 'undoCheckIn' | 'markTooLarge'
  registrationId: string
}

/** Cancels and anonymizes the registration of a deleted user. */
interface AnonymizeRequest {
  kind: 'anonymize'
  userId: string
}

export type SeatRequest =
  RegisterRequest | ResizeRequest | CheckInRequest | RegistrationRequest | AnonymizeRequest

export const seatOutcomes = ['confirmed', 'waitlisted', 'promoted', 'cancelled', 'checkedIn'] as const

/** How a registration has changed. */
export type SeatOutcome = (typeof seatOutcomes)[number]

/** Called for each registration that was changed, once the change is stored. */
export type OnSeatOutcome = (outcome: SeatOutcome) => void

/** Returns how a request has changed a registration; undefined if its status is the same. */
export function getSeatOutcome(
  { kind }: SeatRequest,
  before: Registration | undefined,
  after: Registration,
): SeatOutcome | undefined {
  if (kind === 'checkIn') return before?.checkedInAt === null ? 'checkedIn' : undefined
  if (before?.status === after.status) return undefined
  switch (after.status) {
    case 'CONFIRMED':
      return before?.status === 'WAITLISTED' ? 'promoted' : 'confirmed'
    case 'WAITLISTED':
      return 'waitlisted'
    case 'CANCELLED':
      return 'cancelled'
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
      return registerParty(seats, existing, request)
    case 'resize':
      return resizeParty(seats, existing, request, now)
    case 'cancel':
      return cancelRegistration(seats, existing, now)
    case 'checkIn':
      return checkIn(seats, existing, request)
    case 'undoCheckIn':
      return undoCheckIn(seats, existing)
    case 'markTooLarge':
      return markTooLarge(seats, existing)
    case 'withdraw':
      return withdrawRegistration(seats, existing, now)
    case 'anonymize':
      return anonymizeRegistration(seats, existing, now)
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
    case 'anonymize':
      return [...registrations.values()].find(({ userId }) => userId === request.userId)
    case 'checkIn':
      return [...registrations.values()].find(({ ticketCode }) => ticketCode === request.ticketCode)
    default:
      return registrations.get(request.registrationId)
  }
}
