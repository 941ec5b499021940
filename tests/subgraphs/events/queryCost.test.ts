import type { mongo } from 'mongoose'

import { generateCommunity } from '../../../bench/generateCommunity'
import { newId } from '../../../schema/ids'
import { measurePages } from '../../support/listCost'
import { createViewer, isCommandOfRequest } from '../../support/subgraph'
import { makeViewers, openRepository, organizer, startEvents, today, type TestEvents } from './support'

let events: TestEvents
beforeAll(async () => {
  events = await startEvents()
})
afterAll(() => events.close())

describe('the number of database commands', () => {
  it.each([10, 100])(
    'is two for a page of %i events with nested fields',
    async (first) => {
      const viewer = createViewer()
      const missing = first - (await events.connection.collection('events').countDocuments())
      const makeOne = async () => events.register(await events.makeEvent(), viewer)
      await Promise.all(Array.from({ length: missing }, makeOne))
      const document = `query ($first: Int!) { events(first: $first) { nodes {
      title organizer { id } viewerCanUpdate seatsLeft viewerRegistration { status ticketCode event { title } } } } }`
      const commands = await events.recordCommands(async () => {
        const { events: page } = await events.query(document, { first }, viewer)
        expect(page.nodes).toHaveLength(first)
      })
      expect(commands).toEqual(['find', 'find'])
    },
    120_000,
  )

  it('is five for a page of events with registrations, waitlist positions and counts', async () => {
    const eventIds = [await events.makeEvent({ capacity: 1 }), await events.makeEvent({ capacity: 1 })]
    for (const eventId of eventIds)
      for (const viewer of makeViewers(4)) await events.register(eventId, viewer)
    const document = `{ events(last: 100) { nodes { registrations(first: 3) { totalCount nodes { waitlistPosition } } } totalCount } }`
    const commands = await events.recordCommands(() => events.query(document, {}, createViewer('ADMIN')))
    expect(commands.sort()).toEqual(['aggregate', 'aggregate', 'aggregate', 'aggregate', 'find'])
  })

  it('is one for a page without totalCount', async () => {
    const commands = await events.recordCommands(() => events.query('{ events { nodes { id } } }'))
    expect(commands).toEqual(['find'])
  })

  it('is nine for a registration, and less for each of many concurrent ones', async () => {
    const eventId = await events.makeEvent()
    const commands = await events.recordCommands(() => events.register(eventId, createViewer()))
    // The first command charges the write limit.
    expect(commands).toEqual(['update', 'find', 'find', 'find', 'find', 'update', 'update', 'update', 'find'])
    const many = await events.recordCommands(() =>
      Promise.all(makeViewers(100).map((viewer) => events.register(eventId, viewer))),
    )
    expect(many.length).toBeLessThan(500)
  })
})

describe('pages of lists', () => {
  const statuses = ['PUBLISHED', 'CANCELLED', 'DRAFT'] as const
  const own = createViewer()
  beforeAll(async () => {
    const repository = await openRepository(events.database)
    const { events: generated } = generateCommunity({ users: 100, posts: 0, comments: 0, events: 1500 })
    // Few are of one organizer.
    const stored = generated.map((event, index) => ({
      ...event,
      status: statuses[index % statuses.length] ?? 'DRAFT',
      createdAt: new Date(event.startsAt.getTime() - (1 + (index % 60)) * 86_400_000),
      ...(index % 100 < 2 && { organizerId: own.id }),
    }))
    await repository.importEvents(stored)
    await repository.close()
  })

  const cases = ['STARTS_AT_ASC', 'STARTS_AT_DESC', 'CREATED_AT_DESC', 'UPCOMING'].flatMap((orderBy) =>
    ['PUBLISHED, CANCELLED', 'PUBLISHED, CANCELLED, DRAFT'].map((list): [string, string] => [orderBy, list]),
  )
  it.each(cases)('sorted by %s examine a page of each of the statuses %s', async (orderBy, list) => {
    const args = `orderBy: ${orderBy}, filter: { statuses: [${list}] }`
    const field = 'Query.events'
    const count = list.split(',').length
    for (const { rows, examined } of await measurePages(events, { field, args }))
      expect(examined).toBeLessThanOrEqual(3 * Math.max(1, rows))
    for (const { examined } of await measurePages(events, { field, args, viewer: createViewer('ADMIN') }))
      expect(examined).toBeLessThanOrEqual((21 + 1) * count)
    // The own events twice: cancelled ones and drafts.
    for (const { examined } of await measurePages(events, { field, args, viewer: own }))
      expect(examined).toBeLessThanOrEqual(2 * 22 + 2 * 30)
  })

  it('of upcoming events with a tag examine those with the tag', async () => {
    const { events: page } = await events.query('{ events(first: 1) { nodes { tags } } }')
    const [tag] = page.nodes[0].tags
    const list = { field: 'Query.events', args: `orderBy: UPCOMING, filter: { tag: "${tag}" }` }
    // A third of the events is published.
    for (const { rows, examined } of await measurePages(events, list))
      expect(examined).toBeLessThanOrEqual(3 * (Math.max(1, rows) + 3))
  })

  it('of registrations examine few of the event', async () => {
    const eventId = await events.makeEvent({ capacity: 200 })
    await events.importPeople(eventId, 600)
    for (const args of ['', 'statuses: [CONFIRMED]', 'statuses: [CONFIRMED, WAITLISTED]']) {
      const list = { field: 'Event.registrations', args, parentIds: [eventId], viewer: organizer }
      for (const { rows, examined } of await measurePages(events, list))
        expect(examined).toBeLessThanOrEqual(3 * Math.max(1, rows))
    }
  })
})

describe('an event with a long waitlist', () => {
  const size = process.env['FULL'] ? 50_000 : 10_000
  let eventId: string
  let holder: ReturnType<typeof createViewer>
  let heldRegistrationId: string

  beforeAll(async () => {
    eventId = await events.makeEvent({ capacity: 2 })
    holder = createViewer()
    heldRegistrationId = (await events.register(eventId, holder)).id
    await events.register(eventId, createViewer())
    const registrations = events.connection.collection<{ _id: string }>('registrations')
    const template = { eventId, registeredAt: today, checkedInAt: null, version: 3, status: 'WAITLISTED' }
    // Parties of three and more, none of which fits into one seat.
    const waiting = Array.from({ length: size }, (_, index) => ({
      ...template,
      _id: newId('Registration'),
      userId: newId('User'),
      guestCount: 2 + (index % 99),
      sequence: 3 + index,
      ticketCode: newId('Registration'),
    }))
    await registrations.insertMany(waiting)
    await events.connection
      .collection<{ _id: string }>('events')
      .updateOne({ _id: eventId }, { $set: { sequence: size + 2, waitlistCount: size, capacity: 2 } })
  })

  /** Returns the maximum numbers of index keys and documents that a read of `work` examines. */
  async function measureReads(work: () => Promise<unknown>): Promise<{ keys: number; documents: number }> {
    const reads: mongo.Document[] = []
    const client = events.connection.getClient()
    const recordRead = (event: mongo.CommandStartedEvent) => {
      const isRead = event.commandName === 'find' || event.commandName === 'aggregate'
      if (isRead && isCommandOfRequest(JSON.stringify(event.command))) reads.push(event.command)
    }
    client.on('commandStarted', recordRead)
    await work().finally(() => client.off('commandStarted', recordRead))
    expect(reads.length).toBeGreaterThan(0)
    let keys = 0
    let documents = 0
    for (const { lsid: _lsid, $db: _db, ...read } of reads) {
      const explained = await events.connection.db?.command({ explain: read, verbosity: 'executionStats' })
      for (const stats of findStatistics(explained)) {
        keys = Math.max(keys, stats.totalKeysExamined)
        documents = Math.max(documents, stats.totalDocsExamined)
      }
    }
    return { keys, documents }
  }

  it('adds a registration at its end with few reads', async () => {
    const viewer = createViewer()
    let position: number | null = null
    const examined = await measureReads(async () => {
      position = (await events.register(eventId, viewer, 1)).waitlistPosition
    })
    expect(position).toBe(size + 1)
    // The position is counted from the end of the waitlist.
    expect(examined.documents).toBeLessThanOrEqual(2)
    expect(examined.keys).toBeLessThanOrEqual(1001)
  })

  it('offers a freed seat without reading parties that do not fit', async () => {
    const examined = await measureReads(() =>
      events.mutate('cancelRegistration', { registrationId: heldRegistrationId }, holder),
    )
    expect(examined.documents).toBeLessThanOrEqual(2)
    expect(examined.keys).toBeLessThanOrEqual(110)
    const { seatsTaken, waitlistCount } = await events.storedEvent(eventId)
    expect({ seatsTaken, waitlistCount }).toEqual({ seatsTaken: 1, waitlistCount: size + 1 })
  })

  it('reads only the documents of a page and of a ticket', async () => {
    const page = await measureReads(() =>
      events.query(
        'query ($id: ID!) { event(id: $id) { registrations(first: 5, statuses: [WAITLISTED]) { nodes { id } } } }',
        { id: eventId },
        organizer,
      ),
    )
    expect(page.documents).toBeLessThanOrEqual(7)
    const scan = await measureReads(() =>
      events.mutate('checkIn', { eventId, ticketCode: 'unknown' }, organizer),
    )
    expect(scan).toEqual({ keys: 1, documents: 1 })
  })

  /** Returns the statistics at any depth of an explanation. */
  function findStatistics(value: unknown): { totalKeysExamined: number; totalDocsExamined: number }[] {
    if (typeof value !== 'object' || value === null) return []
    const own =
      'totalKeysExamined' in value && 'totalDocsExamined' in value
        ? [
            {
              totalKeysExamined: Number(value.totalKeysExamined),
              totalDocsExamined: Number(value.totalDocsExamined),
            },
          ]
        : []
    return [...own, ...Object.values(value).flatMap(findStatistics)]
  }
})
