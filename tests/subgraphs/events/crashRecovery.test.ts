import type { Connection, mongo } from 'mongoose'

import { createEventRepository } from '../../../subgraphs/events/repository'
import { createTicketCode } from '../../../subgraphs/events/domain/registration'
import { openDatabase } from '../../../packages/subgraph-kit/mongo/database'
import { newId } from '../../../packages/platform/ids/ids'
import { testMongodbUri } from '../../support/subgraph'
import { organizer, makeViewers, startEvents, today, type TestEvents } from './support'

let events: TestEvents
let clock = today
beforeAll(async () => {
  events = await startEvents({ now: () => clock })
})
beforeEach(() => {
  clock = today
})
afterAll(() => events.close())

/** A process that dies when it is about to send its n-th write: neither that nor anything later reaches the database. */
async function dieBeforeWrite(
  n: number,
  work: (repository: Repository) => Promise<unknown>,
): Promise<'died' | 'finished'> {
  const connection: Connection = await openDatabase(testMongodbUri(), events.database)
  let writes = 0
  let isDead = false
  connection.getClient().on('commandStarted', ({ commandName }: mongo.CommandStartedEvent) => {
    if (commandName === 'update' || commandName === 'insert') writes++
    if (writes >= n) isDead = true
    // What a listener throws ends the command before it is sent.
    if (isDead) throw new Error('The process is dead.')
  })
  try {
    await work(createEventRepository(connection, () => today)).catch(() => undefined)
    return isDead ? 'died' : 'finished'
  } finally {
    await connection.close(true).catch(() => undefined)
  }
}

type Repository = ReturnType<typeof createEventRepository>

const never = new AbortController().signal

async function setStatus(eventId: string, status: string): Promise<void> {
  const update = { $set: { status }, $inc: { version: 1 } }
  await events.connection.collection<{ _id: string }>('events').updateOne({ _id: eventId }, update)
}

const registerRequest = (userId: string, guestCount = 0) => ({
  kind: 'register' as const,
  id: newId('Registration'),
  userId,
  guestCount,
  ticketCode: createTicketCode(),
  registeredAt: today,
})

/** Who has crashed at the write before: everything that can come after it. */
const healers: Record<string, (eventId: string) => Promise<unknown>> = {
  'the next start': async () => {
    const again = await startEvents({ database: events.database })
    await again.close()
  },
  'the next registration': async (eventId) => {
    clock = new Date(today.getTime() + 10_000)
    const [viewer] = makeViewers(1)
    if (viewer) await events.register(eventId, viewer)
  },
  'the next reader': async (eventId) => {
    clock = new Date(today.getTime() + 10_000)
    await events.query('query ($id: ID!) { event(id: $id) { seatsTaken } }', { id: eventId })
  },
}

describe.each(Object.keys(healers))('a crash before each write is put right by %s:', (name) => {
  const heal = healers[name] ?? (() => Promise.reject(new Error(name)))

  it('registering', async () => {
    for (let n = 1, end = 'died'; end === 'died'; n++) {
      const eventId = await events.makeEvent({ capacity: 2 })
      const [viewer] = makeViewers(1)
      if (!viewer) throw new Error()
      end = await dieBeforeWrite(n, (repository) =>
        repository.submitSeatRequest(eventId, registerRequest(viewer.id)),
      )
      await heal(eventId)
      await events.audit(eventId)
      // Whether it was decided or not, asking again gives a seat, one seat.
      expect((await events.register(eventId, viewer)).status).toBe('CONFIRMED')
      await events.audit(eventId)
      if (end === 'finished') expect(n).toBeGreaterThan(3)
    }
  })

  it('cancelling, with people in line', async () => {
    for (let n = 1, end = 'died'; end === 'died'; n++) {
      const eventId = await events.makeEvent({ capacity: 2 })
      const [holder, first, second, third] = makeViewers(4)
      if (!holder || !first || !second || !third) throw new Error()
      const { id } = await events.register(eventId, holder, 1)
      await events.register(eventId, first)
      await events.register(eventId, second)
      await events.register(eventId, third)
      end = await dieBeforeWrite(n, (repository) =>
        repository.submitSeatRequest(eventId, { kind: 'cancel', registrationId: id }),
      )
      await heal(eventId)
      await events.audit(eventId)
      await events.mutate('cancelRegistration', { registrationId: id }, holder)
      await events.audit(eventId)
      const statuses = (await events.storedRegistrations(eventId)).map(({ status }) => status)
      expect(statuses.slice(0, 4)).toEqual(['CANCELLED', 'CONFIRMED', 'CONFIRMED', 'WAITLISTED'])
      if (end === 'finished') expect(n).toBeGreaterThan(5)
    }
  })

  it('raising the capacity', async () => {
    for (let n = 1, end = 'died'; end === 'died'; n++) {
      const eventId = await events.makeEvent({ capacity: 1 })
      for (const viewer of makeViewers(3)) await events.register(eventId, viewer)
      end = await dieBeforeWrite(n, (repository) => repository.changeEvent(eventId, () => ({ capacity: 3 })))
      await heal(eventId)
      await events.audit(eventId)
      const { capacity, seatsTaken } = await events.storedEvent(eventId)
      expect(seatsTaken).toBe(capacity)
    }
  })

  it('letting in', async () => {
    for (let n = 1, end = 'died'; end === 'died'; n++) {
      const eventId = await events.makeEvent()
      const [viewer] = makeViewers(1)
      if (!viewer) throw new Error()
      const { ticketCode } = await events.register(eventId, viewer)
      if (ticketCode === null) throw new Error()
      end = await dieBeforeWrite(n, (repository) =>
        repository.submitSeatRequest(eventId, { kind: 'checkIn', ticketCode, checkedInAt: today }),
      )
      await heal(eventId)
      await events.audit(eventId)
      await events.mutate('checkIn', { eventId, ticketCode }, organizer)
      await events.audit(eventId)
      expect((await events.storedEvent(eventId)).checkedInCount).toBe(1)
    }
  })

  it('withdrawing all that a cancelled event has', async () => {
    for (let n = 1, end = 'died'; end === 'died'; n++) {
      const eventId = await events.makeEvent({ capacity: 2 })
      for (const viewer of makeViewers(4)) await events.register(eventId, viewer)
      const withdraw = (repository: Repository) => repository.cancelRegistrationsOfEvents([eventId], never)
      // Not through the front door, where the cancellation would be followed at once.
      await setStatus(eventId, 'CANCELLED')
      end = await dieBeforeWrite(n, withdraw)
      await heal(eventId).catch(() => undefined)
      await events.audit(eventId)
      await dieBeforeWrite(Infinity, withdraw)
      await events.audit(eventId)
      const statuses = (await events.storedRegistrations(eventId)).map(({ status }) => status)
      expect(statuses).toEqual(Array(4).fill('CANCELLED'))
      if (end === 'finished') expect(n).toBeGreaterThan(3)
    }
  })

  it('forgetting an account', async () => {
    for (let n = 1, end = 'died'; end === 'died'; n++) {
      const eventId = await events.makeEvent({ capacity: 2 })
      const [gone, first, second, third] = makeViewers(4)
      if (!gone || !first || !second || !third) throw new Error()
      const { id } = await events.register(eventId, gone, 1)
      for (const viewer of [first, second, third]) await events.register(eventId, viewer)
      const forget = (repository: Repository) =>
        repository.removeUserReferences([{ id: gone.id, deletionRequestedAt: null }])
      end = await dieBeforeWrite(n, forget)
      await heal(eventId)
      await events.audit(eventId)
      await dieBeforeWrite(Infinity, forget)
      await events.audit(eventId)
      const stored = (await events.storedRegistrations(eventId)).slice(0, 4)
      expect(stored.map(({ status }) => status)).toEqual([
        'CANCELLED',
        'CONFIRMED',
        'CONFIRMED',
        'WAITLISTED',
      ])
      expect(stored[0]).toMatchObject({ _id: id, userId: id })
      if (end === 'finished') expect(n).toBeGreaterThan(4)
    }
  })

  it('importing', async () => {
    for (let n = 1, end = 'died'; end === 'died'; n++) {
      const eventIds = [await events.makeEvent(), await events.makeEvent(), await events.makeEvent()]
      const imported = makeViewers(9).map(({ id }, index) => ({
        id: newId('Registration'),
        eventId: String(eventIds[index % 3]),
        userId: id,
        guestCount: index,
        registeredAt: today,
      }))
      end = await dieBeforeWrite(n, (repository) => repository.importRegistrations(imported))
      for (const eventId of eventIds) {
        await heal(eventId)
        await events.audit(eventId)
      }
      // The same import again.
      await dieBeforeWrite(Infinity, (repository) => repository.importRegistrations(imported))
      for (const eventId of eventIds) await events.audit(eventId)
      const stored = await events.connection
        .collection<{ _id: string }>('registrations')
        .countDocuments({ _id: { $in: imported.map(({ id }) => id) }, status: 'CONFIRMED' })
      expect(stored).toBe(9)
    }
  })
})

it('somebody whose registration is just being forgotten can register again, whoever has died meanwhile', async () => {
  const eventId = await events.makeEvent({ capacity: 1 })
  const [viewer] = makeViewers(1)
  if (!viewer) throw new Error()
  const { id } = await events.register(eventId, viewer)
  // It is decided, and not written out: the former registration still stands under the user.
  expect(
    await dieBeforeWrite(2, (repository) =>
      repository.removeUserReferences([{ id: viewer.id, deletionRequestedAt: null }]),
    ),
  ).toBe('died')
  expect((await events.storedRegistrations(eventId)).map(({ userId }) => userId)).toEqual([viewer.id])
  const again = await events.register(eventId, viewer)
  expect(again).toMatchObject({ status: 'CONFIRMED' })
  expect(again.id).not.toBe(id)
  clock = new Date(today.getTime() + 10_000)
  await events.query('query ($id: ID!) { event(id: $id) { seatsTaken } }', { id: eventId })
  await events.audit(eventId)
  const stored = await events.storedRegistrations(eventId)
  expect(stored.map(({ userId, status }) => [userId, status])).toEqual([
    [id, 'CANCELLED'],
    [viewer.id, 'CONFIRMED'],
  ])
})

it('writes out every registration that a crashed process decided together with a deleted account', async () => {
  const eventId = await events.makeEvent({ capacity: 3 })
  const [deleted, first, second] = makeViewers(3)
  if (!deleted || !first || !second) throw new Error()
  await events.register(eventId, deleted)
  const decideInOneBatch = (repository: Repository) =>
    Promise.all([
      repository.submitSeatRequest(eventId, { kind: 'forget', userId: deleted.id }),
      repository.submitSeatRequest(eventId, registerRequest(first.id)),
    ])
  expect(await dieBeforeWrite(2, decideInOneBatch)).toBe('died')
  const { journal } = await events.storedEvent(eventId)
  expect(new Set(journal.map(({ version }) => version)).size).toBe(1)
  expect(journal).toHaveLength(2)
  await events.register(eventId, second)
  await events.audit(eventId)
  const stored = await events.storedRegistrations(eventId)
  expect(stored.map(({ status }) => status)).toEqual(['CANCELLED', 'CONFIRMED', 'CONFIRMED'])
})
