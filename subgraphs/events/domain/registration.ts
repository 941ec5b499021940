import { randomBytes } from 'node:crypto'

import { hasRole, isSelf, type Viewer } from '../../../packages/auth'
import { canCheckIn, canUpdate, type Event } from './event'

export type RegistrationStatus = 'CONFIRMED' | 'WAITLISTED' | 'CANCELLED'

export interface Registration {
  id: string
  eventId: string
  /** Null if the account was deleted. */
  userId: string | null
  status: RegistrationStatus
  /** The number of guests, 0 to 100; the party takes 1 + guestCount seats. */
  guestCount: number
  /** The order of arrival, assigned by the event document's atomic writes. */
  sequence: number
  /** The code that is scanned at check-in. */
  ticketCode: string
  registeredAt: Date
  /** When the first of the party arrived; null before. */
  checkedInAt: Date | null
  /** The number of people of the party who have been checked in. */
  arrivedCount: number
  /** Whether it was cancelled with its event. */
  isWithdrawn: boolean
  /** Whether the user was notified that the waiting party is larger than the capacity. */
  isTooLarge: boolean
}

/** Returns the number of seats that a registration takes: the user and the guests. */
export function getPartySize({ guestCount }: Pick<Registration, 'guestCount'>): number {
  return 1 + guestCount
}

/** The registered user and those who can see the event's attendees can see a registration. */
export function canSeeRegistration(viewer: Viewer, registration: Registration, event: Event): boolean {
  return isSelf(viewer, registration.userId) || hasRole(viewer, 'ADMIN') || canCheckIn(viewer, event)
}

/** The registered user, the organizer and administrators can cancel a registration; moderators cannot. */
export function canCancel(viewer: Viewer, registration: Registration, event: Event): boolean {
  return isSelf(viewer, registration.userId) || canUpdate(viewer, event)
}

/** Those who can cancel a registration can see its ticket code, while it is confirmed. */
export function canSeeTicket(viewer: Viewer, registration: Registration, event: Event): boolean {
  return registration.status === 'CONFIRMED' && canCancel(viewer, registration, event)
}

/** The user and administrators can see the list of a user's registrations. */
export function canSeeRegistrationsOf(viewer: Viewer, userId: string): boolean {
  return isSelf(viewer, userId) || hasRole(viewer, 'ADMIN')
}

const ticketLetters = 'ABCDEFGHJKMNPQRSTVWXYZ0123456789'

/** Creates an unguessable code: 26 characters of 5 random bits each, without the ambiguous letters I, L and O. */
export function createTicketCode(): string {
  return Array.from(randomBytes(26), (byte) => ticketLetters[byte & 31]).join('')
}
