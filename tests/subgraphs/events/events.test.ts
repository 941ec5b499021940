import { newId } from '../../../schema/ids'
import type { Viewer } from '../../../packages/auth/viewer'
import { waitUntil } from '../../support/processes'
import { createViewer } from '../../support/subgraph'
import { nextMonth, organizer, startEvents, type TestEvents } from './support'

let events: TestEvents
beforeAll(async () => {
  events = await startEvents()
})
afterAll(() => events.close())

const details = {
  title: 'Meeting',
  description: 'We meet.',
  startsAt: '2030-02-01T18:00:00.000Z',
  timeZone: 'Europe/Paris',
}
const venue = {
  name: 'Maison',
  address: '1 rue X',
  city: 'Lyon',
  countryCode: 'FR',
  latitude: 45.76,
  longitude: 4.83,
  url: 'https://example.org/',
}
const allFields = `id title description status startsAt endsAt timeZone imageUrl tags capacity seatsTaken seatsLeft
  waitlistCount checkedInCount createdAt updatedAt organizer { id }
  venue { name address city countryCode latitude longitude url }`

const read = async (id: string) =>
  (await events.query(`query ($id: ID!) { event(id: $id) { ${allFields} } }`, { id })).event

/** Runs a mutation and returns the code and field of each user error. */
async function listUserErrors(
  name: 'createEvent' | 'updateEvent',
  input: object,
  viewer: Viewer = organizer,
) {
  const { userErrors } = await events.mutate(name, input, viewer)
  return userErrors.map(({ code, field }: { code: string; field: string[] }) => `${code} ${field.join('.')}`)
}

describe('an event', () => {
  it('is stored with normalized values', async () => {
    const id = await events.makeEvent({
      ...details,
      title: '  Meeting ',
      endsAt: '2030-02-01T20:00:00.000Z',
      timeZone: 'europe/paris',
      venue: { ...venue, countryCode: 'fr' },
      tags: ['#Open Source', 'open source'],
      capacity: 10,
      imageUrl: 'https://example.org/a.png',
    })
    expect(await read(id)).toEqual({
      ...details,
      id,
      status: 'PUBLISHED',
      endsAt: '2030-02-01T20:00:00.000Z',
      venue,
      tags: ['open-source'],
      capacity: 10,
      seatsTaken: 0,
      seatsLeft: 10,
      waitlistCount: 0,
      checkedInCount: 0,
      imageUrl: 'https://example.org/a.png',
      organizer: { id: organizer.id },
      createdAt: '2030-01-01T00:00:00.000Z',
      updatedAt: '2030-01-01T00:00:00.000Z',
    })
  })

  it('keeps fields that an update omits and clears fields that it sets to null', async () => {
    const id = await events.makeEvent({
      ...details,
      venue,
      tags: ['a'],
      capacity: 10,
      endsAt: '2030-02-01T20:00:00.000Z',
      imageUrl: 'https://example.org/a.png',
    })
    const before = await read(id)
    await events.mutate('updateEvent', { eventId: id }, organizer)
    await events.mutate('updateEvent', { eventId: id, timeZone: 'Asia/Tokyo' }, organizer)
    const changed = { ...before, timeZone: 'Asia/Tokyo', updatedAt: '2030-01-01T00:00:00.001Z' }
    expect(await read(id)).toEqual(changed)
    const cleared = { endsAt: null, venue: null, imageUrl: null, tags: null, capacity: null }
    await events.mutate('updateEvent', { eventId: id, ...cleared }, organizer)
    expect(await read(id)).toEqual({
      ...changed,
      ...cleared,
      updatedAt: '2030-01-01T00:00:00.002Z',
      tags: [],
      seatsLeft: null,
    })
    expect((await events.storedEvent(id)).position).toBeUndefined()
    const required = { title: null, description: null, startsAt: null, timeZone: null }
    expect(await listUserErrors('updateEvent', { eventId: id, ...required })).toEqual([
      'REQUIRED title',
      'REQUIRED description',
      'REQUIRED startsAt',
      'REQUIRED timeZone',
    ])
  })

  it('can be published and cancelled, both idempotent', async () => {
    const eventId = await events.makeEvent({ publish: false })
    const publish = () => events.mutate('publishEvent', { eventId }, organizer)
    expect((await publish()).event.status).toBe('PUBLISHED')
    expect((await publish()).userErrors).toEqual([])
    const cancel = () => events.mutate('cancelEvent', { eventId }, organizer)
    expect((await cancel()).event.status).toBe('CANCELLED')
    expect((await cancel()).userErrors).toEqual([])
    expect(await events.outcome('publishEvent', { eventId }, organizer)).toBe('CONFLICT')
  })

  it('keeps its end after its start during concurrent updates', async () => {
    const eventId = await events.makeEvent({ ...details, endsAt: '2030-02-10T00:00:00Z' })
    for (let round = 0; round < 5; round++) {
      await Promise.all([
        events.outcome('updateEvent', { eventId, startsAt: '2030-02-09T00:00:00Z' }, organizer),
        events.outcome('updateEvent', { eventId, endsAt: '2030-02-05T00:00:00Z' }, organizer),
      ])
      const { startsAt, endsAt } = await read(eventId)
      expect(startsAt < endsAt).toBe(true)
      await events.mutate(
        'updateEvent',
        { eventId, startsAt: details.startsAt, endsAt: '2030-02-10T00:00:00Z' },
        organizer,
      )
    }
  })
})

describe('invalid input', () => {
  const emoji = '🎉'
  it.each<[string, object, string[]]>([
    ['an empty title', { title: ' ' }, ['TOO_SHORT title']],
    ['a long title', { title: emoji.repeat(201) }, ['TOO_LONG title']],
    ['a title at the limit', { title: emoji.repeat(200) }, []],
    ['a long description', { description: 'x'.repeat(100_001) }, ['TOO_LONG description']],
    ['an end at the start', { endsAt: details.startsAt }, ['INVALID endsAt']],
    ['an end before the start', { endsAt: '2029-01-01T00:00:00Z' }, ['INVALID endsAt']],
    ['an unknown time zone', { timeZone: 'Europe/Atlantis' }, ['INVALID timeZone']],
    ['an offset as time zone', { timeZone: '+01:00' }, ['INVALID timeZone']],
    ['an alias of a time zone', { timeZone: 'Asia/Calcutta' }, []],
    ['a capacity of zero', { capacity: 0 }, ['OUT_OF_RANGE capacity']],
    ['a capacity above the limit', { capacity: 1_000_001 }, ['OUT_OF_RANGE capacity']],
    ['an unknown country', { venue: { countryCode: 'XX' } }, ['INVALID venue.countryCode']],
    ['half a position', { venue: { latitude: 1 } }, ['REQUIRED venue.longitude']],
    ['half a position', { venue: { longitude: 1 } }, ['REQUIRED venue.latitude']],
    [
      'a position out of range',
      { venue: { latitude: 90.1, longitude: -180.1 } },
      ['OUT_OF_RANGE venue.latitude', 'OUT_OF_RANGE venue.longitude'],
    ],
    ['a long city', { venue: { city: 'x'.repeat(201) } }, ['TOO_LONG venue.city']],
    ['an FTP URL as venue URL', { venue: { url: 'ftp://example.org' } }, ['INVALID venue.url']],
    ['a script as image URL', { imageUrl: 'javascript:alert(1)' }, ['INVALID imageUrl']],
    ['31 tags', { tags: Array.from({ length: 31 }, (_, index) => `t${index}`) }, ['TOO_LONG tags']],
    ['an empty tag', { tags: ['a', ' '] }, ['TOO_SHORT tags.1']],
    ['several invalid fields', { title: '', capacity: -1 }, ['TOO_SHORT title', 'OUT_OF_RANGE capacity']],
  ])('is checked by createEvent and updateEvent: %s', async (_, input, expected) => {
    const id = await events.makeEvent({ ...details, endsAt: '2030-02-02T00:00:00Z' })
    const before = await read(id)
    const stored = events.connection.collection('events')
    const count = await stored.countDocuments()
    expect(await listUserErrors('createEvent', { ...details, ...input })).toEqual(expected)
    expect((await stored.countDocuments()) - count).toBe(expected.length === 0 ? 1 : 0)
    expect(await listUserErrors('updateEvent', { eventId: id, ...input })).toEqual(expected)
    if (expected.length > 0) expect(await read(id)).toEqual(before)
  })

  it('of updateEvent includes a start after the stored end', async () => {
    const eventId = await events.makeEvent({ ...details, endsAt: '2030-02-02T00:00:00Z' })
    expect(await listUserErrors('updateEvent', { eventId, startsAt: '2030-02-03T00:00:00Z' })).toEqual([
      'INVALID startsAt',
    ])
  })

  it.each<[string, string, string[]]>([
    ['an event of another type', `event(id: "${newId('Post')}")`, ['event']],
    ['an operator', `event(id: "{ $ne: 1 }")`, ['event']],
    ['a page too large', 'events(first: 101)', ['events']],
    ['a made-up cursor', 'events(after: "abc")', ['events']],
    ['relevance without a search', 'events(orderBy: RELEVANCE)', ['events']],
    ['a long search', `events(filter: { search: "${'x'.repeat(201)}" })`, ['events']],
    ['an organizer of another type', `events(filter: { organizerId: "${newId('Event')}" })`, ['events']],
    ['a radius of zero', 'events(filter: { near: { latitude: 0, longitude: 0, radiusKm: 0 } })', ['events']],
    [
      'a radius above the limit',
      'events(filter: { near: { latitude: 0, longitude: 0, radiusKm: 1e9 } })',
      ['events'],
    ],
    [
      'a latitude out of range',
      'events(filter: { near: { latitude: 91, longitude: 0, radiusKm: 1 } })',
      ['events'],
    ],
    [
      'a longitude out of range',
      'events(filter: { near: { latitude: 0, longitude: 181, radiusKm: 1 } })',
      ['events'],
    ],
    ['NUL', 'events(filter: { tag: "a\\u0000" })', ['events']],
  ])('of a query is BAD_USER_INPUT: %s', async (_, field, path) => {
    const selection = field.startsWith('events') ? '{ nodes { id } }' : '{ id }'
    const { data, errors } = await events.send(`{ ${field} ${selection} }`)
    expect(errors).toMatchObject([{ path, extensions: { code: 'BAD_USER_INPUT' } }])
    expect(Object.values(data)).toEqual([null])
  })

  it('with half of a surrogate pair is BAD_USER_INPUT', async () => {
    const input = { ...details, title: 'a\ud800' }
    expect(await events.outcome('createEvent', input, organizer)).toBe('BAD_USER_INPUT')
  })

  it('with an ID of another type is BAD_USER_INPUT in every mutation', async () => {
    const eventId = newId('Registration')
    const viewer = createViewer()
    for (const mutation of ['updateEvent', 'publishEvent', 'cancelEvent', 'registerForEvent'] as const) {
      expect(await events.outcome(mutation, { eventId }, viewer)).toBe('BAD_USER_INPUT')
      expect(await events.outcome(mutation, { eventId: newId('Event') }, viewer)).toBe('NOT_FOUND')
    }
    expect(await events.outcome('checkIn', { eventId, ticketCode: '' }, viewer)).toBe('BAD_USER_INPUT')
    const registrationId = newId('Event')
    expect(await events.outcome('cancelRegistration', { registrationId }, viewer)).toBe('BAD_USER_INPUT')
    expect(await events.outcome('registerForEvent', { eventId: { $ne: 1 } }, viewer)).toBe('BAD_USER_INPUT')
  })
})

describe('lists', () => {
  /** Returns the titles of the organizer's events that match a filter. */
  async function findTitles(viewer: Viewer & { id: string }, filter: string, rest = ''): Promise<string[]> {
    const { events: found } = await events.query(
      `{ events(first: 100, filter: { organizerId: "${viewer.id}" ${filter} } ${rest}) { totalCount nodes { title } } }`,
      {},
      viewer,
    )
    expect(found.totalCount).toBe(found.nodes.length)
    return found.nodes.map(({ title }: { title: string }) => title)
  }

  it('filter by tag, time, place, status and words, also combined', async () => {
    const viewer = createViewer()
    const make = (input: object) => events.makeEvent({ ...details, ...input }, viewer)
    const paris = { latitude: 48.8566, longitude: 2.3522 }
    await make({ title: 'Paris', venue: paris, tags: ['Été'], startsAt: '2030-03-01T00:00:00Z' })
    await make({
      title: 'London',
      venue: { latitude: 51.5072, longitude: -0.1276 },
      startsAt: '2030-03-02T00:00:00Z',
    })
    await make({
      title: 'Fiji',
      venue: { latitude: -17, longitude: 179.9, city: 'Suva' },
      startsAt: '2030-03-03T00:00:00Z',
      endsAt: '2030-04-01T00:00:00Z',
    })
    await make({
      title: 'Entwurf',
      description: 'über Straßen',
      publish: false,
      startsAt: '2030-03-04T00:00:00Z',
    })
    expect(await findTitles(viewer, '')).toEqual(['Paris', 'London', 'Fiji'])
    expect(await findTitles(viewer, 'statuses: [DRAFT]')).toEqual(['Entwurf'])
    expect(await findTitles(viewer, 'statuses: []')).toEqual([])
    expect(await findTitles(viewer, 'tag: " #ÉTÉ"')).toEqual(['Paris'])
    expect(await findTitles(viewer, 'startsAfter: "2030-03-02T00:00:00Z"')).toEqual(['London', 'Fiji'])
    expect(await findTitles(viewer, 'startsBefore: "2030-03-02T00:00:00Z"')).toEqual(['Paris'])
    expect(await findTitles(viewer, 'endsAfter: "2030-03-02T01:59:59Z"')).toEqual(['London', 'Fiji'])
    expect(await findTitles(viewer, 'endsAfter: "2030-03-02T02:00:00Z"')).toEqual(['Fiji'])
    const near = (latitude: number, longitude: number, radiusKm: number) =>
      `near: { latitude: ${latitude}, longitude: ${longitude}, radiusKm: ${radiusKm} }`
    // London and Paris are 343.5 km apart.
    expect(await findTitles(viewer, near(48.8566, 2.3522, 342))).toEqual(['Paris'])
    expect(await findTitles(viewer, near(48.8566, 2.3522, 345))).toEqual(['Paris', 'London'])
    expect(
      await findTitles(viewer, `${near(48.8566, 2.3522, 345)} startsAfter: "2030-03-02T00:00:00Z"`),
    ).toEqual(['London'])
    expect(await findTitles(viewer, near(-17, -179.9, 30))).toEqual(['Fiji'])
    expect(await findTitles(viewer, near(0, 0, 20038))).toEqual(['Paris', 'London', 'Fiji'])
    expect(await findTitles(viewer, 'search: "suva"')).toEqual(['Fiji'])
    expect(await findTitles(viewer, 'search: "ete"')).toEqual(['Paris'])
    expect(await findTitles(viewer, 'search: "STRASSEN", statuses: [DRAFT, PUBLISHED]')).toEqual(['Entwurf'])
    expect(await findTitles(viewer, `search: "suva" ${near(-17, 179, 200)}`)).toEqual(['Fiji'])
    expect(await findTitles(viewer, 'search: "!"')).toEqual([])
  })

  it('order by relevance and paginate that order', async () => {
    const viewer = createViewer()
    for (const [title, description] of [
      ['One', 'a kubernetes evening'],
      ['Kubernetes', 'kubernetes'],
      ['Two', 'kubernetes kubernetes kubernetes and much else besides that is said'],
    ]) {
      await events.makeEvent({ title, description }, viewer)
    }
    const all = await findTitles(viewer, 'search: "kubernetes"', ', orderBy: RELEVANCE')
    expect(all[0]).toBe('Kubernetes')
    expect(all).toHaveLength(3)
    const titles: string[] = []
    for (let after: string | null = null; ;) {
      const {
        events: page,
      }: { events: { nodes: { title: string }[]; pageInfo: { endCursor: string; hasNextPage: boolean } } } =
        await events.query(
          `query ($after: String, $id: ID!) { events(first: 1, after: $after, orderBy: RELEVANCE,
             filter: { search: "kubernetes", organizerId: $id }) { nodes { title } pageInfo { endCursor hasNextPage } } }`,
          { after, id: viewer.id },
        )
      titles.push(...page.nodes.map(({ title }) => title))
      if (!page.pageInfo.hasNextPage) break
      after = page.pageInfo.endCursor
    }
    expect(titles).toEqual(all)
  })

  it.each(['STARTS_AT_ASC', 'STARTS_AT_DESC', 'CREATED_AT_DESC'])(
    'paginate in both directions in the order %s',
    async (orderBy) => {
      const viewer = createViewer()
      const ids: string[] = []
      for (let index = 0; index < 7; index++) {
        const startsAt = new Date(nextMonth.getTime() + Math.floor(index / 3) * 1000)
        ids.push(await events.makeEvent({ title: `E${index}`, startsAt }, viewer))
      }
      const page = async (args: string) => {
        const { events: found } = await events.query(
          `{ events(${args}, orderBy: ${orderBy}, filter: { organizerId: "${viewer.id}" }) {
           nodes { id } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }`,
        )
        return found
      }
      const allIds: string[] = (await page('first: 100')).nodes.map(({ id }: { id: string }) => id)
      expect([...allIds].sort()).toEqual([...ids].sort())
      const forwards: string[] = []
      for (let at = 'first: 2'; ;) {
        const { nodes, pageInfo } = await page(at)
        forwards.push(...nodes.map(({ id }: { id: string }) => id))
        if (!pageInfo.hasNextPage) break
        at = `first: 2, after: "${pageInfo.endCursor}"`
      }
      expect(forwards).toEqual(allIds)
      const backwards: string[] = []
      for (let at = 'last: 2'; ;) {
        const { nodes, pageInfo } = await page(at)
        backwards.unshift(...nodes.map(({ id }: { id: string }) => id))
        if (!pageInfo.hasPreviousPage) break
        at = `last: 2, before: "${pageInfo.startCursor}"`
      }
      expect(backwards).toEqual(allIds)
    },
  )

  it('contain the public events of an organizer, latest start first', async () => {
    const viewer = createViewer()
    const first = await events.makeEvent({ startsAt: '2030-05-01T00:00:00Z' }, viewer)
    const second = await events.makeEvent({ startsAt: '2030-06-01T00:00:00Z' }, viewer)
    await events.makeEvent({ publish: false }, viewer)
    await events.mutate('cancelEvent', { eventId: first }, viewer)
    for (const caller of [viewer, createViewer(), createViewer('ADMIN')]) {
      const { _entities: found } = await events.query(
        `query ($of: [_Any!]!) { _entities(representations: $of) { ... on User { organizedEvents { totalCount nodes { id } } } } }`,
        { of: [{ __typename: 'User', id: viewer.id }] },
        caller,
      )
      expect(found[0].organizedEvents).toEqual({ totalCount: 2, nodes: [{ id: second }, { id: first }] })
    }
  })

  it('contain registrations in order of arrival, filtered by status', async () => {
    const eventId = await events.makeEvent({ capacity: 2 })
    const ids: string[] = []
    for (let index = 0; index < 4; index++) ids.push((await events.register(eventId, createViewer())).id)
    const list = async (args: string) => {
      const { event } = await events.query(
        `query ($id: ID!) { event(id: $id) { registrations${args} { totalCount nodes { id waitlistPosition } } } }`,
        { id: eventId },
        organizer,
      )
      return event.registrations
    }
    const [first, second, third, fourth] = ids
    const waiting = [
      { id: third, waitlistPosition: 1 },
      { id: fourth, waitlistPosition: 2 },
    ]
    const confirmed = [first, second].map((id) => ({ id, waitlistPosition: null }))
    expect(await list('')).toEqual({ totalCount: 4, nodes: [...confirmed, ...waiting] })
    expect(await list('(statuses: [WAITLISTED])')).toEqual({ totalCount: 2, nodes: waiting })
    expect(await list('(statuses: [WAITLISTED, CONFIRMED], last: 3)')).toEqual({
      totalCount: 4,
      nodes: [{ id: second, waitlistPosition: null }, ...waiting],
    })
    expect(await list('(statuses: [CANCELLED])')).toEqual({ totalCount: 0, nodes: [] })
  })
})

it('writes nothing when an event is saved without changes', async () => {
  const venue = { name: 'Hall', city: 'Paris', latitude: 48.8, longitude: 2.3 }
  const input = { ...details, venue, tags: ['News'], capacity: 5, description: '    code' }
  const eventId = await events.makeEvent(input)
  await waitUntil('it is published', async () => !(await events.storedEvent(eventId)).pendingEvents)
  const before = await events.storedEvent(eventId)
  await events.mutate('updateEvent', { ...input, eventId, description: '\n    code\n' }, organizer)
  expect(await events.storedEvent(eventId)).toEqual(before)
  await events.mutate('updateEvent', { ...input, eventId, venue: { ...venue, city: 'Lyon' } }, organizer)
  expect(await events.storedEvent(eventId)).toMatchObject({ version: before.version + 1 })
})
