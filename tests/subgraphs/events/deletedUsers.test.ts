import { createTicketCode } from '../../../subgraphs/events/domain/registration'
import { newId } from '../../../schema/ids'
import type { SignedInViewer } from '../../../packages/auth/viewer'
import { waitUntil } from '../../support/processes'
import { createViewer } from '../../support/subgraph'
import {
  createUserDeletedEvent,
  collectDomainEvents,
  nextMonth,
  openRepository,
  organizer,
  makeViewers,
  waitUntilPublished,
  waitUntilSettled,
  startEvents,
  today,
  type MutationName,
  type TestEvents,
} from './support'

let events: TestEvents
let second: TestEvents
let repository: Awaited<ReturnType<typeof openRepository>>
beforeAll(async () => {
  events = await startEvents()
  second = await startEvents({ database: events.database })
  repository = await openRepository(events.database)
})
afterAll(async () => {
  await repository.close()
  await second.close()
  await events.close()
})

const admin = createViewer('ADMIN')
const registrations = () => events.connection.collection('registrations')
const isCascadeComplete = async ({ id }: SignedInViewer) => {
  const deletedUsers = events.connection.collection<{ _id: string }>('gone_users')
  const registrationCount = await registrations().countDocuments({ userId: id })
  const eventCount = await events.connection.collection('events').countDocuments({ organizerId: id })
  return (await deletedUsers.findOne({ _id: id })) !== null && registrationCount + eventCount === 0
}

async function deleteAccount(viewer: SignedInViewer): Promise<void> {
  await events.eventLog.publish('users', [createUserDeletedEvent(viewer.id)])
  await waitUntil('the cascade is complete', () => isCascadeComplete(viewer))
}

describe('the registrations of a deleted account', () => {
  it('are cancelled and anonymized, and their seats go to the waitlist in order', async () => {
    const deletedUser = createViewer()
    const [one, two, three] = makeViewers(3)
    if (!one || !two || !three) throw new Error()
    const full = await events.makeEvent({ capacity: 3 })
    await events.register(full, deletedUser, 1)
    const { ticketCode } = await events.register(full, one)
    await events.register(full, two, 2)
    await events.register(full, three)
    await events.mutate('checkIn', { eventId: full, ticketCode }, organizer)
    const waiting = await events.makeEvent({ capacity: 1 })
    for (const viewer of [one, deletedUser, two]) await events.register(waiting, viewer)
    const cancelled = await events.makeEvent({ capacity: 1 })
    const { id } = await events.register(cancelled, deletedUser)
    await events.mutate('cancelRegistration', { registrationId: id }, deletedUser)
    const attended = await events.makeEvent()
    const ticket = await events.register(attended, deletedUser)
    await events.mutate('checkIn', { eventId: attended, ticketCode: ticket.ticketCode }, organizer)

    await deleteAccount(deletedUser)
    const statuses = async (eventId: string) =>
      (await events.storedRegistrations(eventId)).map(({ status }) => status)
    await waitUntil('the waitlist is promoted', async () => (await statuses(full))[3] === 'CONFIRMED')
    expect(await statuses(full)).toEqual(['CANCELLED', 'CONFIRMED', 'WAITLISTED', 'CONFIRMED'])
    expect(await statuses(waiting)).toEqual(['CONFIRMED', 'CANCELLED', 'WAITLISTED'])
    for (const eventId of [full, waiting, cancelled, attended]) {
      await waitUntilSettled(events, eventId)
      await events.expectConsistentSeats(eventId)
    }
    expect(await events.storedEvent(attended)).toMatchObject({ seatsTaken: 0, checkedInCount: 0 })
    expect((await events.register(waiting, two)).waitlistPosition).toBe(1)

    const document = `query ($id: ID!, $user: ID!) {
      event(id: $id) { registrations { nodes { id status user { id } } } }
      _entities(representations: [{ __typename: "User", id: $user }]) { ... on User { registrations { nodes { id } } } }
    }`
    const { event, _entities } = await events.query(document, { id: cancelled, user: deletedUser.id }, admin)
    expect(event.registrations.nodes).toEqual([{ id, status: 'CANCELLED', user: null }])
    expect(_entities[0].registrations.nodes).toEqual([])
    const stored = JSON.stringify(await registrations().find().toArray())
    expect(stored).not.toContain(deletedUser.id)
    await waitUntilPublished(events)
    expect(JSON.stringify(await events.connection.collection('events').find().toArray())).not.toContain(
      deletedUser.id,
    )
  })

  it('are cancelled once, even if the event is delivered again', async () => {
    const deletedUser = createViewer()
    const eventId = await events.makeEvent({ capacity: 1 })
    await events.register(eventId, deletedUser)
    for (const viewer of makeViewers(2)) await events.register(eventId, viewer)
    await deleteAccount(deletedUser)
    await waitUntilSettled(events, eventId)
    const before = await events.storedRegistrations(eventId)
    const other = createViewer()
    await events.register(eventId, other)
    await events.eventLog.publish('users', [
      { ...createUserDeletedEvent(deletedUser.id), id: newId('User') },
      { ...createUserDeletedEvent(deletedUser.id), id: newId('User'), sequence: 2 },
    ])
    await deleteAccount(other)
    await waitUntilSettled(events, eventId)
    expect((await events.storedRegistrations(eventId)).slice(0, 3)).toEqual(before)
    await events.expectConsistentSeats(eventId)
  })

  it('stay cancelled with concurrent requests through two instances', async () => {
    const eventId = await events.makeEvent({ capacity: 10 })
    const usersToDelete = makeViewers(20)
    const outcomes = await Promise.all(
      usersToDelete.flatMap((viewer, index) => [
        (index % 2 ? events : second).outcome('registerForEvent', { eventId }, viewer),
        events.eventLog.publish('users', [createUserDeletedEvent(viewer.id)]).then(() => 'yes'),
        (index % 3 ? events : second).outcome('registerForEvent', { eventId }, viewer),
        events.register(eventId, createViewer()).then(({ status }) => status),
      ]),
    )
    expect(new Set(outcomes)).toEqual(
      new Set(['yes', ...outcomes.filter((each) => /UNAUTHENTICATED|CONFIRMED|WAITLISTED/.test(each))]),
    )
    for (const viewer of usersToDelete)
      await waitUntil('the cascade is complete', () => isCascadeComplete(viewer))
    await waitUntil('all seats are taken', async () => (await events.storedEvent(eventId)).seatsTaken === 10)
    await waitUntilSettled(events, eventId)
    await events.expectConsistentSeats(eventId)
    const live = (await events.storedRegistrations(eventId)).filter(({ status }) => status !== 'CANCELLED')
    expect(live).toHaveLength(20)
  })

  it('are searched again later, for a request that crashed after the cascade', async () => {
    const deletedUser = createViewer()
    await deleteAccount(deletedUser)
    const eventId = await events.makeEvent()
    const request = {
      kind: 'register' as const,
      id: newId('Registration'),
      userId: deletedUser.id,
      guestCount: 0,
      ticketCode: createTicketCode(),
      registeredAt: today,
    }
    await repository.submitSeatRequest(eventId, request)
    expect(await isCascadeComplete(deletedUser)).toBe(false)
    const deletedUsers = events.connection.collection<{ _id: string; followUpAt: Date }>('gone_users')
    await deletedUsers.updateOne({ _id: deletedUser.id }, { $set: { followUpAt: new Date(0) } })
    await waitUntil('the late registration is cancelled', () => isCascadeComplete(deletedUser))
    await waitUntilSettled(events, eventId)
    await events.expectConsistentSeats(eventId)
  })
})

describe('the events of a deleted organizer', () => {
  it('stay without an organizer, except drafts, which are deleted', async () => {
    const deletedUser = createViewer()
    const draft = await events.makeEvent(
      { publish: false, title: 'Secret plan', tags: ['secret'] },
      deletedUser,
    )
    const published = await events.makeEvent({}, deletedUser)
    const cancelled = await events.makeEvent({}, deletedUser)
    await events.mutate('cancelEvent', { eventId: cancelled }, deletedUser)
    const domainEvents = await collectDomainEvents(events)
    await deleteAccount(deletedUser)
    const last = (eventId: string) => domainEvents.of(eventId).at(-1)
    await waitUntil('the event is published', () =>
      [published, cancelled].every((eventId) => last(eventId) && !last(eventId)?.data['organizerId']),
    )
    await waitUntil('the event is published', () => last(draft)?.type === 'event.deleted')
    expect(last(draft)).toMatchObject({ type: 'event.deleted', sequence: 2, data: { wasPublished: false } })
    expect(last(published)).toMatchObject({
      type: 'event.changed',
      data: { status: 'PUBLISHED', organizerId: null },
    })
    expect(last(cancelled)).toMatchObject({ data: { status: 'CANCELLED', organizerId: null } })
    await domainEvents.close()

    const document = `query ($draft: ID!, $published: ID!, $deletedUser: ID!) {
      draft: event(id: $draft) { id }
      published: event(id: $published) { organizer { id } viewerCanUpdate }
      all: events(first: 100, filter: { statuses: [DRAFT, PUBLISHED, CANCELLED] }) { totalCount nodes { id } }
      theirs: events(filter: { organizerId: $deletedUser, statuses: [DRAFT, PUBLISHED] }) { totalCount nodes { id } }
      tagged: events(filter: { tag: "secret", statuses: [DRAFT] }) { totalCount nodes { id } }
      found: events(filter: { search: "secret", statuses: [DRAFT] }) { totalCount nodes { id } }
      user: _entities(representations: [{ __typename: "User", id: $deletedUser }]) {
        ... on User { organizedEvents { totalCount nodes { id } } } }
      entity: _entities(representations: [{ __typename: "Event", id: $draft }]) { ... on Event { id } }
    }`
    const data = await events.query(document, { draft, published, deletedUser: deletedUser.id }, admin)
    const none = { totalCount: 0, nodes: [] }
    expect(data).toMatchObject({
      draft: null,
      published: { organizer: null, viewerCanUpdate: true },
      theirs: none,
      tagged: none,
      found: none,
      user: [{ organizedEvents: none }],
      entity: [null],
    })
    expect(data.all.nodes.map(({ id }: { id: string }) => id)).not.toContain(draft)
    for (const name of ['updateEvent', 'publishEvent', 'cancelEvent', 'registerForEvent'] as const)
      expect(await events.outcome(name, { eventId: draft }, admin)).toBe('NOT_FOUND')
  })

  it('are deleted if they were cancelled as drafts', async () => {
    const deletedUser = createViewer()
    const eventId = await events.makeEvent({ publish: false }, deletedUser)
    await events.mutate('cancelEvent', { eventId }, deletedUser)
    await deleteAccount(deletedUser)
    expect((await events.storedEvent(eventId)).deletedAt).toEqual(today)
  })

  it('leave only a tombstone of a draft, which imports do not restore', async () => {
    const deletedUser = createViewer()
    const draft = await events.makeEvent({ publish: false }, deletedUser)
    const before = (await repository.eventsByIds([draft])).get(draft)
    if (!before) throw new Error()
    await deleteAccount(deletedUser)
    await waitUntil('the event is published', async () => !(await events.storedEvent(draft)).pendingEvents)
    expect(await events.storedEvent(draft)).toEqual({ _id: draft, deletedAt: today, eventSequence: 2 })
    expect(await repository.importEvents([before])).toEqual({ inserted: 0 })
    expect(await repository.findExistingEventIds([draft])).toEqual(new Set())
    expect(await repository.findSnapshots({ ids: [draft], first: 500 })).toEqual([])
    const all = await repository.findSnapshots({ first: 500 })
    expect(all.map(({ id }) => id)).not.toContain(draft)
    const imported = { id: newId('Registration'), eventId: draft, userId: newId('User') }
    const registration = { ...imported, guestCount: 0, registeredAt: today }
    expect(await repository.importRegistrations([registration])).toEqual({ inserted: 0 })
    expect(await events.storedEvent(draft)).toEqual({ _id: draft, deletedAt: today, eventSequence: 2 })
  })
})

it('keeps a published event without its organizer, or none, when both are created and deleted concurrently', async () => {
  const tag = newId('Event')
  const usersToDelete = makeViewers(12)
  const outcomes = await Promise.all(
    usersToDelete.map(async (viewer, index) => {
      const details = { title: viewer.id, description: '', startsAt: nextMonth, timeZone: 'UTC', tags: [tag] }
      const input = { ...details, publish: index % 3 > 0 }
      const publish = () => events.eventLog.publish('users', [createUserDeletedEvent(viewer.id)])
      const create = () => (index % 2 ? events : second).outcome('createEvent', input, viewer)
      const [outcome] = await Promise.all(index % 4 > 1 ? [create(), publish()] : [publish().then(create)])
      return outcome
    }),
  )
  for (const viewer of usersToDelete)
    await waitUntil('the cascade is complete', () => isCascadeComplete(viewer))
  const stored = await events.connection.collection('events').find({ tags: tag }).toArray()
  for (const [index, viewer] of usersToDelete.entries()) {
    const found = stored.find(({ title }) => title === viewer.id)
    const isKept = outcomes[index] === 'yes' && index % 3 > 0
    expect([outcomes[index], found?.['organizerId']]).toEqual([outcomes[index], isKept ? null : undefined])
  }
})

it('rejects every mutation with an access token of a deleted account', async () => {
  const deletedUser = createViewer('ADMIN')
  const eventId = await events.makeEvent()
  const { id: registrationId, ticketCode } = await events.register(eventId, createViewer())
  await deleteAccount(deletedUser)
  const details = { title: 'Late', description: '', startsAt: today, timeZone: 'UTC' }
  const attempts: [MutationName, object][] = [
    ['createEvent', details],
    ['updateEvent', { eventId, title: 'Late' }],
    ['publishEvent', { eventId }],
    ['cancelEvent', { eventId }],
    ['deleteEvent', { eventId }],
    ['registerForEvent', { eventId }],
    ['cancelRegistration', { registrationId }],
    ['checkIn', { eventId, ticketCode }],
  ]
  for (const [name, input] of attempts)
    expect([name, await events.outcome(name, input, deletedUser)]).toEqual([name, 'UNAUTHENTICATED'])
  expect(await events.storedEvent(eventId)).toMatchObject({
    title: 'Meeting',
    status: 'PUBLISHED',
    seatsTaken: 1,
  })
})
