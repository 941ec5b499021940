import { z } from 'zod'

import { defaultMaxGuests, type Event, type Venue } from '../../../subgraphs/events/domain/event'
import { derivedId } from '../../../schema/ids'
import type { User } from '../../../subgraphs/users/domain/user'
import { createValueClamp, type ValueClamp } from '../clamp'
import { htmlToMarkdown } from '../markdown'
import { BrokenRowError, readFields } from '../rows'
import type { ImportSource } from '../source'
import type { MappedRow } from '../step'
import { groupUserId, toGroupUser } from './account'
import { instant, rowId } from './fields'

const venueRow = z.object({
  name: z.string().nullish(),
  address: z.string().nullish(),
  latitude: z.number().nullish(),
  longitude: z.number().nullish(),
})
const eventRow = z.object({
  id: rowId,
  groupId: rowId,
  title: z.string(),
  description: z.string().nullish(),
  startsAt: instant,
  endsAt: instant.nullish(),
  timeZone: z.string().nullish(),
  city: z.string().nullish(),
  country: z.string().nullish(),
  tags: z.array(z.string()).nullish(),
  venue: venueRow.nullish(),
})
type EventRow = z.output<typeof eventRow>

/** An event and the account that organizes it. */
interface OrganizedEvent {
  event: Event
  group: User
}

export const eventId = (source: ImportSource, row: string) => derivedId('Event', source.name, `events/${row}`)

/**
 * Maps a row of events.jsonl to a published event without a capacity.
 *
 * The row contains no creation time of the event or its group: the start of the event is used, or now if that is earlier.
 *
 * @throws BrokenRowError
 */
export function toEvent(fields: unknown, source: ImportSource, now: Date): MappedRow<OrganizedEvent> {
  const row = readFields(eventRow, fields)
  const clamp = createValueClamp()
  const title = clamp.line(row.title, 200)
  if (title === null) throw new BrokenRowError('title is empty')
  const createdAt = row.startsAt < now ? row.startsAt : now
  const event: Event = {
    id: eventId(source, row.id),
    title,
    description: clamp.text(htmlToMarkdown(row.description ?? ''), 100_000),
    status: 'PUBLISHED',
    wasPublished: true,
    startsAt: row.startsAt,
    endsAt: row.endsAt == null || row.endsAt > row.startsAt ? (row.endsAt ?? null) : clamp.substitute(null),
    timeZone:
      row.timeZone == null || isTimeZone(row.timeZone) ? (row.timeZone ?? 'UTC') : clamp.substitute('UTC'),
    venue: toVenue(row, clamp),
    imageUrl: null,
    tags: clamp.tags(row.tags ?? []),
    capacity: null,
    registrationClosesAt: null,
    maxGuests: defaultMaxGuests,
    seatsTaken: 0,
    waitlistCount: 0,
    checkedInCount: 0,
    organizerId: groupUserId(source, row.groupId),
    createdAt,
    updatedAt: createdAt,
  }
  return {
    kind: 'item',
    item: { event, group: toGroupUser(row.groupId, createdAt, source) },
    adjusted: clamp.adjusted,
  }
}

function toVenue({ venue, city, country }: EventRow, clamp: ValueClamp): Venue | null {
  const result: Venue = {
    name: clamp.line(venue?.name, 200),
    address: clamp.line(venue?.address, 200),
    city: clamp.line(city, 200),
    countryCode: toCountryCode(country ?? '', clamp),
    ...toPosition(venue?.latitude ?? null, venue?.longitude ?? null, clamp),
    url: null,
  }
  return Object.values(result).every((value) => value === null) ? null : result
}

function toCountryCode(country: string, clamp: ValueClamp): string | null {
  const code = country.trim().toUpperCase()
  return /^[A-Z]{2}$/.test(code) ? code : code === '' ? null : clamp.substitute(null)
}

/** The stream uses 0, 0 (in the Gulf of Guinea) for an unknown position. */
function toPosition(
  latitude: number | null,
  longitude: number | null,
  clamp: ValueClamp,
): Pick<Venue, 'latitude' | 'longitude'> {
  const none = { latitude: null, longitude: null }
  if (latitude === null || longitude === null || (latitude === 0 && longitude === 0)) return none
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180
    ? { latitude, longitude }
    : clamp.substitute(none)
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    // Intl also accepts offsets such as +01:00, which are not names.
    return /^[A-Za-z]/.test(name)
  } catch {
    return false
  }
}
