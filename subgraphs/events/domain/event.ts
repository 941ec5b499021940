import type { KeyValue, Order } from '../../../packages/subgraph-kit/graphql/pagination'
import { hasRole, isSelf, type Viewer } from '../../../packages/auth/viewer'

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
  /** Whether it has ever been published. An event that was cancelled as a draft stays as private as a draft. */
  wasPublished: boolean
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
  /** Null when the account is gone. */
  organizerId: string | null
  createdAt: Date
  updatedAt: Date
}

/** What other subgraphs know of an event. */
export interface EventSnapshot extends Pick<Event, 'id' | 'status' | 'wasPublished' | 'organizerId'> {
  /** How many changes the feed has told of. */
  sequence: number
}

/** The fields that decide who can see an event. */
export type EventVisibility = Pick<Event, 'wasPublished' | 'organizerId'>

/** Events that have been published show to everyone, all others only to their organizer and administrators. */
export function canSee(viewer: Viewer, event: EventVisibility): boolean {
  return event.wasPublished || canUpdate(viewer, event)
}

/** To update, to publish and to cancel is for the organizer and administrators. */
export function canUpdate(viewer: Viewer, event: Pick<Event, 'organizerId'>): boolean {
  return isSelf(viewer, event.organizerId) || hasRole(viewer, 'ADMIN')
}

/** Organizers may delete events that were never published; moderators and administrators any event that they can see. */
export function canDelete(viewer: Viewer, event: EventVisibility): boolean {
  const ownsUnpublished = isSelf(viewer, event.organizerId) && !event.wasPublished
  return ownsUnpublished || (canSee(viewer, event) && hasRole(viewer, 'MODERATOR'))
}

/** To see the attendees and to check them in is for the organizer, and for moderators of what they can see. */
export function canCheckIn(viewer: Viewer, event: EventVisibility): boolean {
  return canUpdate(viewer, event) || (canSee(viewer, event) && hasRole(viewer, 'MODERATOR'))
}

/** Seats that nobody has; null where there is no limit. */
export function seatsLeft({ capacity, seatsTaken }: Pick<Event, 'capacity' | 'seatsTaken'>): number | null {
  return capacity === null ? null : Math.max(0, capacity - seatsTaken)
}

const assumedLength = 2 * 60 * 60 * 1000

/** When an event is over; one that names no end is taken as two hours long. */
export function getEventEnd({ startsAt, endsAt }: Pick<Event, 'startsAt' | 'endsAt'>): Date {
  return endsAt ?? new Date(startsAt.getTime() + assumedLength)
}

const orderBy = (field: 'startsAt' | 'createdAt', direction: 1 | -1): Order => [
  { field, direction, type: 'date' },
  { field: '_id', direction, type: 'string' },
]

/** The orders that need nothing but the event. */
export const eventOrders = {
  STARTS_AT_ASC: orderBy('startsAt', 1),
  STARTS_AT_DESC: orderBy('startsAt', -1),
  CREATED_AT_DESC: orderBy('createdAt', -1),
} as const satisfies Record<string, Order>

/** An event's place in each of those orders. */
export const eventSortKeys: Record<keyof typeof eventOrders, (event: Event) => readonly KeyValue[]> = {
  STARTS_AT_ASC: ({ startsAt, id }) => [startsAt, id],
  STARTS_AT_DESC: ({ startsAt, id }) => [startsAt, id],
  CREATED_AT_DESC: ({ createdAt, id }) => [createdAt, id],
}

/** RELEVANCE is by how well an event matches a search, which is not in the event. */
export type EventOrder = keyof typeof eventOrders | 'RELEVANCE'

/** Events of a status: all of them, one organizer's, or those that have been published. */
export interface VisibilityCondition {
  status: EventStatus
  organizerId?: string
  wasPublished?: true
}

/** {@link canSee} for lists: which events of these statuses show to the viewer. */
export function buildVisibilityConditions(
  viewer: Viewer,
  statuses: readonly EventStatus[],
): VisibilityCondition[] {
  const seesAll: boolean = hasRole(viewer, 'ADMIN')
  const viewerId = viewer.kind === 'signedIn' ? viewer.id : null
  return [...new Set(statuses)].sort().flatMap((status): VisibilityCondition[] => {
    if (status === 'PUBLISHED' || seesAll) return [{ status }]
    const own = viewerId === null ? [] : [{ status, organizerId: viewerId }]
    return status === 'DRAFT' ? own : [{ status, wasPublished: true }, ...own]
  })
}

/** A circle on the ground; the position is in degrees. */
export interface Circle {
  latitude: number
  longitude: number
  radiusKm: number
}

/** Which events are looked for; all conditions hold together. */
export interface EventSelection {
  visibleWhen: readonly VisibilityCondition[]
  search?: string
  /** Normalised. */
  tag?: string
  startsAfter?: Date
  startsBefore?: Date
  endsAfter?: Date
  near?: Circle
  organizerId?: string
}

/** What may change in an event once it is made. */
export type EventChange = Partial<Omit<Event, 'id' | 'seatsTaken' | 'waitlistCount' | 'checkedInCount'>>
