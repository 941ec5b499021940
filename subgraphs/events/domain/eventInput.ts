import { readTags, type InputValidator } from '../../../packages/subgraph-kit/input'
import { isCountryCode } from './countries'
import { defaultMaxGuests, getEventEnd, maxGuestCount, type Event, type Venue } from './event'
import { readTimeZone } from './timeZone'

type VenueInput = { [Field in keyof Venue]?: Venue[Field] | undefined }

/** The input of a new event, before validation. */
export interface NewEventInput {
  title: string
  description: string
  startsAt: Date
  endsAt?: Date | null
  timeZone: string
  venue?: VenueInput | null
  imageUrl?: string | null
  tags?: readonly string[] | null
  capacity?: number | null
  registrationClosesAt?: Date | null
  maxGuests?: number | null
}

/** The input of an update, before validation. Undefined leaves a field unchanged. */
export type EventUpdateInput = { [Field in keyof NewEventInput]?: NewEventInput[Field] | null }

/** The fields of an event that its organizer enters. */
type EventDetails = Pick<
  Event,
  | 'title'
  | 'description'
  | 'startsAt'
  | 'endsAt'
  | 'timeZone'
  | 'venue'
  | 'imageUrl'
  | 'tags'
  | 'capacity'
  | 'registrationClosesAt'
  | 'maxGuests'
>

/** Validates the input of a new event. */
export function readNewEvent(check: InputValidator, input: NewEventInput): EventDetails {
  const times = {
    startsAt: input.startsAt,
    endsAt: input.endsAt ?? null,
    registrationClosesAt: input.registrationClosesAt ?? null,
  }
  checkTimes(check, 'endsAt', times)
  return {
    title: readTitle(check, input.title),
    description: readDescription(check, input.description),
    ...times,
    timeZone: readZone(check, input.timeZone),
    venue: readVenue(check, input.venue),
    imageUrl: check.readOptionalUrl('imageUrl', input.imageUrl),
    tags: readTags(check, 'tags', input.tags ?? []),
    capacity: readCapacity(check, input.capacity),
    maxGuests: readMaxGuests(check, input.maxGuests ?? defaultMaxGuests),
  }
}

/** Validates the input of an update, except for the order of its times; see {@link checkTimes}. */
export function readEventUpdate(check: InputValidator, input: EventUpdateInput): Partial<EventDetails> {
  const given = {
    title: check.readChange('title', input.title, (title) => readTitle(check, title)),
    description: check.readChange('description', input.description, (text) => readDescription(check, text)),
    startsAt: check.readChange('startsAt', input.startsAt, (startsAt) => startsAt),
    endsAt: input.endsAt,
    timeZone: check.readChange('timeZone', input.timeZone, (name) => readZone(check, name)),
    venue: input.venue === undefined ? undefined : readVenue(check, input.venue),
    imageUrl: input.imageUrl === undefined ? undefined : check.readOptionalUrl('imageUrl', input.imageUrl),
    tags: input.tags === undefined ? undefined : readTags(check, 'tags', input.tags ?? []),
    capacity: input.capacity === undefined ? undefined : readCapacity(check, input.capacity),
    registrationClosesAt: input.registrationClosesAt,
    maxGuests: check.readChange('maxGuests', input.maxGuests, (count) => readMaxGuests(check, count)),
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

/**
 * Checks that an event ends after it starts, and that registration closes before.
 *
 * @param field the field to report for an event that ends before it starts
 */
export function checkTimes(
  check: InputValidator,
  field: string,
  times: Pick<Event, 'startsAt' | 'endsAt' | 'registrationClosesAt'>,
): void {
  const { startsAt, endsAt, registrationClosesAt } = times
  if (endsAt && endsAt <= startsAt) check.addError('INVALID', field, 'An event must end after it starts.')
  else if (registrationClosesAt && registrationClosesAt > getEventEnd(times)) {
    const message = 'Registration must close when the event ends, or before.'
    check.addError('INVALID', 'registrationClosesAt', message)
  }
}

function readTitle(check: InputValidator, title: string): string {
  return check.readLine('title', title, { max: 200 })
}

function readDescription(check: InputValidator, description: string): string {
  return check.readMarkdown('description', description, { max: 100_000 })
}

function readZone(check: InputValidator, name: string): string {
  const zone = readTimeZone(name.trim())
  if (zone === undefined) {
    check.addError('INVALID', 'timeZone', 'Must be the IANA name of a time zone, for example Europe/Paris.')
  }
  return zone ?? name
}

function readCapacity(check: InputValidator, capacity: number | null | undefined): number | null {
  return capacity == null ? null : check.readNumber('capacity', capacity, 1, 1_000_000)
}

function readMaxGuests(check: InputValidator, count: number): number {
  return check.readNumber('maxGuests', count, 0, maxGuestCount)
}

/** Returns null for a venue without any value. */
function readVenue(check: InputValidator, input: VenueInput | null | undefined): Venue | null {
  if (!input) return null
  const text = (field: 'name' | 'address' | 'city') =>
    check.readOptionalText(`venue.${field}`, input[field], { max: 200 })
  const venue: Venue = {
    name: text('name'),
    address: text('address'),
    city: text('city'),
    countryCode: readCountry(check, input.countryCode),
    latitude: readDegrees(check, 'venue.latitude', input.latitude, 90),
    longitude: readDegrees(check, 'venue.longitude', input.longitude, 180),
    url: check.readOptionalUrl('venue.url', input.url),
  }
  if (venue.latitude === null && venue.longitude !== null) {
    check.addError('REQUIRED', 'venue.latitude', 'Latitude and longitude must be given together.')
  }
  if (venue.longitude === null && venue.latitude !== null) {
    check.addError('REQUIRED', 'venue.longitude', 'Latitude and longitude must be given together.')
  }
  return Object.values(venue).every((part) => part === null) ? null : venue
}

function readCountry(check: InputValidator, value: string | null | undefined): string | null {
  const code = value?.trim().toUpperCase() ?? ''
  if (code === '') return null
  if (!isCountryCode(code)) {
    check.addError(
      'INVALID',
      'venue.countryCode',
      'Must be a two-letter country code of ISO 3166-1, for example FR.',
    )
  }
  return code
}

function readDegrees(
  check: InputValidator,
  field: string,
  degrees: number | null | undefined,
  max: number,
): number | null {
  return degrees == null ? null : check.readNumber(field, degrees, -max, max)
}
