import { hasRole, isSelf, type Viewer } from '../../../packages/auth'

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
  /** Whether it has ever been published. An event that was cancelled as a draft remains private. */
  wasPublished: boolean
  startsAt: Date
  endsAt: Date | null
  /** An IANA name. */
  timeZone: string
  venue: Venue | null
  imageUrl: string | null
  tags: string[]
  /** The number of seats; null without a limit. */
  capacity: number | null
  /** When registration closes; null for the end of the event. See {@link getRegistrationClosing}. */
  registrationClosesAt: Date | null
  /** The maximum number of guests of a new registration. */
  maxGuests: number
  seatsTaken: number
  waitlistCount: number
  checkedInCount: number
  /** Null if the account was deleted. */
  organizerId: string | null
  createdAt: Date
  updatedAt: Date
  /** When a moderator has removed it. Present in removed events only, which moderators can read. */
  deletedAt?: Date
}

/** The fields of an event that other subgraphs project. */
export interface EventSnapshot extends Pick<Event, 'id' | 'status' | 'wasPublished' | 'organizerId'> {
  /** The sequence of the latest domain event. */
  sequence: number
}

/** The fields that determine who can see an event. */
type EventVisibility = Pick<Event, 'wasPublished' | 'organizerId' | 'deletedAt'>

/**
 * Everyone can see published events; only the organizer and administrators can see others. Of removed events, moderators can
 * see those that were published, and administrators all.
 */
export function canSee(viewer: Viewer, event: EventVisibility): boolean {
  if (event.deletedAt) return hasRole(viewer, event.wasPublished ? 'MODERATOR' : 'ADMIN')
  return event.wasPublished || canUpdate(viewer, event)
}

/** Returns whether everyone can see an event, and sees the same. */
export const isPublic = ({ wasPublished, deletedAt }: EventVisibility): boolean => wasPublished && !deletedAt

/** The organizer and administrators can update, publish and cancel an event. */
export function canUpdate(viewer: Viewer, event: Pick<Event, 'organizerId' | 'deletedAt'>): boolean {
  return !event.deletedAt && (isSelf(viewer, event.organizerId) || hasRole(viewer, 'ADMIN'))
}

/**
 * Organizers can delete events that were never published; moderators and administrators any event that they can see.
 */
export function canDelete(viewer: Viewer, event: EventVisibility): boolean {
  if (event.deletedAt) return false
  const ownsUnpublished = isSelf(viewer, event.organizerId) && !event.wasPublished
  return ownsUnpublished || (canSee(viewer, event) && hasRole(viewer, 'MODERATOR'))
}

/** The organizer, and moderators who can see the event, can see attendees and check them in. */
export function canCheckIn(viewer: Viewer, event: EventVisibility): boolean {
  if (event.deletedAt) return false
  return canUpdate(viewer, event) || (canSee(viewer, event) && hasRole(viewer, 'MODERATOR'))
}

/** Returns the number of free seats; null without a limit. */
export function countSeatsLeft({
  capacity,
  seatsTaken,
}: Pick<Event, 'capacity' | 'seatsTaken'>): number | null {
  return capacity === null ? null : Math.max(0, capacity - seatsTaken)
}

const assumedDurationMs = 2 * 60 * 60 * 1000

/** Returns the end of an event, which defaults to two hours after its start. */
export function getEventEnd({ startsAt, endsAt }: Pick<Event, 'startsAt' | 'endsAt'>): Date {
  return endsAt ?? new Date(startsAt.getTime() + assumedDurationMs)
}

/** The maximum of {@link Event.maxGuests}, and the limit of events that were created before it could be set. */
export const maxGuestCount = 100

/** The {@link Event.maxGuests} of new events. */
export const defaultMaxGuests = 5

/** Returns when registration closes, by default when the event ends. */
export function getRegistrationClosing(
  event: Pick<Event, 'startsAt' | 'endsAt' | 'registrationClosesAt'>,
): Date {
  return event.registrationClosesAt ?? getEventEnd(event)
}

/** Returns whether an event is published and has not ended. */
export function isComing(event: Pick<Event, 'status' | 'startsAt' | 'endsAt'>, now: Date): boolean {
  return event.status === 'PUBLISHED' && now < getEventEnd(event)
}

/** Returns whether people can register: for a published event with an organizer, until registration closes. */
export function isRegistrationOpen(
  event: Pick<Event, 'status' | 'startsAt' | 'endsAt' | 'registrationClosesAt' | 'organizerId' | 'deletedAt'>,
  now: Date,
): boolean {
  if (event.deletedAt) return false
  return event.status === 'PUBLISHED' && event.organizerId !== null && now < getRegistrationClosing(event)
}

/** Selects events by status: all, those of one organizer, or those that were published. */
export interface VisibilityCondition {
  status: EventStatus
  organizerId?: string
  wasPublished?: true
}

/** Applies {@link canSee} to lists: returns the conditions under which the viewer can see events of these statuses. */
export function buildVisibilityConditions(
  viewer: Viewer,
  statuses: readonly EventStatus[],
): VisibilityCondition[] {
  const canSeeAll: boolean = hasRole(viewer, 'ADMIN')
  const viewerId = viewer.kind === 'signedIn' ? viewer.id : null
  return [...new Set(statuses)].sort().flatMap((status): VisibilityCondition[] => {
    if (status === 'PUBLISHED' || canSeeAll) return [{ status }]
    const own = viewerId === null ? [] : [{ status, organizerId: viewerId }]
    return status === 'DRAFT' ? own : [{ status, wasPublished: true }, ...own]
  })
}

/** A circle on the surface of the Earth, with its centre in degrees (WGS 84). */
export interface Circle {
  latitude: number
  longitude: number
  radiusKm: number
}

/** Selects events that meet all conditions. Pagination cursors contain a hash of it. */
export interface EventSelection {
  visibleWhen: readonly VisibilityCondition[]
  search?: string
  /** Normalized. */
  tag?: string
  startsAfter?: Date
  startsBefore?: Date
  endsAfter?: Date
  near?: Circle
  organizerId?: string
}

/** A change of an existing event. */
export type EventChange = Partial<Omit<Event, 'id' | 'seatsTaken' | 'waitlistCount' | 'checkedInCount'>>
