import { createEventRepository } from '../../../subgraphs/events/repository'
import { createTicketCode } from '../../../subgraphs/events/domain/registration'
import { openDatabase, type Connection } from '../../../packages/subgraph-kit/mongo/database'
import { createDocumentOutbox } from '../../../packages/event-log/mongo/documentOutbox'
import { newId } from '../../../schema/ids'
import { createLog } from '../../../packages/platform/log'
import { waitUntil } from '../../support/processes'
import { createViewer, testDatabaseName, testMongodbUri } from '../../support/subgraph'
import {
  collectDomainEvents,
  nextMonth,
  organizer,
  makeViewers,
  startEvents,
  today,
  type TestEvents,
} from './support'

describe('the domain events of an event', () => {
  let events: TestEvents
  let second: TestEvents
  beforeAll(async () => {
    events = await startEvents()
    second = await startEvents({ database: events.database })
  })
  afterAll(async () => {
    await second.close()
    await events.close()
  })

  it('report each change in order', async () => {
    const published = await collectDomainEvents(events)
    const eventId = await events.makeEvent({ publish: false })
    await events.mutate('updateEvent', { eventId, title: 'Changed' }, organizer)
    await events.mutate('publishEvent', { eventId }, organizer)
    await events.mutate('publishEvent', { eventId }, organizer)
    await events.mutate('updateEvent', { eventId }, organizer)
    await events.mutate('cancelEvent', { eventId }, organizer)
    await waitUntil('four events are published', () => published.of(eventId).length === 4)
    expect(published.of(eventId).map(({ type, sequence, data }) => [type, sequence, data])).toEqual([
      ['event.created', 1, { status: 'DRAFT', wasPublished: false, organizerId: organizer.id }],
      ['event.changed', 2, { status: 'DRAFT', wasPublished: false, organizerId: organizer.id }],
      ['event.published', 3, { status: 'PUBLISHED', wasPublished: true, organizerId: organizer.id }],
      [
        'event.cancelled',
        4,
        { status: 'CANCELLED', wasPublished: true, organizerId: organizer.id, actorId: organizer.id },
      ],
    ])
    await published.close()
  })

  it('report registrations, waitlisting, cancellations, promotions and check-ins', async () => {
    const eventId = await events.makeEvent({ capacity: 2 })
    const [one, two, three] = makeViewers(3)
    if (!one || !two || !three) throw new Error()
    await waitUntil('the event is published', async () => !(await events.storedEvent(eventId)).pendingEvents)
    const published = await collectDomainEvents(events)
    const expectPublished = async (work: () => Promise<unknown>) => {
      const countBefore = published.of(eventId).length
      await work()
      await waitUntil('the event is published', () => published.of(eventId).length > countBefore)
    }
    let ids: { id: string; ticketCode: string | null }[] = []
    await expectPublished(async () => ids.push(await events.register(eventId, one, 1)))
    await expectPublished(async () => ids.push(await events.register(eventId, two)))
    await expectPublished(() => events.register(eventId, three))
    await expectPublished(() => events.mutate('cancelRegistration', { registrationId: ids[0]?.id }, one))
    ids = [await events.register(eventId, two)]
    await expectPublished(() =>
      events.mutate('checkIn', { eventId, ticketCode: ids[0]?.ticketCode }, organizer),
    )
    const types = ['event.changed', 'registration.cancelled', 'registration.promoted']
    const listTypes = () => [...new Set(published.of(eventId).map(({ type }) => type))]
    await waitUntil('events of each type are published', () => listTypes().length >= types.length)
    expect(listTypes().sort()).toEqual(types)
    await published.close()
  })

  it('let a subscriber that reads after each event see the final state of a rush on two instances', async () => {
    const eventId = await events.makeEvent()
    let seenSeats = 0
    const published = await collectDomainEvents(events, async ({ entity }) => {
      if (entity === eventId) seenSeats = (await events.storedEvent(eventId)).seatsTaken
    })
    for (let rush = 1; rush <= 5; rush++) {
      await Promise.all(
        makeViewers(40).map((viewer, index) => (index % 2 ? events : second).register(eventId, viewer)),
      )
      await waitUntil('all seats are seen', () => seenSeats === rush * 40)
    }
    expect(published.of(eventId).length).toBeLessThan(200)
    await published.close()
  })

  it('do not report imported registrations', async () => {
    const eventId = await events.makeEvent()
    await waitUntil('the event is published', async () => !(await events.storedEvent(eventId)).pendingEvents)
    await events.importPeople(eventId, 10)
    expect(await events.storedEvent(eventId)).toMatchObject({ seatsTaken: 10, eventSequence: 1 })
  })
})

describe('a rush without an outbox relay', () => {
  let connection: Connection
  beforeAll(async () => {
    connection = await openDatabase(testMongodbUri(), testDatabaseName('events'))
  })
  afterAll(async () => {
    await connection.dropDatabase()
    await connection.close()
  })

  it('leaves one pending event besides the claimed ones', async () => {
    const repository = createEventRepository(connection, () => today)
    await repository.prepare(createLog('events', 'silent'))
    const event = {
      id: newId('Event'),
      title: 'Rush',
      description: '',
      status: 'PUBLISHED' as const,
      wasPublished: true,
      startsAt: nextMonth,
      endsAt: null,
      timeZone: 'UTC',
      venue: null,
      imageUrl: null,
      registrationClosesAt: null,
      maxGuests: 5,
      tags: [],
      capacity: 20,
      seatsTaken: 0,
      waitlistCount: 0,
      checkedInCount: 0,
      organizerId: createViewer().id,
      createdAt: today,
      updatedAt: today,
    }
    const register = (userId: string) =>
      repository.submitSeatRequest(event.id, {
        kind: 'register',
        id: newId('Registration'),
        userId,
        guestCount: 0,
        ticketCode: createTicketCode(),
        registeredAt: today,
      })
    const rush = async () => {
      for (const { id } of makeViewers(10)) await register(id)
    }
    const outbox = createDocumentOutbox(connection, 'events')
    const readOutbox = async () => {
      const found = await connection.collection('events').findOne()
      const pending: { type: string }[] = found?.['pendingEvents'] ?? []
      return [found?.['eventSequence'], ...pending.map(({ type }) => type)]
    }

    await repository.insertEvent(event)
    await rush()
    expect(await readOutbox()).toEqual([2, 'event.created', 'event.changed'])
    const first = await outbox.claim()
    await rush()
    await rush()
    expect(await readOutbox()).toEqual([3, 'event.created', 'event.changed', 'event.changed'])
    expect(first.events.get(event.id)?.map(({ sequence }) => sequence)).toEqual([1, 2])
    await outbox.clear(first)
    expect(await readOutbox()).toEqual([3, 'event.changed'])
    await rush()
    expect(await readOutbox()).toEqual([3, 'event.changed'])
    // A change of the event's data requires new domain events.
    await repository.changeEvent(event.id, () => ({ organizerId: createViewer().id }))
    await rush()
    await repository.changeEvent(event.id, () => ({ status: 'CANCELLED' }))
    await repository.cancelRegistrationsOfAllCancelledEvents(new AbortController().signal)
    expect(await readOutbox()).toEqual([
      8,
      'event.changed',
      'event.transferred',
      // The details, and then the seats.
      'event.changed',
      'event.changed',
      'event.cancelled',
      'event.changed',
    ])
    const second = await outbox.claim()
    expect(second.events.get(event.id)?.map(({ sequence, data }) => [sequence, data['status']])).toEqual([
      [3, 'PUBLISHED'],
      [4, undefined],
      [5, 'PUBLISHED'],
      [6, 'PUBLISHED'],
      [7, 'CANCELLED'],
      [8, 'CANCELLED'],
    ])
  })
})
