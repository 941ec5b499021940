import { waitUntil } from '../../support/processes'
import { createViewer } from '../../support/subgraph'
import {
  createUserDeletedEvent,
  nextMonth,
  organizer,
  makeViewers,
  startEvents,
  today,
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

const afterStart = new Date(nextMonth.getTime() + 1)
const statuses = async (eventId: string) =>
  (await events.storedRegistrations(eventId)).map(({ status }) => status)

/** Makes an event with one seat, which somebody has, and for which somebody waits. */
async function makeFullEvent() {
  const eventId = await events.makeEvent({ capacity: 1 })
  const [holder, waiting] = [createViewer(), createViewer()]
  const { id: registrationId } = await events.register(eventId, holder)
  await events.register(eventId, waiting)
  return { eventId, holder, registrationId }
}

type Full = Awaited<ReturnType<typeof makeFullEvent>>
const ways: [string, (event: Full) => Promise<unknown>][] = [
  [
    'a cancellation',
    ({ registrationId, holder }) => events.mutate('cancelRegistration', { registrationId }, holder),
  ],
  ['a higher capacity', ({ eventId }) => events.mutate('updateEvent', { eventId, capacity: 2 }, organizer)],
  [
    'no limit any more',
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

describe.each(ways)('seats that %s frees', (_, free) => {
  it('go to those who wait before the event begins', async () => {
    const event = await makeFullEvent()
    clock = new Date(nextMonth.getTime() - 1)
    await free(event)
    await waitUntil('the seat is given', async () => (await statuses(event.eventId))[1] === 'CONFIRMED')
    await events.audit(event.eventId)
  })

  it('stay free once the event has begun', async () => {
    const event = await makeFullEvent()
    clock = nextMonth
    await free(event)
    expect((await statuses(event.eventId))[1]).toBe('WAITLISTED')
    expect(await events.storedEvent(event.eventId)).toMatchObject({ waitlistCount: 1, walkedTo: null })
    await events.audit(event.eventId)
  })
})

it('offers the seats that became free after the start when the event is postponed', async () => {
  const { eventId, holder, registrationId } = await makeFullEvent()
  clock = afterStart
  await events.mutate('cancelRegistration', { registrationId }, holder)
  expect(await statuses(eventId)).toEqual(['CANCELLED', 'WAITLISTED'])
  const startsAt = new Date(nextMonth.getTime() + 86_400_000)
  await events.mutate('updateEvent', { eventId, startsAt }, organizer)
  expect(await statuses(eventId)).toEqual(['CANCELLED', 'CONFIRMED'])
  const [late] = makeViewers(1)
  if (late) expect((await events.register(eventId, late)).status).toBe('WAITLISTED')
  await events.audit(eventId)
})

it('drops a promotion that a crash interrupted when the event has begun', async () => {
  const { eventId } = await makeFullEvent()
  const stored = events.connection.collection<{ _id: string }>('events')
  await stored.updateOne({ _id: eventId }, { $set: { capacity: 2, walkedTo: 0, unsettledSince: today } })
  clock = afterStart
  await events.query('query ($id: ID!) { event(id: $id) { seatsTaken } }', { id: eventId })
  expect(await statuses(eventId)).toEqual(['CONFIRMED', 'WAITLISTED'])
  await events.audit(eventId)
})
