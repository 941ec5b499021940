import { createEventRepository } from '../../../subgraphs/events/repository'
import { createTicketCode } from '../../../subgraphs/events/domain/registration'
import { openDatabase } from '../../../packages/subgraph-kit/mongo/database'
import { createPendingEvent } from '../../../packages/event-log/outbox/outbox'
import { newId } from '../../../schema/ids'
import { waitUntil } from '../../support/processes'
import { createViewer, testMongodbUri } from '../../support/subgraph'
import { collectDomainEvents, organizer, makeViewers, startEvents, today, type TestEvents } from './support'

let events: TestEvents
beforeAll(async () => {
  events = await startEvents()
})
afterAll(() => events.close())

const moderator = createViewer('MODERATOR')
const waitUntilNoRegistrations = (eventId: string) =>
  waitUntil('no registrations are left', async () => (await events.storedRegistrations(eventId)).length === 0)

it('deletes an event permanently, and its registrations', async () => {
  const eventId = await events.makeEvent({ capacity: 1, title: 'Casino offers', tags: ['casino'] })
  const [holder, waiting] = [createViewer(), createViewer()]
  const { ticketCode } = await events.register(eventId, holder)
  await events.register(eventId, waiting)
  const published = await collectDomainEvents(events)
  const input = { eventId, reason: 'Spam' }
  expect(await events.mutate('deleteEvent', input, moderator)).toEqual({
    deletedEventId: eventId,
    userErrors: [],
  })
  await waitUntilNoRegistrations(eventId)
  await waitUntil('the deletion is published', () => published.of(eventId).at(-1)?.type === 'event.deleted')
  expect(published.of(eventId).at(-1)?.data).toEqual({
    wasPublished: true,
    organizerId: expect.stringMatching(/^usr_/),
    moderatorId: moderator.id,
    reason: 'Spam',
  })
  await published.close()

  const document = `query ($id: ID!, $user: ID!) {
    event(id: $id) { id }
    all: events(filter: { tag: "casino", statuses: [DRAFT, PUBLISHED, CANCELLED] }) { totalCount nodes { id } }
    found: events(filter: { search: "casino" }) { totalCount nodes { id } }
    user: _entities(representations: [{ __typename: "User", id: $user }]) {
      ... on User { registrations { totalCount nodes { id } } } }
    entity: _entities(representations: [{ __typename: "Event", id: $id }]) { ... on Event { id } }
  }`
  const emptyList = { totalCount: 0, nodes: [] }
  expect(await events.query(document, { id: eventId, user: holder.id }, holder)).toEqual({
    event: null,
    all: emptyList,
    found: emptyList,
    user: [{ registrations: emptyList }],
    entity: [null],
  })
  expect(await events.outcome('registerForEvent', { eventId }, holder)).toBe('NOT_FOUND')
  expect(await events.outcome('checkIn', { eventId, ticketCode }, organizer)).toBe('NOT_FOUND')
  expect(await events.outcome('deleteEvent', { eventId }, moderator)).toBe('NOT_FOUND')
  const sequence = (await events.storedEvent(eventId)).eventSequence
  await waitUntil('the outbox is empty', async () => !(await events.storedEvent(eventId)).pendingEvents)
  expect(await events.storedEvent(eventId)).toEqual({
    _id: eventId,
    deletedAt: today,
    eventSequence: sequence,
  })
})

it('rejects a reason that is too long and an ID of another type', async () => {
  const eventId = await events.makeEvent()
  expect(await events.outcome('deleteEvent', { eventId, reason: 'x'.repeat(1001) }, moderator)).toBe(
    'TOO_LONG',
  )
  expect(await events.outcome('deleteEvent', { eventId: newId('Post') }, moderator)).toBe('BAD_USER_INPUT')
})

it('leaves no registrations when users register concurrently', async () => {
  const eventId = await events.makeEvent({ capacity: 10 })
  const outcomes = await Promise.all([
    ...makeViewers(20).map((viewer) => events.outcome('registerForEvent', { eventId }, viewer)),
    events.outcome('deleteEvent', { eventId }, moderator),
    ...makeViewers(20).map((viewer) => events.outcome('registerForEvent', { eventId }, viewer)),
  ])
  expect(outcomes.filter((outcome) => !['yes', 'NOT_FOUND'].includes(outcome))).toEqual([])
  await waitUntilNoRegistrations(eventId)
})

it('deletes a registration that a slow process writes after the deletion of its event', async () => {
  const eventId = await events.makeEvent()
  const connection = await openDatabase(testMongodbUri(), events.database)
  const registrations = connection.collection<{ _id: string }>('registrations')
  const bulkWrite = registrations.bulkWrite.bind(registrations)
  // Deletes the event between the decision and its application to the registrations.
  registrations.bulkWrite = async (...args) => {
    await events.mutate('deleteEvent', { eventId }, moderator)
    return bulkWrite(...args)
  }
  try {
    const registrationId = newId('Registration')
    const { registration } = await createEventRepository(connection, () => today).submitSeatRequest(eventId, {
      kind: 'register',
      id: registrationId,
      userId: newId('User'),
      guestCount: 0,
      ticketCode: createTicketCode(),
      registeredAt: today,
    })
    expect(registration).toMatchObject({ id: registrationId, status: 'CONFIRMED' })
    expect(await registrations.findOne({ _id: registrationId })).toBeNull()
    expect(await events.storedEvent(eventId)).not.toHaveProperty('journal')
  } finally {
    await connection.close()
  }
})

it('deletes registrations of deleted events when projections are rebuilt', async () => {
  const [deleted, kept] = [await events.makeEvent(), await events.makeEvent()]
  for (const eventId of [deleted, kept]) await events.register(eventId, createViewer())
  // Restored below, as from a backup.
  const restored = await events.storedRegistrations(deleted)
  await events.mutate('deleteEvent', { eventId: deleted }, moderator)
  await waitUntilNoRegistrations(deleted)
  await events.connection.collection<(typeof restored)[number]>('registrations').insertMany(restored)
  const rebuild = { ...createPendingEvent('feed.rebuild', {}, today), entity: '', sequence: 0, data: {} }
  await events.eventLog.publish('events', [rebuild])
  await waitUntilNoRegistrations(deleted)
  expect(await events.storedRegistrations(kept)).toHaveLength(1)
})
