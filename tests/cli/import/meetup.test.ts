import { groupUserId, memberUserId } from '../../../cli/import/meetup/account'
import { toRsvp } from '../../../cli/import/meetup/rsvp'
import { eventId, toEvent } from '../../../cli/import/meetup/event'
import { BrokenRowError } from '../../../cli/import/rows'
import { createImportSource } from '../../../cli/import/source'

const source = createImportSource('meetup')
const now = new Date('2020-01-01T00:00:00Z')
const startsAt = Date.parse('2017-12-31T17:30:00Z')

describe('an event', () => {
  const row = { id: 'qh', title: 'Walk', startsAt, groupId: '10' }
  const event = (fields: object) => {
    const mapped = toEvent({ ...row, ...fields }, source, now)
    if (mapped.kind !== 'item') throw new Error('It should be an item.')
    return { ...mapped.item, adjusted: mapped.adjusted }
  }

  it('is published, without a limit, organized by an account for its group', () => {
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
    ['0, 0', { latitude: 0, longitude: 0 }, null, null, false],
    ['on the equator', { latitude: 0, longitude: 32.5 }, 0, 32.5, false],
    ['half', { latitude: 48 }, null, null, false],
    ['beyond the pole', { latitude: 95, longitude: 10 }, null, null, true],
  ])('at a position %s', (_name, position, latitude, longitude, adjusted) => {
    const made = event({ city: 'x', venue: { name: 'y', ...position } })
    expect(made).toMatchObject({ adjusted, event: { venue: { name: 'y', city: 'x', latitude, longitude } } })
  })

  it('keeps the city where there is no venue, and has no venue where there is nothing', () => {
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
  ])('with %j', (fields, expected, adjusted) => {
    expect(event(fields)).toMatchObject({ adjusted, event: expected })
  })

  it.each([
    [{ groupId: undefined }, 'groupId is missing'],
    [{ startsAt: 'soon' }, 'startsAt is no time'],
    [{ startsAt: 1e17 }, 'startsAt is no time'],
    [{ title: '  ' }, 'title is empty'],
    [{ id: '' }, 'id is no id'],
  ])('with %j is broken', (fields, problem) => {
    expect(() => event(fields)).toThrow(new BrokenRowError(problem))
  })

  it.each([[null], ['text'], [[1]]])('that is %j is broken', (fields) => {
    expect(() => toEvent(fields, source, now)).toThrow(BrokenRowError)
  })
})

describe('an answer', () => {
  const row = { id: 'r1', eventId: 'qh', memberId: '100', response: 'yes', guests: 3, at: 1512597598315 }

  it('of yes takes a place, and the member has an account', () => {
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

  it.each(['no', 'waitlist'])('of %s takes none, and the member has an account', (response) => {
    expect(toRsvp({ ...row, response }, source)).toMatchObject({
      item: { member: { id: memberUserId(source, '100') }, registration: null },
    })
  })

  it('brings a hundred at most', () => {
    expect(toRsvp({ ...row, guests: 101 }, source)).toMatchObject({
      adjusted: true,
      item: { registration: { guestCount: 100 } },
    })
  })

  it.each([
    [{ response: 'maybe' }, 'response is neither yes, no nor waitlist'],
    [{ guests: -1 }, 'guests is no number of people'],
    [{ guests: 1.5 }, 'guests is no number of people'],
    [{ memberId: undefined }, 'memberId is missing'],
    [{ at: '2017' }, 'at is no time'],
  ])('with %j is broken', (fields, problem) => {
    expect(() => toRsvp({ ...row, ...fields }, source)).toThrow(new BrokenRowError(problem))
  })
})

it('a group and a member of one number are two accounts', () => {
  expect(groupUserId(source, '10')).not.toBe(memberUserId(source, '10'))
})
