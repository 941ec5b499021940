import type { Event } from '../../../subgraphs/events/domain/event'
import { newId } from '../../../schema/ids'
import { listCombinations, describeCombination } from '../../support/combinations'
import { createViewer } from '../../support/subgraph'
import { openRepository, makeViewers, startEvents, today, type TestEvents } from './support'

// More than the query planner examines during its trial of candidate indexes.
const size = 2600
const day = 24 * 60 * 60 * 1000
const past = createViewer()
const future = createViewer()
const paris = { latitude: 48.85, longitude: 2.35, radiusKm: 10 }

/** One half is past and in Paris, the other half is upcoming and elsewhere; both contain cancelled events. */
const allEvents = [
  ...Array.from({ length: size }, (_, index) => makeEvent(index, past.id, true)),
  ...Array.from({ length: size }, (_, index) => makeEvent(index, future.id, false)),
]

let events: TestEvents
beforeAll(async () => {
  events = await startEvents()
  const repository = await openRepository(events.database)
  await repository.importEvents(allEvents)
  await repository.close()
})
afterAll(() => events.close())

function makeEvent(index: number, organizerId: string, isPast: boolean): Event {
  const startsAt = new Date(today.getTime() + (isPast ? -1 : 1) * (index + 2) * day)
  const venue = { name: null, address: null, city: null, countryCode: null, url: null }
  return {
    id: newId('Event'),
    // Fewer matches than a search examines.
    title: isPast && index % 3 === 0 ? 'Regatta' : 'Concert',
    description: '',
    status: index % 7 === 0 ? 'CANCELLED' : 'PUBLISHED',
    wasPublished: true,
    startsAt,
    endsAt: null,
    timeZone: 'UTC',
    venue: isPast
      ? { ...venue, latitude: 48.86, longitude: 2.34 }
      : { ...venue, latitude: -33.87, longitude: 151.2 },
    imageUrl: null,
    registrationClosesAt: null,
    maxGuests: 5,
    tags: isPast ? ['sailing'] : ['music'],
    capacity: null,
    seatsTaken: 0,
    waitlistCount: 0,
    checkedInCount: 0,
    organizerId,
    createdAt: new Date(today.getTime() - index * 1000),
    updatedAt: today,
  }
}

/** A value of each filter field. Most combinations exclude each other on this data. */
const filters = {
  tag: 'sailing',
  startsAfter: new Date(today.getTime() + day).toISOString(),
  startsBefore: new Date(today.getTime() + 3 * size * day).toISOString(),
  endsAfter: today.toISOString(),
  near: paris,
  organizerId: past.id,
  statuses: ['CANCELLED', 'PUBLISHED'],
}

type Filter = Partial<typeof filters> & { search?: string }

function matches(event: Event, filter: Filter): boolean {
  const isPast = event.startsAt < today
  if (filter.search && event.title !== 'Regatta') return false
  const wantsPast = [filter.tag, filter.near, filter.organizerId].some(Boolean)
  const wantsFuture = [filter.startsAfter, filter.endsAfter].some(Boolean)
  return (filter.statuses || event.status === 'PUBLISHED') && (isPast ? !wantsFuture : !wantsPast)
}

const time = (a: Date, b: Date) => a.getTime() - b.getTime()
const ids = (a: Event, b: Event) => (a.id < b.id ? -1 : 1)
const orders = {
  STARTS_AT_ASC: (a: Event, b: Event) => time(a.startsAt, b.startsAt) || ids(a, b),
  STARTS_AT_DESC: (a: Event, b: Event) => time(b.startsAt, a.startsAt) || ids(b, a),
  CREATED_AT_DESC: (a: Event, b: Event) => time(b.createdAt, a.createdAt) || ids(b, a),
}

const combinations: Filter[] = listCombinations(filters)
// A search leaves the planner no choice, since only the text index supports it.
const searches = combinations
  .filter((filter) => Object.keys(filter).length < 2)
  .map((filter) => ({ search: 'regatta', ...filter }))

it.each([...combinations, ...searches].map((filter) => [describeCombination(filter), filter] as const))(
  'lists events in every order, filtered by %s',
  async (_, filter) => {
    const found = allEvents.filter((event) => matches(event, filter))
    const page = (orderBy: string, args: string) =>
      `events(filter: $filter, orderBy: ${orderBy}, ${args}) { totalCount nodes { id } }`
    const lists = Object.keys(orders).map(
      (order) => `${order}: ${page(order, 'first: 3')} ${order}_BACK: ${page(order, 'last: 3')}`,
    )
    if (filter.search) lists.push(`RELEVANCE: ${page('RELEVANCE', 'first: 3')}`)
    const data = await events.query(`query ($filter: EventFilter!) { ${lists.join('\n')} }`, { filter })
    for (const [order, compare] of Object.entries(orders)) {
      const expected = [...found].sort(compare).map(({ id }) => ({ id }))
      expect(data[order]).toEqual({ totalCount: found.length, nodes: expected.slice(0, 3) })
      expect(data[`${order}_BACK`]).toEqual({ totalCount: found.length, nodes: expected.slice(-3) })
    }
    if (filter.search) expect(data.RELEVANCE.totalCount).toBe(found.length)
  },
)

it("lists a user's events", async () => {
  const document = `query ($of: [_Any!]!) {
    _entities(representations: $of) { ... on User { organizedEvents(last: 3) { totalCount nodes { id } } } }
  }`
  const { _entities: found } = await events.query(document, { of: [{ __typename: 'User', id: past.id }] })
  const expected = allEvents.filter(({ organizerId }) => organizerId === past.id).sort(orders.STARTS_AT_DESC)
  const nodes = expected.slice(-3).map(({ id }) => ({ id }))
  expect(found[0].organizedEvents).toEqual({ totalCount: size, nodes })
})

describe('registrations', () => {
  const organizer = createViewer()
  const [visitor = organizer] = makeViewers(1)
  let eventId: string
  beforeAll(async () => {
    eventId = await events.makeEvent({}, organizer)
    await events.importPeople(eventId, size)
    await events.register(eventId, visitor)
  })

  const statuses = { CONFIRMED: true, WAITLISTED: true, CANCELLED: true }
  it.each(
    listCombinations(statuses).map(
      (combination) => [describeCombination(combination), Object.keys(combination)] as const,
    ),
  )('lists registrations of the statuses %s', async (_, wanted) => {
    const list = 'registrations(first: 3, statuses: $statuses) { totalCount nodes { status } }'
    const document = `query ($id: ID!, $statuses: [RegistrationStatus!], $of: [_Any!]!) {
        event(id: $id) { ${list} }
        _entities(representations: $of) { ... on User { ${list} } }
      }`
    const isConfirmed = wanted.includes('CONFIRMED')
    const ofEvent = await events.query(document, { id: eventId, statuses: wanted, of: [] }, organizer)
    expect(ofEvent.event.registrations.totalCount).toBe(isConfirmed ? size + 1 : 0)
    expect(ofEvent.event.registrations.nodes).toHaveLength(isConfirmed ? 3 : 0)
    const of = [{ __typename: 'User', id: visitor.id }]
    const ofUser = await events.query(document, { id: eventId, statuses: wanted, of }, visitor)
    expect(ofUser._entities[0].registrations.totalCount).toBe(isConfirmed ? 1 : 0)
  })
})
