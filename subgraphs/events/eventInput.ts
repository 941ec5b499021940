import type { InputCheck } from '../shared/inputCheck'
import { readTags } from '../shared/tags'
import { isCountryCode } from './countries'
import type { Event, Venue } from './event'
import { readTimeZone } from './timeZone'

export type VenueInput = { [Field in keyof Venue]?: Venue[Field] | undefined }

/** An event's details as they are given. */
export interface NewEvent {
  title: string
  description: string
  startsAt: Date
  endsAt?: Date | null
  timeZone: string
  venue?: VenueInput | null
  imageUrl?: string | null
  tags?: readonly string[] | null
  capacity?: number | null
}

/** What is to change of them. */
export type EventUpdate = { [Field in keyof NewEvent]?: NewEvent[Field] | null }

/** What people say of an event. */
export type EventDetails = Pick<
  Event,
  'title' | 'description' | 'startsAt' | 'endsAt' | 'timeZone' | 'venue' | 'imageUrl' | 'tags' | 'capacity'
>

/** Checks a new event's details. */
export function readNewEvent(check: InputCheck, input: NewEvent): EventDetails {
  const endsAt = input.endsAt ?? null
  checkTimes(check, 'endsAt', input.startsAt, endsAt)
  return {
    title: readTitle(check, input.title),
    description: readDescription(check, input.description),
    startsAt: input.startsAt,
    endsAt,
    timeZone: readZone(check, input.timeZone),
    venue: readVenue(check, input.venue),
    imageUrl: check.optionalUrl('imageUrl', input.imageUrl),
    tags: readTags(check, 'tags', input.tags ?? []),
    capacity: readCapacity(check, input.capacity),
  }
}

/** Checks what is to change; {@link checkTimes} is for when the other time is known. */
export function readEventUpdate(check: InputCheck, input: EventUpdate): Partial<EventDetails> {
  const given = {
    title: check.change('title', input.title, (title) => readTitle(check, title)),
    description: check.change('description', input.description, (text) => readDescription(check, text)),
    startsAt: check.change('startsAt', input.startsAt, (startsAt) => startsAt),
    endsAt: input.endsAt,
    timeZone: check.change('timeZone', input.timeZone, (name) => readZone(check, name)),
    venue: input.venue === undefined ? undefined : readVenue(check, input.venue),
    imageUrl: input.imageUrl === undefined ? undefined : check.optionalUrl('imageUrl', input.imageUrl),
    tags: input.tags === undefined ? undefined : readTags(check, 'tags', input.tags ?? []),
    capacity: input.capacity === undefined ? undefined : readCapacity(check, input.capacity),
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

/** @param field the time that is to blame */
export function checkTimes(check: InputCheck, field: string, startsAt: Date, endsAt: Date | null): void {
  if (endsAt && endsAt <= startsAt) check.add('INVALID', field, 'An event must end after it starts.')
}

function readTitle(check: InputCheck, title: string): string {
  return check.text('title', title, { max: 200 })
}

function readDescription(check: InputCheck, description: string): string {
  return check.markdown('description', description, { max: 100_000 })
}

function readZone(check: InputCheck, name: string): string {
  const zone = readTimeZone(name.trim())
  if (zone === undefined) {
    check.add('INVALID', 'timeZone', 'Must be the IANA name of a time zone, for example Europe/Paris.')
  }
  return zone ?? name
}

function readCapacity(check: InputCheck, capacity: number | null | undefined): number | null {
  return capacity == null ? null : check.range('capacity', capacity, 1, 1_000_000)
}

/** A venue of which nothing is given is none. */
function readVenue(check: InputCheck, input: VenueInput | null | undefined): Venue | null {
  if (!input) return null
  const text = (field: 'name' | 'address' | 'city') =>
    check.optionalText(`venue.${field}`, input[field], { max: 200 })
  const venue: Venue = {
    name: text('name'),
    address: text('address'),
    city: text('city'),
    countryCode: readCountry(check, input.countryCode),
    latitude: readDegrees(check, 'venue.latitude', input.latitude, 90),
    longitude: readDegrees(check, 'venue.longitude', input.longitude, 180),
    url: check.optionalUrl('venue.url', input.url),
  }
  if (venue.latitude === null && venue.longitude !== null) {
    check.add('REQUIRED', 'venue.latitude', 'Give latitude and longitude together.')
  }
  if (venue.longitude === null && venue.latitude !== null) {
    check.add('REQUIRED', 'venue.longitude', 'Give latitude and longitude together.')
  }
  return Object.values(venue).every((part) => part === null) ? null : venue
}

function readCountry(check: InputCheck, given: string | null | undefined): string | null {
  const code = given?.trim().toUpperCase() ?? ''
  if (code === '') return null
  if (!isCountryCode(code)) {
    check.add('INVALID', 'venue.countryCode', 'Must be the code of a country by ISO 3166-1, for example FR.')
  }
  return code
}

function readDegrees(
  check: InputCheck,
  field: string,
  degrees: number | null | undefined,
  most: number,
): number | null {
  return degrees == null ? null : check.range(field, degrees, -most, most)
}
