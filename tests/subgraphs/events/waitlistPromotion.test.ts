import { waitUntil } from '../../support/processes'
import { createViewer } from '../../support/subgraph'
import {
  createUserDeletedEvent,
  nextMonth,
  organizer,
  makeViewers,
  startEvents,
  today,
  waitUntilSettled,
  type TestEvents,
} from './support'

let events: TestEvents
let clock = today
beforeAll(async () => {
  events = await startEvents({ now: () => clock })
})
beforeEach(() => {
  clock = today
})
afterAll(() => events.close())

const end = new Date(nextMonth.getTime() + 2 * 3_600_000)
const statuses = async (eventId: string) =>
  (await events.storedRegistrations(eventId)).map(({ status }) => status)

/** Creates an event with one seat, one confirmed and one waitlisted registration. */
async function makeFullEvent() {
  const eventId = await events.makeEvent({ capacity: 1 })
  const [holder, waiting] = [createViewer(), createViewer()]
  const { id: registrationId } = await events.register(eventId, holder)
  await events.register(eventId, waiting)
  return { eventId, holder, registrationId }
}

type FullEvent = Awaited<ReturnType<typeof makeFullEvent>>
const causes: [string, (event: FullEvent) => Promise<unknown>][] = [
  [
    'a cancellation',
    ({ registrationId, holder }) => events.mutate('cancelRegistration', { registrationId }, holder),
  ],
  ['a higher capacity', ({ eventId }) => events.mutate('updateEvent', { eventId, capacity: 2 }, organizer)],
  [
    'a removed capacity',
    ({ eventId }) => events.mutate('updateEvent', { eventId, capacity: null }, organizer),
  ],
  [
    'a deleted account',
    async ({ eventId, holder }) => {
      await events.eventLog.publish('users', [createUserDeletedEvent(holder.id)])
      await waitUntil('the seat is free', async () => (await statuses(eventId))[0] === 'CANCELLED')
    },
  ],
]

describe.each(causes)('seats freed by %s', (_, free) => {
  it('are offered to the waitlist before the event ends', async () => {
    const event = await makeFullEvent()
    clock = new Date(end.getTime() - 1)
    await free(event)
    await waitUntil(
      'the waitlist is promoted',
      async () => (await statuses(event.eventId))[1] === 'CONFIRMED',
    )
    await events.expectConsistentSeats(event.eventId)
  })

  it('stay free once the event has ended', async () => {
    const event = await makeFullEvent()
    clock = end
    await free(event)
    await waitUntilSettled(events, event.eventId)
    expect((await statuses(event.eventId))[1]).toBe('WAITLISTED')
    expect(await events.storedEvent(event.eventId)).toMatchObject({ waitlistCount: 1, walkedTo: null })
    await events.expectConsistentSeats(event.eventId)
  })
})

it('offers seats that were freed after the end when the event is postponed', async () => {
  const { eventId, holder, registrationId } = await makeFullEvent()
  clock = end
  await events.mutate('cancelRegistration', { registrationId }, holder)
  expect(await statuses(eventId)).toEqual(['CANCELLED', 'WAITLISTED'])
  const startsAt = new Date(nextMonth.getTime() + 86_400_000)
  await events.mutate('updateEvent', { eventId, startsAt }, organizer)
  expect(await statuses(eventId)).toEqual(['CANCELLED', 'CONFIRMED'])
  const [late] = makeViewers(1)
  if (late) expect((await events.register(eventId, late)).status).toBe('WAITLISTED')
  await events.expectConsistentSeats(eventId)
})

it('drops a promotion that a crash interrupted once the event has ended', async () => {
  const { eventId } = await makeFullEvent()
  const stored = events.connection.collection<{ _id: string }>('events')
  await stored.updateOne({ _id: eventId }, { $set: { capacity: 2, walkedTo: 0, unsettledSince: today } })
  clock = end
  await events.query('query ($id: ID!) { event(id: $id) { seatsTaken } }', { id: eventId })
  expect(await statuses(eventId)).toEqual(['CONFIRMED', 'WAITLISTED'])
  await events.expectConsistentSeats(eventId)
})
