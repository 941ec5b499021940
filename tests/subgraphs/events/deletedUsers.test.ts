import { createTicketCode } from '../../../subgraphs/events/domain/registration'
import { newId } from '../../../packages/platform/ids/ids'
import type { SignedInViewer } from '../../../packages/auth/viewer'
import { waitUntil } from '../../support/processes'
import { createViewer } from '../../support/subgraph'
import {
  createUserDeletedEvent,
  followEvents,
  nextMonth,
  openRepository,
  organizer,
  makeViewers,
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
const isHandled = async ({ id }: SignedInViewer) => {
  const positions = events.connection.collection<{ _id: string; facts: null }>('gone_users')
  const refersTo = await registrations().countDocuments({ userId: id })
  const organizes = await events.connection.collection('events').countDocuments({ organizerId: id })
  return (await positions.findOne({ _id: id })) !== null && refersTo + organizes === 0
}

async function deleteAccount(viewer: SignedInViewer): Promise<void> {
  await events.eventLog.publish('users', [createUserDeletedEvent(viewer.id)])
  await waitUntil('it is all gone', () => isHandled(viewer))
}

describe('the registrations of an account that is gone', () => {
  it('are lost, and their seats go to those who wait, in order', async () => {
    const gone = createViewer()
    const [one, two, three] = makeViewers(3)
    if (!one || !two || !three) throw new Error()
    const full = await events.makeEvent({ capacity: 3 })
    await events.register(full, gone, 1)
    const { ticketCode } = await events.register(full, one)
    await events.register(full, two, 2)
    await events.register(full, three)
    await events.mutate('checkIn', { eventId: full, ticketCode }, organizer)
    const waiting = await events.makeEvent({ capacity: 1 })
    for (const viewer of [one, gone, two]) await events.register(waiting, viewer)
    const left = await events.makeEvent({ capacity: 1 })
    const { id } = await events.register(left, gone)
    await events.mutate('cancelRegistration', { registrationId: id }, gone)
    const attended = await events.makeEvent()
    const ticket = await events.register(attended, gone)
    await events.mutate('checkIn', { eventId: attended, ticketCode: ticket.ticketCode }, organizer)

    await deleteAccount(gone)
    const statuses = async (eventId: string) =>
      (await events.storedRegistrations(eventId)).map(({ status }) => status)
    await waitUntil('seats are given', async () => (await statuses(full))[3] === 'CONFIRMED')
    expect(await statuses(full)).toEqual(['CANCELLED', 'CONFIRMED', 'WAITLISTED', 'CONFIRMED'])
    expect(await statuses(waiting)).toEqual(['CONFIRMED', 'CANCELLED', 'WAITLISTED'])
    for (const eventId of [full, waiting, left, attended]) {
      await waitUntilSettled(events, eventId)
      await events.audit(eventId)
    }
    expect(await events.storedEvent(attended)).toMatchObject({ seatsTaken: 0, checkedInCount: 0 })
    expect((await events.register(waiting, two)).waitlistPosition).toBe(1)

    const document = `query ($id: ID!, $user: ID!) {
      event(id: $id) { registrations { nodes { id status user { id } } } }
      _entities(representations: [{ __typename: "User", id: $user }]) { ... on User { registrations { nodes { id } } } }
    }`
    const { event, _entities } = await events.query(document, { id: left, user: gone.id }, admin)
    expect(event.registrations.nodes).toEqual([{ id, status: 'CANCELLED', user: null }])
    expect(_entities[0].registrations.nodes).toEqual([])
    const stored = JSON.stringify(await registrations().find().toArray())
    expect(stored).not.toContain(gone.id)
    expect(JSON.stringify(await events.connection.collection('events').find().toArray())).not.toContain(
      gone.id,
    )
  })

  it('are forgotten once, however often it is told', async () => {
    const gone = createViewer()
    const eventId = await events.makeEvent({ capacity: 1 })
    await events.register(eventId, gone)
    for (const viewer of makeViewers(2)) await events.register(eventId, viewer)
    await deleteAccount(gone)
    await waitUntilSettled(events, eventId)
    const before = await events.storedRegistrations(eventId)
    const other = createViewer()
    await events.register(eventId, other)
    await events.eventLog.publish('users', [
      { ...createUserDeletedEvent(gone.id), id: newId('User') },
      { ...createUserDeletedEvent(gone.id), id: newId('User'), sequence: 2 },
    ])
    await deleteAccount(other)
    await waitUntilSettled(events, eventId)
    expect((await events.storedRegistrations(eventId)).slice(0, 3)).toEqual(before)
    await events.audit(eventId)
  })

  it('stay lost with requests under way, through two instances', async () => {
    const eventId = await events.makeEvent({ capacity: 10 })
    const leaving = makeViewers(20)
    const answers = await Promise.all(
      leaving.flatMap((viewer, index) => [
        (index % 2 ? events : second).outcome('registerForEvent', { eventId }, viewer),
        events.eventLog.publish('users', [createUserDeletedEvent(viewer.id)]).then(() => 'yes'),
        (index % 3 ? events : second).outcome('registerForEvent', { eventId }, viewer),
        events.register(eventId, createViewer()).then(({ status }) => status),
      ]),
    )
    expect(new Set(answers)).toEqual(
      new Set(['yes', ...answers.filter((each) => /UNAUTHENTICATED|CONFIRMED|WAITLISTED/.test(each))]),
    )
    for (const viewer of leaving) await waitUntil('it is all gone', () => isHandled(viewer))
    await waitUntil('all seats are taken', async () => (await events.storedEvent(eventId)).seatsTaken === 10)
    await waitUntilSettled(events, eventId)
    await events.audit(eventId)
    const live = (await events.storedRegistrations(eventId)).filter(({ status }) => status !== 'CANCELLED')
    expect(live).toHaveLength(20)
  })

  it('are looked for once more, for a request that came too late to be seen, and crashed', async () => {
    const gone = createViewer()
    await deleteAccount(gone)
    const eventId = await events.makeEvent()
    const request = {
      kind: 'register' as const,
      id: newId('Registration'),
      userId: gone.id,
      guestCount: 0,
      ticketCode: createTicketCode(),
      registeredAt: today,
    }
    await repository.submitSeatRequest(eventId, request)
    expect(await isHandled(gone)).toBe(false)
    const copies = events.connection.collection<{ _id: string; followUpAt: Date }>('gone_users')
    await copies.updateOne({ _id: gone.id }, { $set: { followUpAt: new Date(0) } })
    await waitUntil('it is gone too', () => isHandled(gone), 15_000)
    await waitUntilSettled(events, eventId)
    await events.audit(eventId)
  })
})

describe('the events of an organizer who is gone', () => {
  it('stay without them, but for drafts, which go for good', async () => {
    const gone = createViewer()
    const draft = await events.makeEvent({ publish: false, title: 'Secret plan', tags: ['secret'] }, gone)
    const published = await events.makeEvent({}, gone)
    const cancelled = await events.makeEvent({}, gone)
    await events.mutate('cancelEvent', { eventId: cancelled }, gone)
    const told = await followEvents(events)
    await deleteAccount(gone)
    const last = (eventId: string) => told.of(eventId).at(-1)
    await waitUntil('it is told', () =>
      [draft, published, cancelled].every((eventId) => last(eventId) && !last(eventId)?.data['organizerId']),
    )
    await waitUntil('it is told', () => last(draft)?.type === 'event.deleted')
    expect(last(draft)).toMatchObject({ type: 'event.deleted', sequence: 2, data: { wasPublished: false } })
    expect(last(published)).toMatchObject({
      type: 'event.changed',
      data: { status: 'PUBLISHED', organizerId: null },
    })
    expect(last(cancelled)).toMatchObject({ data: { status: 'CANCELLED', organizerId: null } })
    await told.close()

    const document = `query ($draft: ID!, $published: ID!, $gone: ID!) {
      draft: event(id: $draft) { id }
      published: event(id: $published) { organizer { id } viewerCanUpdate }
      all: events(first: 100, filter: { statuses: [DRAFT, PUBLISHED, CANCELLED] }) { totalCount nodes { id } }
      theirs: events(filter: { organizerId: $gone, statuses: [DRAFT, PUBLISHED] }) { totalCount nodes { id } }
      tagged: events(filter: { tag: "secret", statuses: [DRAFT] }) { totalCount nodes { id } }
      found: events(filter: { search: "secret", statuses: [DRAFT] }) { totalCount nodes { id } }
      user: _entities(representations: [{ __typename: "User", id: $gone }]) {
        ... on User { organizedEvents { totalCount nodes { id } } } }
      entity: _entities(representations: [{ __typename: "Event", id: $draft }]) { ... on Event { id } }
    }`
    const data = await events.query(document, { draft, published, gone: gone.id }, admin)
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
    const gone = createViewer()
    const eventId = await events.makeEvent({ publish: false }, gone)
    await events.mutate('cancelEvent', { eventId }, gone)
    await deleteAccount(gone)
    expect((await events.storedEvent(eventId)).deletedAt).toEqual(today)
  })

  it('leave nothing of a draft but the mark that no import brings it back', async () => {
    const gone = createViewer()
    const draft = await events.makeEvent({ publish: false }, gone)
    const before = (await repository.eventsByIds([draft])).get(draft)
    if (!before) throw new Error()
    await deleteAccount(gone)
    await waitUntil('it is told', async () => !(await events.storedEvent(draft)).pendingEvents)
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

it('an event that is made while its organizer goes stays without them, or was never made', async () => {
  const tag = newId('Event')
  const leaving = makeViewers(12)
  const answers = await Promise.all(
    leaving.map(async (viewer, index) => {
      const details = { title: viewer.id, description: '', startsAt: nextMonth, timeZone: 'UTC', tags: [tag] }
      const input = { ...details, publish: index % 3 > 0 }
      const publish = () => events.eventLog.publish('users', [createUserDeletedEvent(viewer.id)])
      const create = () => (index % 2 ? events : second).outcome('createEvent', input, viewer)
      const [answer] = await Promise.all(index % 4 > 1 ? [create(), publish()] : [publish().then(create)])
      return answer
    }),
  )
  for (const viewer of leaving) await waitUntil('it is all gone', () => isHandled(viewer))
  const made = await events.connection.collection('events').find({ tags: tag }).toArray()
  for (const [index, viewer] of leaving.entries()) {
    const found = made.find(({ title }) => title === viewer.id)
    const isKept = answers[index] === 'yes' && index % 3 > 0
    expect([answers[index], found?.['organizerId']]).toEqual([answers[index], isKept ? null : undefined])
  }
})

it('an access token that outlives its account changes nothing any more', async () => {
  const gone = createViewer('ADMIN')
  const eventId = await events.makeEvent()
  const { id: registrationId, ticketCode } = await events.register(eventId, createViewer())
  await deleteAccount(gone)
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
    expect([name, await events.outcome(name, input, gone)]).toEqual([name, 'UNAUTHENTICATED'])
  expect(await events.storedEvent(eventId)).toMatchObject({
    title: 'Meeting',
    status: 'PUBLISHED',
    seatsTaken: 1,
  })
})
