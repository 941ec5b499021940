import type { mongo } from 'mongoose'

import { createEventRepository } from '../../../subgraphs/events/repository'
import { openDatabase } from '../../../packages/subgraph-kit/mongo/database'
import { createPendingEvent } from '../../../packages/event-log/outbox/outbox'
import { waitUntil } from '../../support/processes'
import { dropDatabase, testDatabaseName, testMongodbUri } from '../../support/subgraph'
import {
  collectDomainEvents,
  organizer,
  makeViewers,
  waitUntilSettled,
  startEvents,
  today,
  type TestEvents,
} from './support'

const database = testDatabaseName('events')
let events: TestEvents
beforeAll(async () => {
  events = await startEvents({ database })
})
afterAll(async () => {
  await events.close()
  await dropDatabase(database)
  await dropDatabase(`${database}_feed`)
})

const countActive = async (eventId: string) =>
  (await events.storedRegistrations(eventId)).filter(({ status }) => status !== 'CANCELLED').length

async function waitUntilAllCancelled(eventId: string): Promise<void> {
  await waitUntil('all registrations are cancelled', async () => (await countActive(eventId)) === 0)
  await waitUntilSettled(events, eventId)
}

const statusFor = `query ($id: ID!) { event(id: $id) {
  seatsTaken waitlistCount checkedInCount viewerRegistration { status ticketCode waitlistPosition } } }`

/** Creates an event with `count` registrations, one of them checked in. */
async function makeEventWithRegistrations(capacity: number, count: number): Promise<string> {
  const eventId = await events.makeEvent({ capacity })
  await events.importPeople(eventId, count)
  const { ticketCode } = (await events.storedRegistrations(eventId))[0] ?? {}
  await events.mutate('checkIn', { eventId, ticketCode }, organizer)
  return eventId
}

it('cancels all registrations of a cancelled event and promotes no registration', async () => {
  const eventId = await makeEventWithRegistrations(200, 300)
  const [holder] = makeViewers(1)
  if (!holder) throw new Error()
  const { id } = await events.register(eventId, holder)
  const confirmedBefore = new Set(
    (await events.storedRegistrations(eventId))
      .filter(({ status }) => status === 'CONFIRMED')
      .map(({ _id }) => _id),
  )
  const promoted: string[] = []
  const published = await collectDomainEvents(events, async ({ entity }) => {
    if (entity !== eventId) return
    const confirmed = (await events.storedRegistrations(eventId)).filter(
      ({ status }) => status === 'CONFIRMED',
    )
    promoted.push(...confirmed.map(({ _id }) => _id).filter((each) => !confirmedBefore.has(each)))
  })
  await events.mutate('cancelEvent', { eventId }, organizer)
  const viewerRegistration = async () =>
    (await events.query(statusFor, { id: eventId }, holder)).event.viewerRegistration
  await waitUntil(
    'the cancellation is visible',
    async () => (await viewerRegistration()).status === 'CANCELLED',
  )
  await waitUntilAllCancelled(eventId)
  await events.expectConsistentSeats(eventId)
  const { event } = await events.query(statusFor, { id: eventId }, holder)
  expect(event).toEqual({
    seatsTaken: 0,
    waitlistCount: 0,
    checkedInCount: 0,
    viewerRegistration: { status: 'CANCELLED', ticketCode: null, waitlistPosition: null },
  })
  expect(await events.outcome('cancelRegistration', { registrationId: id }, holder)).toBe('yes')
  expect(await events.outcome('registerForEvent', { eventId }, holder)).toBe('CLOSED')
  await events.importPeople(eventId, 3)
  expect(await countActive(eventId)).toBe(0)
  await waitUntil('the events are published', () => published.of(eventId).length > 1)
  expect(promoted).toEqual([])
  await published.close()
})

it('continues after a crash', async () => {
  const eventId = await makeEventWithRegistrations(150, 250)
  await events.close()
  const crashing = await openDatabase(testMongodbUri(), database)
  const repository = createEventRepository(crashing, () => today)
  await repository.changeEvent(eventId, () => ({ status: 'CANCELLED' }))
  let updates = 0
  crashing.getClient().on('commandStarted', ({ commandName }: mongo.CommandStartedEvent) => {
    if (commandName === 'update' && ++updates > 4) throw new Error('The process is dead.')
  })
  await expect(
    repository.cancelRegistrationsOfEvents([eventId], new AbortController().signal),
  ).rejects.toThrow()
  await crashing.close(true)
  events = await startEvents({ database })
  await waitUntilAllCancelled(eventId)
  await events.expectConsistentSeats(eventId)
})

it('continues in another process when either of two processes stops midway', async () => {
  let other = await startEvents({ database })
  for (const stopped of ['first', 'second']) {
    const eventId = await makeEventWithRegistrations(200, 300)
    await events.mutate('cancelEvent', { eventId }, organizer)
    await waitUntil('the cascade has started', async () => (await countActive(eventId)) < 300)
    if (stopped === 'first') await events.close()
    else await other.close()
    const [remaining, restarted] = [stopped === 'first' ? other : events, await startEvents({ database })]
    events = remaining
    other = restarted
    await waitUntilAllCancelled(eventId)
    await events.expectConsistentSeats(eventId)
  }
  await other.close()
})

it('ignores a repeated cancellation event and one of an event that is not cancelled', async () => {
  const cancelled = await makeEventWithRegistrations(5, 8)
  const active = await makeEventWithRegistrations(5, 8)
  await events.mutate('cancelEvent', { eventId: cancelled }, organizer)
  await waitUntilAllCancelled(cancelled)
  const before = await events.storedRegistrations(cancelled)
  const repeated = [cancelled, active].map((entity, index) => ({
    ...createPendingEvent('event.cancelled', { status: 'CANCELLED', organizerId: null }, today),
    entity,
    sequence: 99 + index,
    data: {},
  }))
  await events.eventLog.publish('events', repeated)
  // Domain events are handled in order: this one after those above.
  const last = await makeEventWithRegistrations(1, 1)
  await events.mutate('cancelEvent', { eventId: last }, organizer)
  await waitUntilAllCancelled(last)
  expect(await events.storedRegistrations(cancelled)).toEqual(before)
  expect(await countActive(active)).toBe(8)
  await events.expectConsistentSeats(active)
})

it('cancels registrations of cancelled events whose domain event was lost', async () => {
  const eventId = await makeEventWithRegistrations(5, 8)
  await events.close()
  const connection = await openDatabase(testMongodbUri(), database)
  const stored = connection.collection<{ _id: string }>('events')
  await stored.updateOne(
    { _id: eventId },
    { $set: { status: 'CANCELLED' }, $unset: { eventSequence: 1, pendingEvents: 1 } },
  )
  await connection.useDb(`${database}_feed`).dropDatabase()
  await connection.close()
  events = await startEvents({ database })
  await waitUntilAllCancelled(eventId)
  await events.expectConsistentSeats(eventId)
})
