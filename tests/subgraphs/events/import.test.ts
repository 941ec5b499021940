import type { Connection } from 'mongoose'

import type { Event } from '../../../subgraphs/events/domain/event'
import { createEventRepository } from '../../../subgraphs/events/repository'
import { derivedId } from '../../../schema/ids'
import { openDatabase } from '../../../packages/subgraph-kit/mongo/database'
import { recordCommands, createViewer, testMongodbUri } from '../../support/subgraph'
import { makeViewers, startEvents, today, type TestEvents } from './support'

let events: TestEvents
let importer: Connection
let secondImporter: Connection
beforeAll(async () => {
  events = await startEvents()
  importer = await openDatabase(testMongodbUri(), events.database)
  secondImporter = await openDatabase(testMongodbUri(), events.database)
  repository = createEventRepository(importer)
})
afterAll(async () => {
  await importer.close()
  await secondImporter.close()
  await events.close()
})
let repository: ReturnType<typeof createEventRepository>

function pastEvent(row: number, overrides: Partial<Event> = {}): Event {
  return {
    id: derivedId('Event', 'tests', String(row)),
    title: `Event ${row}`,
    description: '',
    status: 'PUBLISHED',
    startsAt: new Date('2017-12-01T18:00:00Z'),
    endsAt: null,
    timeZone: 'UTC',
    venue: null,
    imageUrl: null,
    registrationClosesAt: null,
    maxGuests: 5,
    tags: [],
    capacity: null,
    seatsTaken: 0,
    waitlistCount: 0,
    checkedInCount: 0,
    wasPublished: true,
    organizerId: createViewer().id,
    createdAt: today,
    updatedAt: today,
    ...overrides,
  }
}

const registrationFor = (eventId: string, row: number, userId: string, guestCount = 0) => ({
  id: derivedId('Registration', 'tests', String(row)),
  eventId,
  userId,
  guestCount,
  registeredAt: new Date('2017-11-01T00:00:00Z'),
})

it('imports past events and registrations with few commands; idempotent', async () => {
  const { importEvents, importRegistrations, findExistingEventIds } = repository
  const imported = Array.from({ length: 400 }, (_, row) => pastEvent(row))
  const ids = imported.map(({ id }) => id)
  const rows = makeViewers(500).map(({ id }, row) =>
    registrationFor(String(ids[row % 400]), row, id, row % 3),
  )
  let inserted: unknown
  const commands = await recordCommands(importer, async () => {
    inserted = [await importEvents(imported), await importRegistrations(rows)]
  })
  expect(inserted).toEqual([{ inserted: 400 }, { inserted: 500 }])
  expect(commands.length).toBeLessThanOrEqual(10)
  for (const id of ids) await events.expectConsistentSeats(id)
  const changed = String(ids[0])
  await events.mutate('updateEvent', { eventId: changed, title: 'Changed' }, createViewer('ADMIN'))
  expect([await importEvents(imported), await importRegistrations(rows)]).toEqual([
    { inserted: 0 },
    { inserted: 0 },
  ])
  expect((await events.storedEvent(changed)).title).toBe('Changed')
  await events.expectConsistentSeats(changed)
  expect(await findExistingEventIds([changed, derivedId('Event', 'tests', 'none')])).toEqual(
    new Set([changed]),
  )
  const [stored] = await events.storedRegistrations(changed)
  expect(stored).toMatchObject({ status: 'CONFIRMED', registeredAt: new Date('2017-11-01T00:00:00Z') })
})

it('skips registrations without an event or above its capacity and waitlists those that do not fit', async () => {
  const { importEvents, importRegistrations } = repository
  const small = pastEvent(1000, { capacity: 2 })
  await importEvents([small])
  const [one, two, three, four] = makeViewers(4).map(({ id }) => id)
  const rows = [
    registrationFor(small.id, 1001, String(one), 5),
    registrationFor(small.id, 1002, String(two), 1),
    registrationFor(small.id, 1003, String(three)),
    registrationFor(derivedId('Event', 'tests', 'none'), 1004, String(four)),
  ]
  expect(await importRegistrations(rows)).toEqual({ inserted: 2 })
  expect((await events.storedRegistrations(small.id)).map(({ status }) => status)).toEqual([
    'CONFIRMED',
    'WAITLISTED',
  ])
  await events.expectConsistentSeats(small.id)
})

it('keeps counts exact during concurrent registrations and a second import of the same data', async () => {
  const other = await startEvents({ database: events.database })
  const eventIds: string[] = []
  for (let count = 0; count < 5; count++) eventIds.push(await events.makeEvent({ capacity: 40 }))
  const rows = makeViewers(100).map(({ id }, row) =>
    registrationFor(String(eventIds[row % 5]), 2000 + row, id),
  )
  const second = createEventRepository(secondImporter)
  await Promise.all([
    repository.importRegistrations(rows),
    second.importRegistrations(rows),
    ...makeViewers(50).map((viewer, index) => other.register(String(eventIds[index % 5]), viewer)),
  ])
  for (const eventId of eventIds) {
    await events.expectConsistentSeats(eventId)
    expect((await events.storedEvent(eventId)).seatsTaken).toBe(30)
  }
  await other.close()
})
