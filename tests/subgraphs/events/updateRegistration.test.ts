import { createViewer } from '../../support/subgraph'
import { waitUntil } from '../../support/processes'
import { collectDomainEvents, nextMonth, organizer, startEvents, today, type TestEvents } from './support'

let events: TestEvents
let clock = today
beforeAll(async () => {
  events = await startEvents({ now: () => clock })
})
beforeEach(() => {
  clock = today
})
afterAll(() => events.close())

/** Registers a new viewer. */
async function registerParty(eventId: string, guestCount: number) {
  const viewer = createViewer()
  const { id, status } = await events.register(eventId, viewer, guestCount)
  return { viewer, id, status }
}

const resize = (party: { id: string; viewer: ReturnType<typeof createViewer> }, guestCount: number) =>
  events.mutate('updateRegistration', { registrationId: party.id, guestCount }, party.viewer)

const readStatuses = async (eventId: string) =>
  (await events.storedRegistrations(eventId)).map(({ status, guestCount }) => [status, guestCount])

describe('updateRegistration', () => {
  it('keeps the seats of fewer guests and promotes the waitlist into the others', async () => {
    const eventId = await events.makeEvent({ capacity: 4 })
    const party = await registerParty(eventId, 3)
    await registerParty(eventId, 0)
    const { registration, event } = await resize(party, 2)
    expect(registration).toMatchObject({ status: 'CONFIRMED', guestCount: 2 })
    expect(event).toMatchObject({ seatsTaken: 4, waitlistCount: 0 })
    await events.expectConsistentSeats(eventId)
  })

  it('takes free seats for more guests, or is FULL and changes nothing', async () => {
    const eventId = await events.makeEvent({ capacity: 4 })
    const party = await registerParty(eventId, 1)
    await registerParty(eventId, 0)
    expect((await resize(party, 2)).event).toMatchObject({ seatsTaken: 4 })
    const { registration, userErrors } = await resize(party, 3)
    expect([registration, userErrors]).toMatchObject([null, [{ code: 'FULL', field: ['guestCount'] }]])
    expect(await readStatuses(eventId)).toEqual([
      ['CONFIRMED', 2],
      ['CONFIRMED', 0],
    ])
    await events.expectConsistentSeats(eventId)
  })

  it('lets a waiting party keep its place, and confirms it when it fits', async () => {
    const eventId = await events.makeEvent({ capacity: 5 })
    await registerParty(eventId, 2)
    const first = await registerParty(eventId, 3)
    const second = await registerParty(eventId, 3)
    const grown = await resize(first, 4)
    expect(grown.registration).toMatchObject({ status: 'WAITLISTED', guestCount: 4, waitlistPosition: 1 })
    expect((await resize(first, 5)).userErrors).toMatchObject([{ code: 'FULL' }])
    const shrunk = await resize(second, 1)
    expect(shrunk.registration).toMatchObject({ status: 'CONFIRMED', guestCount: 1 })
    expect(shrunk.event).toMatchObject({ seatsTaken: 5, waitlistCount: 1 })
    await events.expectConsistentSeats(eventId)
  })

  it('refuses more guests than the event allows, and accepts fewer of a party that is larger', async () => {
    const eventId = await events.makeEvent({ maxGuests: 4 })
    const party = await registerParty(eventId, 4)
    await events.mutate('updateEvent', { eventId, maxGuests: 2 }, organizer)
    expect((await resize(party, 5)).userErrors).toMatchObject([{ code: 'OUT_OF_RANGE' }])
    expect((await resize(party, 101)).userErrors).toMatchObject([{ code: 'OUT_OF_RANGE' }])
    expect((await resize(party, 3)).registration).toMatchObject({ guestCount: 3 })
    expect(await events.outcome('registerForEvent', { eventId, guestCount: 3 }, createViewer())).toBe(
      'OUT_OF_RANGE',
    )
  })

  it('accepts fewer guests until the event ends, more until registration closes', async () => {
    const registrationClosesAt = new Date(nextMonth.getTime() - 1000)
    const eventId = await events.makeEvent({ registrationClosesAt })
    const party = await registerParty(eventId, 2)
    clock = registrationClosesAt
    expect((await resize(party, 3)).userErrors).toMatchObject([{ code: 'CLOSED' }])
    expect((await resize(party, 1)).userErrors).toEqual([])
    clock = new Date(nextMonth.getTime() + 2 * 3_600_000)
    expect((await resize(party, 0)).userErrors).toMatchObject([{ code: 'CLOSED' }])
  })

  it('refuses fewer people than have arrived, and a cancelled registration', async () => {
    const eventId = await events.makeEvent()
    const viewer = createViewer()
    const { id, ticketCode } = await events.register(eventId, viewer, 3)
    await events.mutate('checkIn', { eventId, ticketCode, arriving: 3 }, organizer)
    expect((await resize({ id, viewer }, 1)).userErrors).toMatchObject([{ code: 'CONFLICT' }])
    expect((await resize({ id, viewer }, 2)).registration).toMatchObject({ arrivedCount: 3, guestCount: 2 })
    const other = await registerParty(eventId, 0)
    await events.mutate('cancelRegistration', { registrationId: other.id }, other.viewer)
    expect((await resize(other, 1)).userErrors).toMatchObject([{ code: 'CONFLICT' }])
  })

  it('is for the registered user, the organizer and administrators', async () => {
    const eventId = await events.makeEvent()
    const party = await registerParty(eventId, 0)
    const input = { registrationId: party.id, guestCount: 1 }
    expect(await events.outcome('updateRegistration', input, createViewer())).toBe('NOT_FOUND')
    expect(await events.outcome('updateRegistration', input, createViewer('MODERATOR'))).toBe('FORBIDDEN')
    expect(await events.outcome('updateRegistration', input, organizer)).toBe('yes')
    expect(
      await events.outcome('updateRegistration', { ...input, guestCount: 2 }, createViewer('ADMIN')),
    ).toBe('yes')
  })
})

it('notifies each waiting party once that a lowered capacity can no longer hold, and lets it shrink', async () => {
  const published = await collectDomainEvents(events)
  const eventId = await events.makeEvent({ capacity: 5 })
  await registerParty(eventId, 1)
  const large = await registerParty(eventId, 4)
  const small = await registerParty(eventId, 3)
  const lower = (capacity: number) => events.mutate('updateEvent', { eventId, capacity }, organizer)
  const notified = () => published.of(eventId).filter(({ type }) => type === 'registration.tooLarge')
  await lower(4)
  await waitUntil('the large party is notified', () => notified().length === 1)
  await lower(3)
  await waitUntil('the small party is notified', () => notified().length === 2)
  expect(notified().map(({ data }) => data)).toEqual(
    [large, small].map(({ id, viewer }) => ({ registrationId: id, userId: viewer.id })),
  )
  expect((await resize(large, 3)).registration).toMatchObject({ status: 'WAITLISTED' })
  expect((await resize(large, 0)).registration).toMatchObject({ status: 'CONFIRMED' })
  await events.expectConsistentSeats(eventId)
  await published.close()
})
