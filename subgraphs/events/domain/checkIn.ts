import { mutationRejected } from '../../../packages/platform'
import { eventCancelled } from './register'
import { getPartySize, type Registration } from './registration'
import type { SeatDecision, Seats } from './seats'

/** Checks people of a party in. */
export interface CheckInRequest {
  kind: 'checkIn'
  ticketCode: string
  /** How many arrive; null for all who have not arrived. */
  arriving: number | null
  checkedInAt: Date
  /** How long before its start the check-in of an event opens. */
  opensBeforeMs: number
}

export function checkIn(
  seats: Seats,
  existing: Registration | undefined,
  { arriving, checkedInAt, opensBeforeMs }: CheckInRequest,
): SeatDecision {
  if (existing?.status !== 'CONFIRMED') {
    throw mutationRejected('NOT_FOUND', 'ticketCode', 'This is not a valid ticket for the event.')
  }
  if (seats.status === 'CANCELLED') throw eventCancelled()
  const opensAtMs = seats.startsAt.getTime() - opensBeforeMs
  if (checkedInAt.getTime() < opensAtMs) {
    const opensAt = new Date(opensAtMs)
    throw mutationRejected('CLOSED', 'eventId', `Check-in opens at ${opensAt.toISOString()}.`)
  }
  const absentCount = getPartySize(existing) - existing.arrivedCount
  if (absentCount === 0) return { seats, registration: existing, changed: false }
  const arrivingCount = arriving ?? absentCount
  if (arrivingCount > absentCount) {
    throw mutationRejected('OUT_OF_RANGE', 'arriving', `Only ${absentCount} of the party have not arrived.`)
  }
  const isFirst = existing.checkedInAt === null
  return {
    seats: isFirst ? { ...seats, checkedInCount: seats.checkedInCount + 1 } : seats,
    registration: {
      ...existing,
      checkedInAt: existing.checkedInAt ?? checkedInAt,
      arrivedCount: existing.arrivedCount + arrivingCount,
    },
    changed: true,
  }
}

/** Undoes the check-in of a whole party. */
export function undoCheckIn(seats: Seats, existing: Registration | undefined): SeatDecision {
  if (!existing) throw mutationRejected('NOT_FOUND', 'registrationId', 'There is no such registration.')
  if (existing.checkedInAt === null) return { seats, registration: existing, changed: false }
  if (existing.status !== 'CONFIRMED') {
    throw mutationRejected('CONFLICT', 'registrationId', 'The registration is cancelled.')
  }
  return {
    seats: { ...seats, checkedInCount: seats.checkedInCount - 1 },
    registration: { ...existing, checkedInAt: null, arrivedCount: 0 },
    changed: true,
  }
}
