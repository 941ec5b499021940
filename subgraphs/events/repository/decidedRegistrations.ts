import type { JournalEntry, RegistrationDocument } from './models'
import type { Registration } from '../domain/registration'
import type { SeatRequest } from '../domain/seats'
import { isAnonymized, toRegistration } from './documents'

/**
 * Whether somebody else's journal entry is written out here: one left behind by whoever has probably died, and any that
 * forgets a user, since a new registration of the same user cannot be inserted before.
 */
export function createRecoveryFilter(abandoned: Date): (entry: JournalEntry) => boolean {
  return ({ decidedAt, registration }) => decidedAt < abandoned || isAnonymized(registration)
}

/** Whether an import knows of it. */
export const isImportRequest = (request: SeatRequest): boolean =>
  request.kind === 'register' && request.imported === true

/** The registrations of an event as they have been decided, written out or not. */
export function overlayJournal(
  stored: readonly RegistrationDocument[],
  unsettled: readonly JournalEntry[],
): Map<string, Registration> {
  const latest = new Map(stored.map((document) => [document._id, document]))
  for (const { version, registration } of unsettled) {
    const other = latest.get(registration._id)
    if (!other || other.version < version) latest.set(registration._id, { ...registration, version })
  }
  return new Map([...latest].map(([id, document]) => [id, toRegistration(document)]))
}

/** The registration that a request is about, where there is one. */
export function findRequestedRegistration(
  known: ReadonlyMap<string, Registration>,
  request: SeatRequest,
): Registration | undefined {
  switch (request.kind) {
    case 'register':
    case 'forget':
      return [...known.values()].find(({ userId }) => userId === request.userId)
    case 'cancel':
    case 'withdraw':
      return known.get(request.registrationId)
    case 'checkIn':
      return [...known.values()].find(({ ticketCode }) => ticketCode === request.ticketCode)
  }
}
