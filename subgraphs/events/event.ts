export type EventStatus = 'DRAFT' | 'PUBLISHED' | 'CANCELLED'

export interface Venue {
  name: string | null
  address: string | null
  city: string | null
  /** ISO 3166-1 alpha-2, upper case. */
  countryCode: string | null
  latitude: number | null
  longitude: number | null
  url: string | null
}

export interface Event {
  id: string
  title: string
  /** Markdown. */
  description: string
  status: EventStatus
  startsAt: Date
  endsAt: Date | null
  /** IANA name. */
  timeZone: string
  venue: Venue | null
  imageUrl: string | null
  tags: string[]
  /** Seats; null means no limit. */
  capacity: number | null
  seatsTaken: number
  waitlistCount: number
  checkedInCount: number
  organizerId: string
  createdAt: Date
  updatedAt: Date
}
