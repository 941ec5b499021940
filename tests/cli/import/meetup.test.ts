import { groupUserId, memberUserId } from '../../../cli/import/meetup/account'
import { toRsvp } from '../../../cli/import/meetup/rsvp'
import { eventId, toEvent } from '../../../cli/import/meetup/event'
import { BrokenRowError } from '../../../cli/import/rows'
import { createImportSource } from '../../../cli/import/source'

const source = createImportSource('meetup')
const now = new Date('2020-01-01T00:00:00Z')
const startsAt = Date.parse('2017-12-31T17:30:00Z')

describe('toEvent', () => {
  const row = { id: 'qh', title: 'Walk', startsAt, groupId: '10' }
  const event = (fields: object) => {
    const mapped = toEvent({ ...row, ...fields }, source, now)
    if (mapped.kind !== 'item') throw new Error('The row was not mapped to an item.')
    return { ...mapped.item, adjusted: mapped.adjusted }
  }

  it('creates a published event without a capacity, organized by the account of its group', () => {
    const fields = {
      title: ' Walk  & talk ',
      city: 'Paris',
      country: 'fr',
      tags: ['Hiking', 'hiking'],
      venue: { name: 'Gare de Lyon', latitude: 48.844, longitude: 2.373 },
    }
    expect(event(fields)).toEqual({
      adjusted: false,
      event: {
        id: eventId(source, 'qh'),
        title: 'Walk & talk',
        description: '',
        status: 'PUBLISHED',
        startsAt: new Date(startsAt),
        endsAt: null,
        timeZone: 'UTC',
        venue: {
          name: 'Gare de Lyon',
          address: null,
          city: 'Paris',
          countryCode: 'FR',
          latitude: 48.844,
          longitude: 2.373,
          url: null,
        },
        imageUrl: null,
        registrationClosesAt: null,
        maxGuests: 5,
        tags: ['hiking'],
        capacity: null,
        seatsTaken: 0,
        waitlistCount: 0,
        checkedInCount: 0,
        wasPublished: true,
        organizerId: groupUserId(source, '10'),
        createdAt: new Date(startsAt),
        updatedAt: new Date(startsAt),
      },
      group: expect.objectContaining({
        id: groupUserId(source, '10'),
        displayName: 'Group 10',
        handle: 'group_10',
      }),
    })
  })

  it.each([
    ['of 0, 0', { latitude: 0, longitude: 0 }, null, null, false],
    ['on the equator', { latitude: 0, longitude: 32.5 }, 0, 32.5, false],
    ['without a longitude', { latitude: 48 }, null, null, false],
    ['beyond the pole', { latitude: 95, longitude: 10 }, null, null, true],
  ])('maps a position %s', (_name, position, latitude, longitude, adjusted) => {
    const result = event({ city: 'x', venue: { name: 'y', ...position } })
    expect(result).toMatchObject({
      adjusted,
      event: { venue: { name: 'y', city: 'x', latitude, longitude } },
    })
  })

  it('keeps the city without a venue, and creates no venue without any field', () => {
    expect(event({ city: 'Paris', country: 'fr', venue: null }).event.venue).toMatchObject({
      name: null,
      city: 'Paris',
      countryCode: 'FR',
    })
    expect(event({ city: ' ', country: '', venue: null }).event.venue).toBeNull()
  })

  it.each([
    [{ timeZone: 'Europe/Paris' }, { timeZone: 'Europe/Paris' }, false],
    [{ timeZone: null }, { timeZone: 'UTC' }, false],
    [{ timeZone: 'Mars/Olympus' }, { timeZone: 'UTC' }, true],
    [{ timeZone: '+01:00' }, { timeZone: 'UTC' }, true],
    [{ endsAt: startsAt + 1 }, { endsAt: new Date(startsAt + 1) }, false],
    [{ endsAt: startsAt - 1 }, { endsAt: null }, true],
    [{ country: 'xyz' }, { venue: null }, true],
    [{ description: '<p>Bring <b>water</b>.</p>' }, { description: 'Bring **water**.' }, false],
    [{ title: 'a\0b' }, { title: 'ab' }, true],
    [{ startsAt: now.getTime() + 5 }, { createdAt: now }, false],
  ])('maps %j', (fields, expected, adjusted) => {
    expect(event(fields)).toMatchObject({ adjusted, event: expected })
  })

  it.each([
    [{ groupId: undefined }, 'groupId is missing'],
    [{ startsAt: 'soon' }, 'startsAt is not a timestamp'],
    [{ startsAt: 1e17 }, 'startsAt is not a timestamp'],
    [{ title: '  ' }, 'title is empty'],
    [{ id: '' }, 'id is not an ID'],
  ])('rejects %j', (fields, problem) => {
    expect(() => event(fields)).toThrow(new BrokenRowError(problem))
  })

  it.each([[null], ['text'], [[1]]])('rejects the row %j', (fields) => {
    expect(() => toEvent(fields, source, now)).toThrow(BrokenRowError)
  })
})

describe('toRsvp', () => {
  const row = { id: 'r1', eventId: 'qh', memberId: '100', response: 'yes', guests: 3, at: 1512597598315 }

  it('maps yes to a registration, and creates the account of the member', () => {
    expect(toRsvp(row, source)).toEqual({
      kind: 'item',
      adjusted: false,
      item: {
        member: expect.objectContaining({ id: memberUserId(source, '100'), displayName: 'Member 100' }),
        registration: {
          id: expect.stringMatching(/^reg_[0-9a-f]{32}$/),
          eventId: eventId(source, 'qh'),
          userId: memberUserId(source, '100'),
          guestCount: 3,
          registeredAt: new Date(1512597598315),
        },
      },
    })
  })

  it.each(['no', 'waitlist'])(
    'maps %s to no registration, and creates the account of the member',
    (response) => {
      expect(toRsvp({ ...row, response }, source)).toMatchObject({
        item: { member: { id: memberUserId(source, '100') }, registration: null },
      })
    },
  )

  it('limits guests to 100', () => {
    expect(toRsvp({ ...row, guests: 101 }, source)).toMatchObject({
      adjusted: true,
      item: { registration: { guestCount: 100 } },
    })
  })

  it.each([
    [{ response: 'maybe' }, 'response is not yes, no or waitlist'],
    [{ guests: -1 }, 'guests is not a number of guests'],
    [{ guests: 1.5 }, 'guests is not a number of guests'],
    [{ memberId: undefined }, 'memberId is missing'],
    [{ at: '2017' }, 'at is not a timestamp'],
  ])('rejects %j', (fields, problem) => {
    expect(() => toRsvp({ ...row, ...fields }, source)).toThrow(new BrokenRowError(problem))
  })
})

it('derives different accounts for a group and a member with the same ID', () => {
  expect(groupUserId(source, '10')).not.toBe(memberUserId(source, '10'))
})
