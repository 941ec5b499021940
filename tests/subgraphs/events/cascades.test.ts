import type { mongo } from 'mongoose'

import { createEventRepository } from '../../../subgraphs/events/repository'
import { openDatabase } from '../../../packages/subgraph-kit/mongo/database'
import { createPendingEvent } from '../../../packages/event-log/outbox/outbox'
import { waitUntil } from '../../support/processes'
import { dropDatabase, testDatabaseName, testMongodbUri } from '../../support/subgraph'
import {
  followEvents,
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

const liveAt = async (eventId: string) =>
  (await events.storedRegistrations(eventId)).filter(({ status }) => status !== 'CANCELLED').length

async function allAreCancelled(eventId: string): Promise<void> {
  await waitUntil('all registrations are cancelled', async () => (await liveAt(eventId)) === 0, 20_000)
  await waitUntilSettled(events, eventId)
}

const statusFor = `query ($id: ID!) { event(id: $id) {
  seatsTaken waitlistCount checkedInCount viewerRegistration { status ticketCode waitlistPosition } } }`

/** An event with people who have seats and others who wait, some of them let in already. */
async function makeCrowd(capacity: number, count: number): Promise<string> {
  const eventId = await events.makeEvent({ capacity })
  await events.importPeople(eventId, count)
  const { ticketCode } = (await events.storedRegistrations(eventId))[0] ?? {}
  await events.mutate('checkIn', { eventId, ticketCode }, organizer)
  return eventId
}

it('takes its registrations along, waiting, let in or not, and nobody is moved up', async () => {
  const eventId = await makeCrowd(200, 300)
  const [holder] = makeViewers(1)
  if (!holder) throw new Error()
  const { id } = await events.register(eventId, holder)
  const confirmedBefore = new Set(
    (await events.storedRegistrations(eventId))
      .filter(({ status }) => status === 'CONFIRMED')
      .map(({ _id }) => _id),
  )
  const movedUp: string[] = []
  const told = await followEvents(events, async ({ entity }) => {
    if (entity !== eventId) return
    const confirmed = (await events.storedRegistrations(eventId)).filter(
      ({ status }) => status === 'CONFIRMED',
    )
    movedUp.push(...confirmed.map(({ _id }) => _id).filter((each) => !confirmedBefore.has(each)))
  })
  await events.mutate('cancelEvent', { eventId }, organizer)
  const viewerRegistration = async () =>
    (await events.query(statusFor, { id: eventId }, holder)).event.viewerRegistration
  await waitUntil('they see it', async () => (await viewerRegistration()).status === 'CANCELLED')
  await allAreCancelled(eventId)
  await events.audit(eventId)
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
  expect(await liveAt(eventId)).toBe(0)
  expect(movedUp).toEqual([])
  expect(told.of(eventId).length).toBeGreaterThan(1)
  await told.close()
})

it('goes on where a crash has interrupted it', async () => {
  const eventId = await makeCrowd(150, 250)
  await events.close()
  const dying = await openDatabase(testMongodbUri(), database)
  const repository = createEventRepository(dying, () => today)
  await repository.changeEvent(eventId, () => ({ status: 'CANCELLED' }))
  let updates = 0
  dying.getClient().on('commandStarted', ({ commandName }: mongo.CommandStartedEvent) => {
    if (commandName === 'update' && ++updates > 4) throw new Error('The process is dead.')
  })
  await expect(
    repository.cancelRegistrationsOfEvents([eventId], new AbortController().signal),
  ).rejects.toThrow()
  await dying.close(true)
  events = await startEvents({ database })
  await allAreCancelled(eventId)
  await events.audit(eventId)
})

it('goes on in another process when one is ended midway, whichever it was', async () => {
  let other = await startEvents({ database })
  for (const ended of ['one', 'the other']) {
    const eventId = await makeCrowd(200, 300)
    await events.mutate('cancelEvent', { eventId }, organizer)
    await waitUntil('it is begun', async () => (await liveAt(eventId)) < 300)
    if (ended === 'one') await events.close()
    else await other.close()
    const [stays, again] = [ended === 'one' ? other : events, await startEvents({ database })]
    events = stays
    other = again
    await allAreCancelled(eventId)
    await events.audit(eventId)
  }
  await other.close()
}, 60_000)

it('is harmless to hear of twice, and where it is not so', async () => {
  const cancelled = await makeCrowd(5, 8)
  const published = await makeCrowd(5, 8)
  await events.mutate('cancelEvent', { eventId: cancelled }, organizer)
  await allAreCancelled(cancelled)
  const before = await events.storedRegistrations(cancelled)
  const again = [cancelled, published].map((entity, index) => ({
    ...createPendingEvent('event.cancelled', { status: 'CANCELLED', organizerId: null }, today),
    entity,
    sequence: 99 + index,
    data: {},
  }))
  await events.eventLog.publish('events', again)
  // What comes after them is done after them.
  const last = await makeCrowd(1, 1)
  await events.mutate('cancelEvent', { eventId: last }, organizer)
  await allAreCancelled(last)
  expect(await events.storedRegistrations(cancelled)).toEqual(before)
  expect(await liveAt(published)).toBe(8)
  await events.audit(published)
})

it('is made up for where nobody could tell of it: before there was a feed, or after it was lost', async () => {
  const eventId = await makeCrowd(5, 8)
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
  await allAreCancelled(eventId)
  await events.audit(eventId)
})
