import { createEventRepository } from '../../../subgraphs/events/repository'
import { createTicketCode } from '../../../subgraphs/events/domain/registration'
import { openDatabase } from '../../../packages/subgraph-kit/mongo/database'
import { createPendingEvent } from '../../../packages/event-log/outbox/outbox'
import { anonymous, type Viewer } from '../../../packages/auth/viewer'
import { newId } from '../../../schema/ids'
import { waitUntil } from '../../support/processes'
import { createViewer, testMongodbUri } from '../../support/subgraph'
import {
  collectDomainEvents,
  createUserDeletedEvent,
  makeViewers,
  nextMonth,
  organizer,
  startEvents,
  today,
  type TestEvents,
} from './support'

const dayMs = 24 * 60 * 60 * 1000

let clock = today
let events: TestEvents
beforeAll(async () => {
  events = await startEvents({ now: () => clock })
})
afterAll(() => events.close())
afterEach(() => {
  clock = today
})

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
  await waitUntil(
    'the deletion is published',
    () => published.of(eventId).at(-1)?.type === 'event.registrationsDeleted',
  )
  const [deletion, registrations] = published.of(eventId).slice(-2)
  expect(deletion).toMatchObject({ type: 'event.deleted' })
  expect(deletion?.data).toEqual({
    wasPublished: true,
    organizerId: organizer.id,
    moderatorId: moderator.id,
    reason: 'Spam',
  })
  expect(registrations?.data).toEqual({
    startsAt: nextMonth.toISOString(),
    actorId: moderator.id,
    userIds: expect.arrayContaining([holder.id, waiting.id]),
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
  const tombstone = { _id: eventId, deletedAt: today, eventSequence: sequence }
  expect(await events.storedEvent(eventId)).toMatchObject(tombstone)
  clock = new Date(today.getTime() + 90 * dayMs)
  await sweepUntil(async () => !(await events.storedEvent(eventId)).eraseAt)
  expect(await events.storedEvent(eventId)).toEqual(tombstone)
})

/** Starts a further process, which sweeps at its start. */
async function sweepUntil(isDone: () => Promise<boolean>): Promise<void> {
  const next = await startEvents({ database: events.database, now: () => clock })
  await waitUntil('the tombstone is swept', isDone)
  await next.close()
}

describe('a removed event', () => {
  const callers = {
    anonymous,
    organizer,
    member: createViewer(),
    moderator: createViewer('MODERATOR'),
    administrator: createViewer('ADMIN'),
  } satisfies Record<string, Viewer>
  type Caller = keyof typeof callers
  const details = { title: '$Casino', description: '# Play', publish: true }

  it.each<[kind: string, input: object, deleter: Viewer, day: number, visibleTo: readonly Caller[]]>([
    ['published', {}, moderator, 0, ['moderator', 'administrator']],
    ['published', {}, moderator, 89, ['moderator', 'administrator']],
    ['published', {}, moderator, 90, []],
    ['private', { publish: false }, createViewer('ADMIN'), 0, ['administrator']],
    ['private', { publish: false }, organizer, 0, []],
  ])('that was %s, created with %j and deleted by %o, is visible after %i days to %j', async (...row) => {
    const [, input, deleter, day, visibleTo] = row
    const id = await events.makeEvent({ ...details, ...input })
    expect(await events.outcome('deleteEvent', { eventId: id }, deleter)).toBe('yes')
    clock = new Date(today.getTime() + day * dayMs)
    const document = `query ($id: ID!, $of: [_Any!]!) {
      event(id: $id) { title description deletedAt organizer { id } viewerCanUpdate viewerCanRegister viewerCanCheckIn
        registrations { nodes { id } } viewerRegistration { id } }
      _entities(representations: $of) { ... on Event { id } }
      events(first: 100, filter: { statuses: [DRAFT, PUBLISHED, CANCELLED] }) { nodes { id } }
    }`
    for (const [caller, viewer] of Object.entries(callers)) {
      const found = await events.query(document, { id, of: [{ __typename: 'Event', id }] }, viewer)
      const isVisible = visibleTo.some((name) => name === caller)
      expect([caller, found.event]).toEqual([
        caller,
        isVisible
          ? {
              title: '$Casino',
              description: '# Play',
              deletedAt: today.toISOString(),
              organizer: { id: organizer.id },
              viewerCanUpdate: false,
              viewerCanRegister: false,
              viewerCanCheckIn: false,
              registrations: null,
              viewerRegistration: null,
            }
          : null,
      ])
      expect(found._entities).toEqual([isVisible ? { id } : null])
      expect(found.events.nodes).not.toContainEqual({ id })
    }
    for (const viewer of [organizer, callers.moderator, callers.administrator]) {
      expect(await events.outcome('updateEvent', { eventId: id, title: 'New' }, viewer)).toBe('NOT_FOUND')
      expect(await events.outcome('publishEvent', { eventId: id }, viewer)).toBe('NOT_FOUND')
      expect(await events.outcome('registerForEvent', { eventId: id }, viewer)).toBe('NOT_FOUND')
      expect(await events.outcome('deleteEvent', { eventId: id }, viewer)).toBe('NOT_FOUND')
    }
  })

  it('loses its organizer with the account', async () => {
    const owner = createViewer()
    const id = await events.makeEvent(details, owner)
    await events.mutate('deleteEvent', { eventId: id }, moderator)
    await events.eventLog.publish('users', [createUserDeletedEvent(owner.id)])
    const readOrganizer = async () =>
      (await events.query('query ($id: ID!) { event(id: $id) { organizer { id } } }', { id }, moderator))
        .event
    await waitUntil('the organizer is forgotten', async () => (await readOrganizer()).organizer === null)
  })
})

it('sends no notifications about the deletion of an event that has ended', async () => {
  const eventId = await events.makeEvent()
  await events.register(eventId, createViewer())
  const published = await collectDomainEvents(events)
  clock = new Date(nextMonth.getTime() + 3 * 60 * 60 * 1000)
  await events.mutate('deleteEvent', { eventId }, moderator)
  await waitUntilNoRegistrations(eventId)
  expect((await events.storedEvent(eventId)).cancellation).toBeUndefined()
  // Events of the creation and the registration may be published late.
  const listTypes = () => published.of(eventId).map(({ type }) => type)
  await waitUntil('the deletion is published', () => listTypes().includes('event.deleted'))
  expect(listTypes().filter((type) => type !== 'event.changed')).toEqual(['event.deleted'])
  await published.close()
})

it('rejects a reason that is too long and an ID of another type', async () => {
  const eventId = await events.makeEvent()
  expect(await events.outcome('deleteEvent', { eventId, reason: 'x'.repeat(501) }, moderator)).toBe(
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
