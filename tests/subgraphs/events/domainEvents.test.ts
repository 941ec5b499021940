import { createEventRepository } from '../../../subgraphs/events/repository'
import { createTicketCode } from '../../../subgraphs/events/domain/registration'
import { openDatabase, type Connection } from '../../../packages/subgraph-kit/mongo/database'
import { createDocumentOutbox } from '../../../packages/event-log/mongo/documentOutbox'
import { newId } from '../../../packages/platform/ids/ids'
import { waitUntil } from '../../support/processes'
import { createViewer, testDatabaseName, testMongodbUri } from '../../support/subgraph'
import {
  followEvents,
  nextMonth,
  organizer,
  makeViewers,
  startEvents,
  today,
  type TestEvents,
} from './support'

describe('what the feed is told', () => {
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

  it('is each change of an event, in order, with what others know of it', async () => {
    const told = await followEvents(events)
    const eventId = await events.makeEvent({ publish: false })
    await events.mutate('updateEvent', { eventId, title: 'Changed' }, organizer)
    await events.mutate('publishEvent', { eventId }, organizer)
    await events.mutate('publishEvent', { eventId }, organizer)
    await events.mutate('updateEvent', { eventId }, organizer)
    await events.mutate('cancelEvent', { eventId }, organizer)
    await waitUntil('four events are told', () => told.of(eventId).length === 4)
    expect(told.of(eventId).map(({ type, sequence, data }) => [type, sequence, data])).toEqual([
      ['event.created', 1, { status: 'DRAFT', wasPublished: false, organizerId: organizer.id }],
      ['event.changed', 2, { status: 'DRAFT', wasPublished: false, organizerId: organizer.id }],
      ['event.published', 3, { status: 'PUBLISHED', wasPublished: true, organizerId: organizer.id }],
      ['event.cancelled', 4, { status: 'CANCELLED', wasPublished: true, organizerId: organizer.id }],
    ])
    await told.close()
  })

  it('is each change of its seats: coming, waiting, being let in, going, and moving up', async () => {
    const eventId = await events.makeEvent({ capacity: 2 })
    const [one, two, three] = makeViewers(3)
    if (!one || !two || !three) throw new Error()
    await waitUntil('it is told', async () => !(await events.storedEvent(eventId)).pendingEvents)
    const told = await followEvents(events)
    const next = async (work: () => Promise<unknown>) => {
      const before = told.of(eventId).length
      await work()
      await waitUntil('it is told', () => told.of(eventId).length > before)
    }
    let ids: { id: string; ticketCode: string | null }[] = []
    await next(async () => ids.push(await events.register(eventId, one, 1)))
    await next(async () => ids.push(await events.register(eventId, two)))
    await next(() => events.register(eventId, three))
    await next(() => events.mutate('cancelRegistration', { registrationId: ids[0]?.id }, one))
    ids = [await events.register(eventId, two)]
    await next(() => events.mutate('checkIn', { eventId, ticketCode: ids[0]?.ticketCode }, organizer))
    expect(new Set(told.of(eventId).map(({ type }) => type))).toEqual(new Set(['event.changed']))
    await told.close()
  })

  it('leads whoever looks whenever it is told to what there is in the end, with a rush on two instances', async () => {
    const eventId = await events.makeEvent()
    let seen = 0
    const told = await followEvents(events, async ({ entity }) => {
      if (entity === eventId) seen = (await events.storedEvent(eventId)).seatsTaken
    })
    for (let rush = 1; rush <= 5; rush++) {
      await Promise.all(
        makeViewers(40).map((viewer, index) => (index % 2 ? events : second).register(eventId, viewer)),
      )
      await waitUntil('all seats are seen', () => seen === rush * 40)
    }
    expect(told.of(eventId).length).toBeLessThan(200)
    await told.close()
  })

  it('is nothing when registrations are imported', async () => {
    const eventId = await events.makeEvent()
    await waitUntil('it is told', async () => !(await events.storedEvent(eventId)).pendingEvents)
    await events.importPeople(eventId, 10)
    expect(await events.storedEvent(eventId)).toMatchObject({ seatsTaken: 10, eventSequence: 1 })
  })
})

describe('a rush while nobody publishes', () => {
  let connection: Connection
  beforeAll(async () => {
    connection = await openDatabase(testMongodbUri(), testDatabaseName('events'))
  })
  afterAll(async () => {
    await connection.dropDatabase()
    await connection.close()
  })

  it('leaves one event beside those that are claimed', async () => {
    const repository = createEventRepository(connection, () => today)
    await repository.prepare()
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
    const waiting = async () => {
      const found = await connection.collection('events').findOne()
      const pending: { type: string }[] = found?.['pendingEvents'] ?? []
      return [found?.['eventSequence'], ...pending.map(({ type }) => type)]
    }

    await repository.insertEvent(event)
    await rush()
    expect(await waiting()).toEqual([2, 'event.created', 'event.changed'])
    const first = await outbox.claim()
    await rush()
    await rush()
    expect(await waiting()).toEqual([3, 'event.created', 'event.changed', 'event.changed'])
    expect(first.events.get(event.id)?.map(({ sequence }) => sequence)).toEqual([1, 2])
    await outbox.clear(first)
    expect(await waiting()).toEqual([3, 'event.changed'])
    await rush()
    expect(await waiting()).toEqual([3, 'event.changed'])
    // What others know has changed: that is another event, and what comes then another one still.
    await repository.changeEvent(event.id, () => ({ organizerId: null }))
    await rush()
    await repository.changeEvent(event.id, () => ({ status: 'CANCELLED' }))
    await repository.cancelRegistrationsOfAllCancelledEvents(new AbortController().signal)
    expect(await waiting()).toEqual([6, 'event.changed', 'event.changed', 'event.cancelled', 'event.changed'])
    const second = await outbox.claim()
    expect(second.events.get(event.id)?.map(({ sequence, data }) => [sequence, data['status']])).toEqual([
      [3, 'PUBLISHED'],
      [4, 'PUBLISHED'],
      [5, 'CANCELLED'],
      [6, 'CANCELLED'],
    ])
  })
})
