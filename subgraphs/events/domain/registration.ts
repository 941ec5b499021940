import { randomBytes } from 'node:crypto'

import type { KeyValue, Order } from '../../../packages/subgraph-kit/graphql/pagination'
import { hasRole, isSelf, type Viewer } from '../../../packages/auth/viewer'
import { canCheckIn, canUpdate, type Event } from './event'

export type RegistrationStatus = 'CONFIRMED' | 'WAITLISTED' | 'CANCELLED'

export interface Registration {
  id: string
  eventId: string
  /** Null when the account is gone. */
  userId: string | null
  status: RegistrationStatus
  /** People brought along, 0 to 100; the party takes 1 + guestCount seats. */
  guestCount: number
  /** The order of arrival at the event: the order of the event document's atomic writes. */
  sequence: number
  /** What the door scans. */
  ticketCode: string
  registeredAt: Date
  checkedInAt: Date | null
}

/** The seats that a registration takes: the guests and the one who brings them. */
export function getPartySize({ guestCount }: Pick<Registration, 'guestCount'>): number {
  return 1 + guestCount
}

/** Shows to the registered user, and to those who may see the event's attendees. */
export function canSeeRegistration(viewer: Viewer, registration: Registration, event: Event): boolean {
  return isSelf(viewer, registration.userId) || hasRole(viewer, 'ADMIN') || canCheckIn(viewer, event)
}

/** To cancel it is for the registered user, the event's organizer and administrators; moderators may not. */
export function canCancel(viewer: Viewer, registration: Registration, event: Event): boolean {
  return isSelf(viewer, registration.userId) || canUpdate(viewer, event)
}

/** The ticket shows to the same people, and only while it lets somebody in. */
export function canSeeTicket(viewer: Viewer, registration: Registration, event: Event): boolean {
  return registration.status === 'CONFIRMED' && canCancel(viewer, registration, event)
}

/** A user's registrations show to that user and to administrators. */
export function canSeeRegistrationsOf(viewer: Viewer, userId: string): boolean {
  return isSelf(viewer, userId) || hasRole(viewer, 'ADMIN')
}

/** An event's registrations, as they came. */
export const arrivalOrder: Order = [
  { field: 'sequence', direction: 1, type: 'number' },
  { field: '_id', direction: 1, type: 'string' },
]
export const arrivalSortKey = ({ sequence, id }: Registration): readonly KeyValue[] => [sequence, id]

/** A user's registrations, the latest first. */
export const newestFirstOrder: Order = [
  { field: 'registeredAt', direction: -1, type: 'date' },
  { field: '_id', direction: -1, type: 'string' },
]
export const newestFirstSortKey = ({ registeredAt, id }: Registration): readonly KeyValue[] => [
  registeredAt,
  id,
]

const ticketLetters = 'ABCDEFGHJKMNPQRSTVWXYZ0123456789'

/** A code that nobody guesses: 26 letters and digits of 5 random bits each, none of which look alike. */
export function createTicketCode(): string {
  return Array.from(randomBytes(26), (byte) => ticketLetters[byte & 31]).join('')
}
