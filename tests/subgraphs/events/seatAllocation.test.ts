import { createViewer } from '../../support/subgraph'
import { organizer, makeViewers, startEvents, today, type TestEvents } from './support'

let first: TestEvents
let second: TestEvents
beforeAll(async () => {
  first = await startEvents()
  second = await startEvents({ database: first.database })
})
afterAll(async () => {
  await second.close()
  await first.close()
})

const pickInstance = (index: number) => (index % 2 ? first : second)

describe('concurrent requests through two instances', () => {
  it('confirm as many of 200 users as there are seats and waitlist the others in order of arrival', async () => {
    const eventId = await first.makeEvent({ capacity: 20 })
    const results = await Promise.all(
      makeViewers(200).map((viewer, index) => pickInstance(index).register(eventId, viewer)),
    )
    const stored = await first.storedRegistrations(eventId)
    expect(stored.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 200 }, (_, index) => index + 1),
    )
    const statuses = stored.map(({ status }) => status)
    expect(statuses).toEqual([...Array(20).fill('CONFIRMED'), ...Array(180).fill('WAITLISTED')])
    const byId = new Map(stored.map(({ _id, status }) => [_id, status]))
    for (const { id, status } of results) expect(byId.get(id)).toBe(status)
    await first.expectConsistentSeats(eventId)
  })

  it('fill all seats with parties of different sizes', async () => {
    const eventId = await first.makeEvent({ capacity: 30 })
    await Promise.all(
      makeViewers(60).map((viewer, index) => pickInstance(index).register(eventId, viewer, index % 5)),
    )
    await first.expectConsistentSeats(eventId)
    const { seatsTaken } = await first.storedEvent(eventId)
    expect(seatsTaken).toBe(30)
  })

  it('create one registration for repeated requests of one user', async () => {
    const eventId = await first.makeEvent({ capacity: 5 })
    const viewer = createViewer()
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) => pickInstance(index).register(eventId, viewer)),
    )
    expect(new Set(results.map(({ id }) => id)).size).toBe(1)
    expect((await first.storedEvent(eventId)).seatsTaken).toBe(1)
    await first.expectConsistentSeats(eventId)
  })

  it('free the seats of one registration once', async () => {
    const eventId = await first.makeEvent({ capacity: 3 })
    const [holder, ...others] = makeViewers(6)
    if (!holder) throw new Error()
    const { id } = await first.register(eventId, holder)
    for (const viewer of others) await first.register(eventId, viewer)
    await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        pickInstance(index).mutate('cancelRegistration', { registrationId: id }, holder),
      ),
    )
    await first.expectConsistentSeats(eventId)
    const stored = await first.storedRegistrations(eventId)
    expect(stored.map(({ status }) => status)).toEqual([
      'CANCELLED',
      'CONFIRMED',
      'CONFIRMED',
      'CONFIRMED',
      'WAITLISTED',
      'WAITLISTED',
    ])
  })

  it('check one ticket in once', async () => {
    const eventId = await first.makeEvent()
    const { ticketCode } = await first.register(eventId, createViewer())
    const scans = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        pickInstance(index).mutate('checkIn', { eventId, ticketCode }, organizer),
      ),
    )
    expect(scans.filter(({ alreadyCheckedIn }) => !alreadyCheckedIn)).toHaveLength(1)
    await first.expectConsistentSeats(eventId)
    expect((await first.storedEvent(eventId)).checkedInCount).toBe(1)
  })

  it('keep counts exact while users register, cancel and check in and the capacity changes', async () => {
    const eventId = await first.makeEvent({ capacity: 25 })
    const viewers = makeViewers(80)
    await Promise.all(
      viewers.map(async (viewer, index) => {
        const { id, ticketCode } = await pickInstance(index).register(eventId, viewer, index % 4)
        if (index % 3 === 0)
          await pickInstance(index + 1).mutate('cancelRegistration', { registrationId: id }, viewer)
        if (index % 3 === 1 && ticketCode)
          await pickInstance(index).mutate('checkIn', { eventId, ticketCode }, organizer)
        if (index % 20 === 2) {
          await pickInstance(index).mutate('updateEvent', { eventId, capacity: 25 + index }, organizer)
        }
        if (index % 20 === 5) await pickInstance(index + 1).register(eventId, viewer, index % 4)
      }),
    )
    await first.expectConsistentSeats(eventId)
    // No waitlisted party fits into the free seats.
    const { capacity, seatsTaken } = await first.storedEvent(eventId)
    const waiting = (await first.storedRegistrations(eventId)).filter(({ status }) => status === 'WAITLISTED')
    for (const { guestCount } of waiting)
      expect(1 + guestCount).toBeGreaterThan(Number(capacity) - seatsTaken)
  })
})

describe('the waitlist', () => {
  it('is promoted in order, skipping parties that do not fit', async () => {
    const eventId = await first.makeEvent({ capacity: 4 })
    const [holder, large, small, medium] = makeViewers(4)
    if (!holder || !large || !small || !medium) throw new Error()
    const { id } = await first.register(eventId, holder, 2)
    const positions = [
      await first.register(eventId, large, 3),
      await second.register(eventId, medium, 1),
      await first.register(eventId, createViewer(), 1),
    ].map(({ status, waitlistPosition }) => [status, waitlistPosition])
    expect(positions).toEqual([
      ['WAITLISTED', 1],
      ['WAITLISTED', 2],
      ['WAITLISTED', 3],
    ])
    // A new party that fits does not wait behind larger ones.
    expect((await first.register(eventId, small)).status).toBe('CONFIRMED')
    const { event } = await second.mutate('cancelRegistration', { registrationId: id }, holder)
    expect(event).toEqual({ seatsTaken: 3, seatsLeft: 1, waitlistCount: 2 })
    const stored = await first.storedRegistrations(eventId)
    expect(stored.map(({ status }) => status)).toEqual([
      'CANCELLED',
      'WAITLISTED',
      'CONFIRMED',
      'WAITLISTED',
      'CONFIRMED',
    ])
    await first.expectConsistentSeats(eventId)
  })

  it('is promoted when the capacity is raised, and completely when it is removed', async () => {
    const eventId = await first.makeEvent({ capacity: 2 })
    await first.importPeople(eventId, 700)
    const raised = await first.mutate('updateEvent', { eventId, capacity: 5 }, organizer)
    expect(raised.event).toMatchObject({ capacity: 5, seatsTaken: 5, waitlistCount: 695 })
    expect(await first.outcome('updateEvent', { eventId, capacity: 4 }, organizer)).toBe('CONFLICT')
    // More than one page of the promotion.
    const removed = await second.mutate('updateEvent', { eventId, capacity: null }, organizer)
    expect(removed.event).toMatchObject({ capacity: null, seatsTaken: 700, waitlistCount: 0 })
    await first.expectConsistentSeats(eventId)
  })

  it('loses a user who cancels, who joins its end again with the same registration ID', async () => {
    const eventId = await first.makeEvent({ capacity: 1 })
    const [holder, one, two] = makeViewers(3)
    if (!holder || !one || !two) throw new Error()
    const held = await first.register(eventId, holder)
    const { id } = await first.register(eventId, one)
    expect((await first.register(eventId, two)).waitlistPosition).toBe(2)
    await first.mutate('cancelRegistration', { registrationId: id }, one)
    expect((await first.register(eventId, two)).waitlistPosition).toBe(1)
    const again = await second.register(eventId, one)
    expect(again).toMatchObject({ id, status: 'WAITLISTED', waitlistPosition: 2 })
    const { registration } = await first.mutate('cancelRegistration', { registrationId: held.id }, holder)
    expect(registration).toMatchObject({ status: 'CANCELLED', ticketCode: null })
    expect(await first.register(eventId, holder)).toMatchObject({ id: held.id, waitlistPosition: 2 })
    const codes = (await first.storedRegistrations(eventId)).map(({ ticketCode }) => ticketCode)
    expect(codes).not.toContain(held.ticketCode)
    await first.expectConsistentSeats(eventId)
  })
})

describe('a registration', () => {
  it('is idempotent with the same number of guests and a CONFLICT with another', async () => {
    const eventId = await first.makeEvent({ capacity: 5 })
    const viewer = createViewer()
    const { id } = await first.register(eventId, viewer, 1)
    expect((await second.register(eventId, viewer, 1)).id).toBe(id)
    expect(await first.outcome('registerForEvent', { eventId, guestCount: 2 }, viewer)).toBe('CONFLICT')
    expect((await first.storedEvent(eventId)).seatsTaken).toBe(2)
    await first.expectConsistentSeats(eventId)
  })

  it('is FULL only for a party larger than the capacity', async () => {
    const eventId = await first.makeEvent({ capacity: 2 })
    expect(await first.outcome('registerForEvent', { eventId, guestCount: 2 }, createViewer())).toBe('FULL')
    await first.register(eventId, createViewer(), 1)
    expect((await first.register(eventId, createViewer(), 1)).status).toBe('WAITLISTED')
  })

  it('is CLOSED for events that have ended, are cancelled or are drafts', async () => {
    const register = (eventId: string, viewer = createViewer()) =>
      first.outcome('registerForEvent', { eventId }, viewer)
    const twoHoursAgo = new Date(today.getTime() - 2 * 3_600_000)
    expect(await register(await first.makeEvent({ startsAt: today }))).toBe('yes')
    expect(await register(await first.makeEvent({ startsAt: twoHoursAgo }))).toBe('CLOSED')
    const cancelled = await first.makeEvent()
    await first.mutate('cancelEvent', { eventId: cancelled }, organizer)
    expect(await register(cancelled)).toBe('CLOSED')
    const draft = await first.makeEvent({ publish: false })
    expect(await register(draft, organizer)).toBe('CLOSED')
    expect(await register(draft)).toBe('NOT_FOUND')
  })

  it.each([-1, 101, 2 ** 31 - 1])('is OUT_OF_RANGE with %i guests', async (guestCount) => {
    const eventId = await first.makeEvent()
    expect(await first.outcome('registerForEvent', { eventId, guestCount }, createViewer())).toBe(
      'OUT_OF_RANGE',
    )
    expect(await first.storedRegistrations(eventId)).toEqual([])
  })
})

describe('a cancelled event', () => {
  it('neither promotes the waitlist nor checks tickets in', async () => {
    const eventId = await first.makeEvent({ capacity: 1 })
    const [holder, waiting] = makeViewers(2)
    if (!holder || !waiting) throw new Error()
    const { id, ticketCode } = await first.register(eventId, holder)
    await first.register(eventId, waiting)
    await first.mutate('cancelEvent', { eventId }, organizer)
    // CLOSED until the cascade has cancelled the ticket, which is then unknown.
    expect(['CLOSED', 'NOT_FOUND']).toContain(
      await first.outcome('checkIn', { eventId, ticketCode }, organizer),
    )
    expect(await first.outcome('cancelRegistration', { registrationId: id }, holder)).toBe('yes')
    const stored = await first.storedRegistrations(eventId)
    expect(stored.map(({ status }) => status)).not.toContain('CONFIRMED')
  })
})

describe('checkIn', () => {
  it('checks a ticket in once and reports a second scan', async () => {
    const eventId = await first.makeEvent()
    const viewer = createViewer()
    const { id, ticketCode } = await first.register(eventId, viewer)
    const scan = { eventId, ticketCode: ` ${ticketCode?.toLowerCase()} ` }
    expect(await first.mutate('checkIn', scan, organizer)).toEqual({
      registration: { id, status: 'CONFIRMED', checkedInAt: today.toISOString(), arrivedCount: 1 },
      alreadyCheckedIn: false,
      userErrors: [],
    })
    expect(await second.mutate('checkIn', scan, organizer)).toMatchObject({ alreadyCheckedIn: true })
    expect(await first.outcome('cancelRegistration', { registrationId: id }, viewer)).toBe('CONFLICT')
    await first.expectConsistentSeats(eventId)
  })

  it('rejects unknown tickets and those of other events, waitlisted or cancelled registrations', async () => {
    const eventId = await first.makeEvent({ capacity: 1 })
    const other = await first.makeEvent()
    const [holder, waiting] = makeViewers(2)
    if (!holder || !waiting) throw new Error()
    const { id, ticketCode } = await first.register(eventId, holder)
    await first.register(eventId, waiting)
    const codes = (await first.storedRegistrations(eventId)).map((registration) => registration.ticketCode)
    expect(await first.outcome('checkIn', { eventId: other, ticketCode }, organizer)).toBe('NOT_FOUND')
    expect(await first.outcome('checkIn', { eventId, ticketCode: codes[1] }, organizer)).toBe('NOT_FOUND')
    expect(await first.outcome('checkIn', { eventId, ticketCode: 'made up' }, organizer)).toBe('NOT_FOUND')
    expect(await first.outcome('checkIn', { eventId, ticketCode: '' }, organizer)).toBe('NOT_FOUND')
    await first.mutate('cancelRegistration', { registrationId: id }, holder)
    expect(await first.mutate('checkIn', { eventId, ticketCode }, organizer)).toMatchObject({
      registration: null,
      alreadyCheckedIn: false,
      userErrors: [{ code: 'NOT_FOUND', field: ['ticketCode'] }],
    })
  })
})
