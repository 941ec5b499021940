import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

import { projectRoot } from '../../../packages/platform/config/projectRoot'
import { openDatabase } from '../../../packages/subgraph-kit/mongo/database'
import { newId } from '../../../schema/ids'
import type { Event } from '../../../subgraphs/events/domain/event'
import type { EventDocument } from '../../../subgraphs/events/repository/models'
import { testDatabaseName, testMongodbUri } from '../../support/subgraph'
import { nextMonth, openRepository, startEvents, today, type TestEvents } from './support'

let events: TestEvents
beforeAll(async () => {
  events = await startEvents({ now: () => new Date() })
})
afterAll(() => events.close())

/** A child process that registers many users concurrently, cancels half of them and kills itself at a write. */
const program = `
  const [uri, database, eventId, lastWrite] = process.argv.slice(1)
  const { createEventRepository } = require('./subgraphs/events/repository')
  const { createTicketCode } = require('./subgraphs/events/domain/registration')
  const { openDatabase } = require('./packages/subgraph-kit/mongo/database')
  const { newId } = require('./schema/ids')
  openDatabase(uri, database).then(async (connection) => {
    let writes = 0
    connection.getClient().on('commandStarted', ({ commandName }) => {
      if (commandName === 'update' && ++writes > Number(lastWrite)) process.kill(process.pid, 'SIGKILL')
    })
    const repository = createEventRepository(connection)
    for (;;) {
      await Promise.all(Array.from({ length: 12 }, async (_, index) => {
        const request = {
          kind: 'register',
          id: newId('Registration'),
          userId: newId('User'),
          guestCount: index % 3,
          ticketCode: createTicketCode(),
          registeredAt: new Date(),
        }
        const { registration } = await repository.submitSeatRequest(eventId, request)
        if (index % 2) await repository.submitSeatRequest(eventId, { kind: 'cancel', registrationId: registration.id })
      }))
    }
  })
`

/** A child process that deletes the registrations of a deleted event, and kills itself at a write. */
const deletion = `
  const [uri, database, eventId, lastWrite] = process.argv.slice(1)
  const { createEventRepository } = require('./subgraphs/events/repository')
  const { openDatabase } = require('./packages/subgraph-kit/mongo/database')
  openDatabase(uri, database).then(async (connection) => {
    let writes = 0
    connection.getClient().on('commandStarted', ({ commandName }) => {
      if (['update', 'delete'].includes(commandName) && ++writes > Number(lastWrite)) process.kill(process.pid, 'SIGKILL')
    })
    await createEventRepository(connection).deleteRegistrationsOfEvents([eventId], new AbortController().signal)
  })
`

async function runUntilKilled(
  eventId: string,
  lastWrite: number,
  code = program,
  database = events.database,
): Promise<void> {
  const args = ['-e', code, testMongodbUri(), database, eventId, String(lastWrite)]
  const child = spawn(process.execPath, args, {
    cwd: join(projectRoot, 'dist'),
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [, signal] = await once(child, 'exit')
  expect(signal).toBe('SIGKILL')
}

const kills = process.env['FULL'] ? 30 : 8

it(`neither oversells nor loses registrations when two processes are killed ${kills} times at their writes`, async () => {
  const eventId = await events.makeEvent({ capacity: 15, startsAt: '2099-01-01T00:00:00Z' })
  for (let kill = 0; kill < kills; kill += 2) {
    await Promise.all([runUntilKilled(eventId, kill), runUntilKilled(eventId, kill + 1 + (kill % 5))])
    const next = await startEvents({ database: events.database })
    await next.close()
    await events.expectConsistentSeats(eventId)
    const { capacity, seatsTaken } = await events.storedEvent(eventId)
    const waiting = (await events.storedRegistrations(eventId)).filter(
      ({ status }) => status === 'WAITLISTED',
    )
    for (const { guestCount } of waiting)
      expect(1 + guestCount).toBeGreaterThan(Number(capacity) - seatsTaken)
  }
})

const makeStoredEvent = (): Event => ({
  id: newId('Event'),
  title: 'Meeting',
  description: '',
  status: 'PUBLISHED',
  wasPublished: true,
  startsAt: nextMonth,
  endsAt: null,
  timeZone: 'UTC',
  venue: null,
  imageUrl: null,
  tags: [],
  capacity: null,
  registrationClosesAt: null,
  maxGuests: 5,
  seatsTaken: 0,
  waitlistCount: 0,
  checkedInCount: 0,
  organizerId: newId('User'),
  createdAt: today,
  updatedAt: today,
})

it('requests the notification of everyone who was registered for a deleted event, when its cascade is killed at its writes', async () => {
  // Without a process that relays the events and continues the cascade.
  const database = testDatabaseName('events_killed')
  const repository = await openRepository(database)
  const connection = await openDatabase(testMongodbUri(), database)
  try {
    const event = makeStoredEvent()
    await repository.importEvents([event])
    const userIds = Array.from({ length: 250 }, () => newId('User'))
    await repository.importRegistrations(
      userIds.map((userId) => ({
        ...{ id: newId('Registration'), eventId: event.id, userId },
        ...{ guestCount: 0, registeredAt: today },
      })),
    )
    const [cancelled = ''] = userIds
    await repository.submitSeatRequest(event.id, {
      kind: 'cancel',
      registrationId:
        (await repository.registrationsOfUserByEvent(cancelled, [event.id])).get(event.id)?.id ?? '',
    })
    await repository.deleteEvent(event.id, () => ({ moderatorId: newId('User') }))
    for (const lastWrite of [0, 1, 1, 2, 1]) await runUntilKilled(event.id, lastWrite, deletion, database)
    await repository.deleteRegistrationsOfEvents([event.id], new AbortController().signal)
    expect(await connection.collection('registrations').countDocuments()).toBe(0)
    const tombstone = await connection.collection<EventDocument>('events').findOne({ _id: event.id })
    const requested = (tombstone?.pendingEvents ?? []).flatMap(({ type, data }) =>
      type === 'event.registrationsDeleted' ? (JSON.parse(data) as { userIds: string[] }).userIds : [],
    )
    expect([...new Set(requested)].sort()).toEqual(userIds.slice(1).sort())
  } finally {
    await connection.dropDatabase()
    await connection.close()
    await repository.close()
  }
})
