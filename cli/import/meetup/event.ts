import { z } from 'zod'

import type { Event, Venue } from '../../../subgraphs/events/domain/event'
import { derivedId } from '../../../packages/platform/ids/ids'
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
export interface OrganizedEvent {
  event: Event
  group: User
}

export const eventId = (source: ImportSource, row: string) => derivedId('Event', source.name, `events/${row}`)

/**
 * A row of events.jsonl: a published event without a limit.
 *
 * The row does not say since when the event, or its group, is there. It was there when it began, and is there now:
 * the earlier of the two stands for it.
 *
 * @throws BrokenRow
 */
export function toEvent(fields: unknown, source: ImportSource, now: Date): MappedRow<OrganizedEvent> {
  const row = readFields(eventRow, fields)
  const fit = createValueClamp()
  const title = fit.line(row.title, 200)
  if (title === null) throw new BrokenRowError('title is empty')
  const known = row.startsAt < now ? row.startsAt : now
  const event: Event = {
    id: eventId(source, row.id),
    title,
    description: fit.text(htmlToMarkdown(row.description ?? ''), 100_000),
    status: 'PUBLISHED',
    wasPublished: true,
    startsAt: row.startsAt,
    endsAt: row.endsAt == null || row.endsAt > row.startsAt ? (row.endsAt ?? null) : fit.substitute(null),
    timeZone:
      row.timeZone == null || isTimeZone(row.timeZone) ? (row.timeZone ?? 'UTC') : fit.substitute('UTC'),
    venue: toVenue(row, fit),
    imageUrl: null,
    tags: fit.tags(row.tags ?? []),
    capacity: null,
    seatsTaken: 0,
    waitlistCount: 0,
    checkedInCount: 0,
    organizerId: groupUserId(source, row.groupId),
    createdAt: known,
    updatedAt: known,
  }
  return {
    kind: 'item',
    item: { event, group: toGroupUser(row.groupId, known, source) },
    adjusted: fit.adjusted,
  }
}

function toVenue({ venue, city, country }: EventRow, fit: ValueClamp): Venue | null {
  const made: Venue = {
    name: fit.line(venue?.name, 200),
    address: fit.line(venue?.address, 200),
    city: fit.line(city, 200),
    countryCode: toCountryCode(country ?? '', fit),
    ...toPosition(venue?.latitude ?? null, venue?.longitude ?? null, fit),
    url: null,
  }
  return Object.values(made).every((value) => value === null) ? null : made
}

function toCountryCode(country: string, fit: ValueClamp): string | null {
  const code = country.trim().toUpperCase()
  return /^[A-Z]{2}$/.test(code) ? code : code === '' ? null : fit.substitute(null)
}

/** 0, 0 is a place in the Gulf of Guinea, and what the stream says when it knows none. */
function toPosition(
  latitude: number | null,
  longitude: number | null,
  fit: ValueClamp,
): Pick<Venue, 'latitude' | 'longitude'> {
  const none = { latitude: null, longitude: null }
  if (latitude === null || longitude === null || (latitude === 0 && longitude === 0)) return none
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180
    ? { latitude, longitude }
    : fit.substitute(none)
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    // Offsets such as +01:00 are accepted there too, and are no names.
    return /^[A-Za-z]/.test(name)
  } catch {
    return false
  }
}
