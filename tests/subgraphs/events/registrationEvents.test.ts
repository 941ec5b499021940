import { createViewer } from '../../support/subgraph'
import { waitUntil } from '../../support/processes'
import {
  collectDomainEvents,
  makeViewers,
  nextMonth,
  openRepository,
  organizer,
  startEvents,
  type TestEvents,
} from './support'

let events: TestEvents
let published: Awaited<ReturnType<typeof collectDomainEvents>>
beforeAll(async () => {
  events = await startEvents()
  published = await collectDomainEvents(events)
})
afterAll(async () => {
  await published.close()
  await events.close()
})

/** Waits for the domain events of one type. @returns their data */
async function readData(eventId: string, type: string, count = 1): Promise<unknown[]> {
  const select = () => published.of(eventId).filter((event) => event.type === type)
  await waitUntil(`${count} of ${type}`, () => select().length >= count)
  return select().map(({ data }) => data)
}

describe('the domain events for people who are registered', () => {
  it('name each registration that is cancelled, and each party that is promoted from the waitlist', async () => {
    const eventId = await events.makeEvent({ capacity: 2 })
    const [holder, first, second] = [createViewer(), createViewer(), createViewer()]
    const { id } = await events.register(eventId, holder, 1)
    const waiting = [await events.register(eventId, first), await events.register(eventId, second)]
    await events.mutate('cancelRegistration', { registrationId: id }, holder)
    await events.mutate('cancelRegistration', { registrationId: id }, holder)
    expect(await readData(eventId, 'registration.cancelled')).toEqual([
      { registrationId: id, userId: holder.id },
    ])
    expect(await readData(eventId, 'registration.promoted', 2)).toEqual([
      { registrationId: waiting[0]?.id, userId: first.id },
      { registrationId: waiting[1]?.id, userId: second.id },
    ])
  })

  it('name the changed parts and who changed them', async () => {
    const eventId = await events.makeEvent({ venue: { city: 'Paris' } })
    const change = (input: object) => events.mutate('updateEvent', { eventId, ...input }, organizer)
    await change({ title: 'Another title', capacity: 50 })
    await change({ venue: { city: 'Lyon' } })
    await change({ endsAt: new Date(nextMonth.getTime() + 1), venue: null })
    const admin = createViewer('ADMIN')
    const later = new Date(nextMonth.getTime() + 1000)
    await events.mutate('updateEvent', { eventId, startsAt: later, endsAt: null }, admin)
    const data = { status: 'PUBLISHED', wasPublished: true, organizerId: organizer.id }
    expect(await readData(eventId, 'event.changed', 4)).toEqual([
      data,
      { ...data, changed: ['venue'], actorId: organizer.id },
      { ...data, changed: ['time', 'venue'], actorId: organizer.id },
      { ...data, changed: ['time'], actorId: admin.id },
    ])
  })

  it('name the moderator and the reason of a deletion', async () => {
    const eventId = await events.makeEvent()
    const moderator = createViewer('MODERATOR')
    await events.mutate('deleteEvent', { eventId, reason: ' Advertisement ' }, moderator)
    const [data] = await readData(eventId, 'event.deleted')
    const cause = { moderatorId: moderator.id, reason: 'Advertisement' }
    expect(data).toEqual({ wasPublished: true, organizerId: organizer.id, ...cause })
  })

  it('report an organizer whose account is gone, while the event takes place in the future', async () => {
    const [leaving] = makeViewers(1)
    if (!leaving) throw new Error()
    const coming = await events.makeEvent({}, leaving)
    const past = await events.makeEvent({ startsAt: '2020-01-01T00:00:00Z' }, leaving)
    const repository = await openRepository(events.database)
    await repository.removeUserReferences([{ id: leaving.id, deletionRequestedAt: null }])
    await repository.close()
    expect(await readData(coming, 'event.organizerGone')).toEqual([{}])
    await readData(past, 'event.changed')
    expect(published.of(past).map(({ type }) => type)).toEqual(['event.created', 'event.changed'])
  })
})

describe('registeredUserIds', () => {
  const readIds = async (args: object): Promise<string[]> => {
    const { data, errors } = await events.send(
      `query ($eventId: ID!, $after: ID, $first: Int, $confirmedOnly: Boolean) {
        registeredUserIds(eventId: $eventId, after: $after, first: $first, confirmedOnly: $confirmedOnly)
      }`,
      { first: 1000, confirmedOnly: false, ...args },
      { kind: 'service', name: 'users' },
    )
    if (errors) throw new Error(String(errors[0]?.extensions['code']))
    return data.registeredUserIds
  }

  it('returns pages of confirmed and waitlisted users, by ID', async () => {
    const eventId = await events.makeEvent({ capacity: 2 })
    const viewers = makeViewers(5)
    const registrations = []
    for (const viewer of viewers) registrations.push(await events.register(eventId, viewer))
    const [, second] = viewers
    await events.mutate('cancelRegistration', { registrationId: registrations[1]?.id }, second)
    const active = viewers.filter((viewer) => viewer !== second).map(({ id }) => id)
    const sorted = [...active].sort()
    expect(await readIds({ eventId })).toEqual(sorted)
    expect(await readIds({ eventId, first: 3 })).toEqual(sorted.slice(0, 3))
    expect(await readIds({ eventId, first: 3, after: sorted[2] })).toEqual(sorted.slice(3))
    expect(await readIds({ eventId, confirmedOnly: true })).toEqual([active[0], active[1]].sort())
    await expect(readIds({ eventId, first: 1001 })).rejects.toThrow('BAD_USER_INPUT')
  })

  it('returns those who were registered when the event was cancelled, before and after the cascade', async () => {
    const eventId = await events.makeEvent({ capacity: 1 })
    const [one, two, three] = makeViewers(3)
    if (!one || !two || !three) throw new Error()
    await events.register(eventId, one)
    await events.register(eventId, two)
    const { id } = await events.register(eventId, three)
    await events.mutate('cancelRegistration', { registrationId: id }, three)
    await events.mutate('cancelEvent', { eventId }, organizer)
    expect(await readIds({ eventId })).toEqual([one.id, two.id].sort())
    await waitUntil('the registrations are cancelled', async () =>
      (await events.storedRegistrations(eventId)).every(({ status }) => status === 'CANCELLED'),
    )
    expect(await readIds({ eventId })).toEqual([one.id, two.id].sort())
  })

  it('is for services only, and empty for an unknown event', async () => {
    const query = 'query ($id: ID!) { registeredUserIds(eventId: $id) }'
    const unknown = `evt_${'0'.repeat(32)}`
    for (const viewer of [createViewer('ADMIN'), undefined]) {
      const { errors } = await events.send(query, { id: unknown }, viewer)
      expect(errors).toHaveLength(1)
    }
    expect(await readIds({ eventId: unknown })).toEqual([])
  })
})
