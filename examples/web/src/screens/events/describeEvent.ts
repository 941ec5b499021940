import type { EventCardFragment } from '@agora/client/apollo'

const regions = new Intl.DisplayNames('en', { type: 'region' })

/** Returns, for example, “Atelier des Pentes, Lyon, France”. */
export function describePlace({ venue }: EventCardFragment): string {
  if (!venue) return 'Online'
  const { name, city, countryCode } = venue
  return [name, city, countryCode && regions.of(countryCode)].filter(Boolean).join(', ') || 'Online'
}

/** Returns whether an event is over; without an end it counts as two hours long. */
export function hasEnded({ startsAt, endsAt }: EventCardFragment): boolean {
  const end = endsAt ? Date.parse(endsAt) : Date.parse(startsAt) + 2 * 3_600_000
  return end < Date.now()
}

/** Returns, for example, “3 of 8 seats left”. */
export function describeSeats(event: EventCardFragment): string {
  const { status, capacity, seatsLeft, seatsTaken, waitlistCount } = event
  if (status === 'CANCELLED') return 'Cancelled'
  if (hasEnded(event)) return `${formatPeople(seatsTaken)} came together`
  if (capacity === null || seatsLeft === null) return `${formatPeople(seatsTaken)} going`
  if (seatsLeft > 0) return `${seatsLeft} of ${capacity} seats left`
  return waitlistCount > 0 ? `Full, ${waitlistCount} waiting` : 'Full'
}

const formatPeople = (count: number) => (count === 1 ? '1 person' : `${count} people`)
