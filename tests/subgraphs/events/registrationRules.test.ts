import { createViewer } from '../../support/subgraph'
import { collectDomainEvents, nextMonth, organizer, startEvents, today, type TestEvents } from './support'
import { waitUntil } from '../../support/processes'

const hourMs = 60 * 60 * 1000
const end = new Date(nextMonth.getTime() + 2 * hourMs)

let events: TestEvents
let clock = today
beforeAll(async () => {
  events = await startEvents({ now: () => clock })
})
beforeEach(() => {
  clock = today
})
afterAll(() => events.close())

const readEvent = async (id: string, viewer = createViewer()) => {
  const query = `query ($id: ID!) { event(id: $id) { registrationClosesAt maxGuests viewerCanRegister updatedAt } }`
  return (await events.query(query, { id }, viewer)).event
}
const register = (eventId: string, guestCount = 0) =>
  events.outcome('registerForEvent', { eventId, guestCount }, createViewer())

describe('registration', () => {
  it('closes when the event ends, by default', async () => {
    const eventId = await events.makeEvent()
    expect(await readEvent(eventId)).toMatchObject({
      registrationClosesAt: end.toISOString(),
      viewerCanRegister: true,
    })
    clock = new Date(end.getTime() - 1)
    expect(await register(eventId)).toBe('yes')
    clock = end
    expect(await register(eventId)).toBe('CLOSED')
    expect(await readEvent(eventId)).toMatchObject({ viewerCanRegister: false })
  })

  it('closes at registrationClosesAt, while the waitlist is still promoted', async () => {
    const registrationClosesAt = new Date(nextMonth.getTime() - hourMs)
    const eventId = await events.makeEvent({ registrationClosesAt, capacity: 1 })
    const holder = createViewer()
    const { id } = await events.register(eventId, holder)
    const waiting = createViewer()
    await events.register(eventId, waiting)
    clock = registrationClosesAt
    expect(await register(eventId)).toBe('CLOSED')
    await events.mutate('cancelRegistration', { registrationId: id }, holder)
    const statuses = (await events.storedRegistrations(eventId)).map(({ status }) => status)
    expect(statuses).toEqual(['CANCELLED', 'CONFIRMED'])
  })

  it('must not close after the event ends, also when the event is moved', async () => {
    const update = (input: object) => events.mutate('updateEvent', input, organizer)
    const eventId = await events.makeEvent({ registrationClosesAt: end })
    const late = new Date(end.getTime() + 1)
    const error = { code: 'INVALID', field: ['registrationClosesAt'] }
    expect((await update({ eventId, registrationClosesAt: late })).userErrors).toMatchObject([error])
    expect((await update({ eventId, startsAt: today })).userErrors).toMatchObject([error])
    expect((await update({ eventId, endsAt: late, registrationClosesAt: late })).userErrors).toEqual([])
    expect((await update({ eventId, registrationClosesAt: null, endsAt: null })).userErrors).toEqual([])
    expect(await readEvent(eventId)).toMatchObject({ registrationClosesAt: end.toISOString() })
  })

  it('is not possible for viewers who are registered or not signed in', async () => {
    const eventId = await events.makeEvent({ capacity: 1 })
    const viewer = createViewer()
    const { id } = await events.register(eventId, viewer)
    expect(await readEvent(eventId, viewer)).toMatchObject({ viewerCanRegister: false })
    expect(await readEvent(eventId)).toMatchObject({ viewerCanRegister: true })
    await events.mutate('cancelRegistration', { registrationId: id }, viewer)
    expect(await readEvent(eventId, viewer)).toMatchObject({ viewerCanRegister: true })
    const query = `query ($id: ID!) { event(id: $id) { viewerCanRegister } }`
    expect((await events.query(query, { id: eventId })).event).toEqual({ viewerCanRegister: false })
  })
})

describe('maxGuests', () => {
  it('is 5 for new events, and limits the guests of new registrations', async () => {
    const eventId = await events.makeEvent()
    expect(await readEvent(eventId)).toMatchObject({ maxGuests: 5 })
    expect([await register(eventId, 6), await register(eventId, 5)]).toEqual(['OUT_OF_RANGE', 'yes'])
    await events.mutate('updateEvent', { eventId, maxGuests: 0 }, organizer)
    expect([await register(eventId, 1), await register(eventId)]).toEqual(['OUT_OF_RANGE', 'yes'])
    expect(await events.outcome('updateEvent', { eventId, maxGuests: 101 }, organizer)).toBe('OUT_OF_RANGE')
    expect(await events.outcome('updateEvent', { eventId, maxGuests: null }, organizer)).toBe('REQUIRED')
  })

  it('is 100 for events that were created before it could be set', async () => {
    const eventId = await events.makeEvent()
    const stored = events.connection.collection<{ _id: string }>('events')
    await stored.updateOne({ _id: eventId }, { $unset: { maxGuests: 1, registrationClosesAt: 1 } })
    expect(await readEvent(eventId)).toMatchObject({
      maxGuests: 100,
      registrationClosesAt: end.toISOString(),
    })
    expect(await register(eventId, 100)).toBe('yes')
  })
})

it('rejects an update of an event that has changed since it was seen', async () => {
  const eventId = await events.makeEvent()
  const { updatedAt: expectedUpdatedAt } = await readEvent(eventId)
  const update = (title: string) =>
    events.mutate('updateEvent', { eventId, title, expectedUpdatedAt }, organizer)
  const results = await Promise.all([update('One'), update('Two')])
  const codes = results.map(({ userErrors }) => userErrors[0]?.code ?? 'yes')
  expect(codes.sort()).toEqual(['CONFLICT', 'yes'])
})

describe('an idempotency key', () => {
  const input = { title: 'Once', description: '', startsAt: nextMonth, timeZone: 'UTC', publish: true }
  const create = async (idempotencyKey: string, viewer = organizer) =>
    (await events.mutate('createEvent', { ...input, idempotencyKey }, viewer)).event?.id

  it('returns the first event for 24 hours, also to concurrent requests', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, () => create('form 1')))
    expect(new Set(ids).size).toBe(1)
    clock = new Date(today.getTime() + 24 * hourMs - 1)
    expect(await create('form 1')).toBe(ids[0])
    clock = new Date(today.getTime() + 24 * hourMs)
    const later = await Promise.all([create('form 1'), create('form 1')])
    expect(later[0]).not.toBe(ids[0])
    expect(later[1]).toBe(later[0])
  })

  it('belongs to one viewer', async () => {
    expect(await create('form 2')).not.toBe(await create('form 2', createViewer()))
  })

  it('has 1 to 200 characters', async () => {
    for (const [key, code] of [
      ['', 'TOO_SHORT'],
      ['x'.repeat(201), 'TOO_LONG'],
    ]) {
      expect(await events.outcome('createEvent', { ...input, idempotencyKey: key }, organizer)).toBe(code)
    }
  })
})

describe('announceEvent', () => {
  it('publishes the message and counts its recipients', async () => {
    const published = await collectDomainEvents(events)
    const eventId = await events.makeEvent({ capacity: 1 })
    await events.register(eventId, organizer)
    await events.register(eventId, createViewer())
    const { id } = await events.register(eventId, createViewer())
    await events.mutate('cancelRegistration', { registrationId: id }, organizer)
    const message = 'Bring a chair.'
    expect(await events.mutate('announceEvent', { eventId, message: ` ${message} ` }, organizer)).toEqual({
      recipientCount: 1,
      userErrors: [],
    })
    const find = () => published.of(eventId).find(({ type }) => type === 'event.announced')
    await waitUntil('the announcement is published', () => find() !== undefined)
    expect(find()?.data).toEqual({ message, actorId: organizer.id, announcementId: expect.any(String) })
    await published.close()
  })

  it('is for the organizer of a published event', async () => {
    const message = 'Hello'
    const eventId = await events.makeEvent()
    const announce = (viewer = organizer, id = eventId) =>
      events.outcome('announceEvent', { eventId: id, message }, viewer)
    expect(await announce(createViewer())).toBe('FORBIDDEN')
    expect(await announce(createViewer('ADMIN'))).toBe('FORBIDDEN')
    const draft = await events.makeEvent({ publish: false })
    expect([await announce(createViewer(), draft), await announce(organizer, draft)]).toEqual([
      'NOT_FOUND',
      'CLOSED',
    ])
    const outcome = (text: string) => events.outcome('announceEvent', { eventId, message: text }, organizer)
    expect([await outcome(' '), await outcome('x'.repeat(2001))]).toEqual(['TOO_SHORT', 'TOO_LONG'])
  })
})
