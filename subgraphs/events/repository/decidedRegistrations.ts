import type { JournalEntry, RegistrationDocument } from './models'
import type { Registration } from '../domain/registration'
import type { SeatRequest } from '../domain/seats'
import { isAnonymized, toRegistration } from './documents'

/**
 * Returns the journal entries of other processes that this process has to write out: every entry of a version that was
 * decided before `abandonedBefore`, since that process has probably crashed, and of a version that forgets a user, since
 * a new registration of the same user cannot be inserted before. Versions are never split, because a version that is
 * noted as written out is pruned from the journal as a whole.
 */
export function findOwedEntries(unsettled: readonly JournalEntry[], abandonedBefore: Date): JournalEntry[] {
  const isOwed = ({ decidedAt, registration }: JournalEntry) =>
    decidedAt < abandonedBefore || isAnonymized(registration)
  const versions = new Set(unsettled.filter(isOwed).map(({ version }) => version))
  return unsettled.filter(({ version }) => versions.has(version))
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
