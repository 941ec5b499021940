import type { Connection, mongo } from 'mongoose'

import { createEventRepository } from '../../../subgraphs/events/repository'
import { createTicketCode } from '../../../subgraphs/events/domain/registration'
import { openDatabase } from '../../../packages/subgraph-kit/mongo/database'
import { newId } from '../../../schema/ids'
import { testMongodbUri } from '../../support/subgraph'
import { waitUntil } from '../../support/processes'
import {
  collectDomainEvents,
  openRepository,
  organizer,
  makeViewers,
  startEvents,
  today,
  waitUntilPublished,
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

/** Simulates a process that crashes before its n-th write: neither that nor any later command reaches the database. */
async function crashBeforeWrite(
  n: number,
  work: (repository: Repository) => Promise<unknown>,
): Promise<'crashed' | 'completed'> {
  const connection: Connection = await openDatabase(testMongodbUri(), events.database)
  let writes = 0
  let hasCrashed = false
  connection.getClient().on('commandStarted', ({ commandName }: mongo.CommandStartedEvent) => {
    if (commandName === 'update' || commandName === 'insert') writes++
    if (writes >= n) hasCrashed = true
    // An error of a listener aborts the command before it is sent.
    if (hasCrashed) throw new Error('The process has crashed.')
  })
  try {
    await work(createEventRepository(connection, () => today)).catch(() => undefined)
    return hasCrashed ? 'crashed' : 'completed'
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

/** Everything that recovers an event after a crash. */
const recoveries: Record<string, (eventId: string) => Promise<unknown>> = {
  'the next start': async () => {
    const restarted = await startEvents({ database: events.database })
    await restarted.close()
  },
  'the next registration': async (eventId) => {
    clock = new Date(today.getTime() + 10_000)
    const [viewer] = makeViewers(1)
    if (viewer) await events.register(eventId, viewer)
  },
  'the next read': async (eventId) => {
    clock = new Date(today.getTime() + 10_000)
    await events.query('query ($id: ID!) { event(id: $id) { seatsTaken } }', { id: eventId })
  },
}

describe.each(Object.keys(recoveries))('%s recovers from a crash before any write of', (name) => {
  const recover = recoveries[name] ?? (() => Promise.reject(new Error(name)))

  it('a registration', async () => {
    for (let n = 1, end = 'crashed'; end === 'crashed'; n++) {
      const eventId = await events.makeEvent({ capacity: 2 })
      const [viewer] = makeViewers(1)
      if (!viewer) throw new Error()
      end = await crashBeforeWrite(n, (repository) =>
        repository.submitSeatRequest(eventId, registerRequest(viewer.id)),
      )
      await recover(eventId)
      await events.expectConsistentSeats(eventId)
      // Decided before the crash or not, a repeated request takes exactly one seat.
      expect((await events.register(eventId, viewer)).status).toBe('CONFIRMED')
      await events.expectConsistentSeats(eventId)
      if (end === 'completed') expect(n).toBeGreaterThan(3)
    }
  })

  it('a cancellation with a waitlist', async () => {
    for (let n = 1, end = 'crashed'; end === 'crashed'; n++) {
      const eventId = await events.makeEvent({ capacity: 2 })
      const [holder, first, second, third] = makeViewers(4)
      if (!holder || !first || !second || !third) throw new Error()
      const { id } = await events.register(eventId, holder, 1)
      await events.register(eventId, first)
      await events.register(eventId, second)
      await events.register(eventId, third)
      end = await crashBeforeWrite(n, (repository) =>
        repository.submitSeatRequest(eventId, { kind: 'cancel', registrationId: id }),
      )
      await recover(eventId)
      await events.expectConsistentSeats(eventId)
      await events.mutate('cancelRegistration', { registrationId: id }, holder)
      await events.expectConsistentSeats(eventId)
      const statuses = (await events.storedRegistrations(eventId)).map(({ status }) => status)
      expect(statuses.slice(0, 4)).toEqual(['CANCELLED', 'CONFIRMED', 'CONFIRMED', 'WAITLISTED'])
      if (end === 'completed') expect(n).toBeGreaterThan(5)
    }
  })

  it('fewer guests with a waitlist', async () => {
    for (let n = 1, end = 'crashed'; end === 'crashed'; n++) {
      const eventId = await events.makeEvent({ capacity: 3 })
      const [holder, first, second] = makeViewers(3)
      if (!holder || !first || !second) throw new Error()
      const { id: registrationId } = await events.register(eventId, holder, 2)
      await events.register(eventId, first)
      await events.register(eventId, second)
      end = await crashBeforeWrite(n, (repository) =>
        repository.submitSeatRequest(eventId, { kind: 'resize', registrationId, guestCount: 0 }),
      )
      await recover(eventId)
      await events.expectConsistentSeats(eventId)
      await events.mutate('updateRegistration', { registrationId, guestCount: 0 }, holder)
      await events.expectConsistentSeats(eventId)
      const statuses = (await events.storedRegistrations(eventId)).map(({ status }) => status)
      expect(statuses.slice(0, 3)).toEqual(['CONFIRMED', 'CONFIRMED', 'CONFIRMED'])
      if (end === 'completed') expect(n).toBeGreaterThan(5)
    }
  })

  it('a raised capacity', async () => {
    for (let n = 1, end = 'crashed'; end === 'crashed'; n++) {
      const eventId = await events.makeEvent({ capacity: 1 })
      for (const viewer of makeViewers(3)) await events.register(eventId, viewer)
      end = await crashBeforeWrite(n, (repository) =>
        repository.changeEvent(eventId, () => ({ capacity: 3 })),
      )
      await recover(eventId)
      await events.expectConsistentSeats(eventId)
      const { capacity, seatsTaken } = await events.storedEvent(eventId)
      expect(seatsTaken).toBe(capacity)
    }
  })

  it('a check-in', async () => {
    for (let n = 1, end = 'crashed'; end === 'crashed'; n++) {
      const eventId = await events.makeEvent()
      const [viewer] = makeViewers(1)
      if (!viewer) throw new Error()
      const { ticketCode } = await events.register(eventId, viewer)
      if (ticketCode === null) throw new Error()
      end = await crashBeforeWrite(n, (repository) =>
        repository.submitSeatRequest(eventId, {
          kind: 'checkIn',
          ticketCode,
          arriving: null,
          checkedInAt: today,
          opensBeforeMs: Infinity,
        }),
      )
      await recover(eventId)
      await events.expectConsistentSeats(eventId)
      await events.mutate('checkIn', { eventId, ticketCode }, organizer)
      await events.expectConsistentSeats(eventId)
      expect((await events.storedEvent(eventId)).checkedInCount).toBe(1)
    }
  })

  it('the cascade of a cancelled event', async () => {
    for (let n = 1, end = 'crashed'; end === 'crashed'; n++) {
      const eventId = await events.makeEvent({ capacity: 2 })
      for (const viewer of makeViewers(4)) await events.register(eventId, viewer)
      const cancelAll = (repository: Repository) => repository.cancelRegistrationsOfEvents([eventId], never)
      // Without a domain event, so that the consumer does not run the cascade first.
      await setStatus(eventId, 'CANCELLED')
      end = await crashBeforeWrite(n, cancelAll)
      await recover(eventId).catch(() => undefined)
      await events.expectConsistentSeats(eventId)
      await crashBeforeWrite(Infinity, cancelAll)
      await events.expectConsistentSeats(eventId)
      const statuses = (await events.storedRegistrations(eventId)).map(({ status }) => status)
      expect(statuses).toEqual(Array(4).fill('CANCELLED'))
      if (end === 'completed') expect(n).toBeGreaterThan(3)
    }
  })

  it('the cascade of a deleted account', async () => {
    for (let n = 1, end = 'crashed'; end === 'crashed'; n++) {
      const eventId = await events.makeEvent({ capacity: 2 })
      const [deleted, first, second, third] = makeViewers(4)
      if (!deleted || !first || !second || !third) throw new Error()
      const { id } = await events.register(eventId, deleted, 1)
      for (const viewer of [first, second, third]) await events.register(eventId, viewer)
      const removeReferences = (repository: Repository) =>
        repository.removeUserReferences([{ id: deleted.id, deletionRequestedAt: null }])
      end = await crashBeforeWrite(n, removeReferences)
      await recover(eventId)
      await events.expectConsistentSeats(eventId)
      await crashBeforeWrite(Infinity, removeReferences)
      await events.expectConsistentSeats(eventId)
      const stored = (await events.storedRegistrations(eventId)).slice(0, 4)
      expect(stored.map(({ status }) => status)).toEqual([
        'CANCELLED',
        'CONFIRMED',
        'CONFIRMED',
        'WAITLISTED',
      ])
      expect(stored[0]).toMatchObject({ _id: id, userId: id })
      if (end === 'completed') expect(n).toBeGreaterThan(4)
    }
  })

  it('an import', async () => {
    for (let n = 1, end = 'crashed'; end === 'crashed'; n++) {
      const eventIds = [await events.makeEvent(), await events.makeEvent(), await events.makeEvent()]
      const imported = makeViewers(9).map(({ id }, index) => ({
        id: newId('Registration'),
        eventId: String(eventIds[index % 3]),
        userId: id,
        guestCount: index,
        registeredAt: today,
      }))
      end = await crashBeforeWrite(n, (repository) => repository.importRegistrations(imported))
      for (const eventId of eventIds) {
        await recover(eventId)
        await events.expectConsistentSeats(eventId)
      }
      // The repeated import completes the interrupted one.
      await crashBeforeWrite(Infinity, (repository) => repository.importRegistrations(imported))
      for (const eventId of eventIds) await events.expectConsistentSeats(eventId)
      const stored = await events.connection
        .collection<{ _id: string }>('registrations')
        .countDocuments({ _id: { $in: imported.map(({ id }) => id) }, status: 'CONFIRMED' })
      expect(stored).toBe(9)
    }
  })
})

it('registers a user again whose anonymization a crashed process decided but did not apply', async () => {
  const eventId = await events.makeEvent({ capacity: 1 })
  const [viewer] = makeViewers(1)
  if (!viewer) throw new Error()
  const { id } = await events.register(eventId, viewer)
  // The stored registration still belongs to the user.
  expect(
    await crashBeforeWrite(2, (repository) =>
      repository.removeUserReferences([{ id: viewer.id, deletionRequestedAt: null }]),
    ),
  ).toBe('crashed')
  expect((await events.storedRegistrations(eventId)).map(({ userId }) => userId)).toEqual([viewer.id])
  const again = await events.register(eventId, viewer)
  expect(again).toMatchObject({ status: 'CONFIRMED' })
  expect(again.id).not.toBe(id)
  clock = new Date(today.getTime() + 10_000)
  await events.query('query ($id: ID!) { event(id: $id) { seatsTaken } }', { id: eventId })
  await events.expectConsistentSeats(eventId)
  const stored = await events.storedRegistrations(eventId)
  expect(stored.map(({ userId, status }) => [userId, status])).toEqual([
    [id, 'CANCELLED'],
    [viewer.id, 'CONFIRMED'],
  ])
})

it('applies every registration that a crashed process decided together with an anonymization', async () => {
  const eventId = await events.makeEvent({ capacity: 3 })
  const [deleted, first, second] = makeViewers(3)
  if (!deleted || !first || !second) throw new Error()
  await events.register(eventId, deleted)
  const decideInOneBatch = (repository: Repository) =>
    Promise.all([
      repository.submitSeatRequest(eventId, { kind: 'anonymize', userId: deleted.id }),
      repository.submitSeatRequest(eventId, registerRequest(first.id)),
    ])
  expect(await crashBeforeWrite(2, decideInOneBatch)).toBe('crashed')
  const { journal } = await events.storedEvent(eventId)
  expect(new Set(journal.map(({ version }) => version)).size).toBe(1)
  expect(journal).toHaveLength(2)
  await events.register(eventId, second)
  await events.expectConsistentSeats(eventId)
  const stored = await events.storedRegistrations(eventId)
  expect(stored.map(({ status }) => status)).toEqual(['CANCELLED', 'CONFIRMED', 'CONFIRMED'])
})

describe('a journal entry older than the stored registration, as a crash before pruning leaves it,', () => {
  async function registerWithoutPruning(eventId: string, userId: string) {
    const request = registerRequest(userId)
    const end = await crashBeforeWrite(3, (repository) => repository.submitSeatRequest(eventId, request))
    expect(end).toBe('crashed')
    expect((await events.storedEvent(eventId)).journal).toHaveLength(1)
    return request
  }

  it('does not free the seats of a deleted account twice', async () => {
    const eventId = await events.makeEvent({ capacity: 2 })
    const [deleted, other] = makeViewers(2)
    if (!deleted || !other) throw new Error()
    await events.register(eventId, other)
    await registerWithoutPruning(eventId, deleted.id)
    const repository = await openRepository(events.database)
    const anonymize = () => repository.submitSeatRequest(eventId, { kind: 'anonymize', userId: deleted.id })
    await anonymize()
    const error = await anonymize().catch((reason: unknown) => reason)
    await repository.close()
    expect(error).toMatchObject({ message: 'There is no such registration.' })
    clock = new Date(today.getTime() + 10_000)
    await events.query('query ($id: ID!) { event(id: $id) { seatsTaken } }', { id: eventId })
    await events.expectConsistentSeats(eventId)
    expect((await events.storedEvent(eventId)).seatsTaken).toBe(1)
  })

  it('does not make a former ticket valid again', async () => {
    const eventId = await events.makeEvent()
    const [viewer] = makeViewers(1)
    if (!viewer) throw new Error()
    const { id: registrationId, ticketCode } = await registerWithoutPruning(eventId, viewer.id)
    await events.mutate('cancelRegistration', { registrationId }, viewer)
    expect((await events.register(eventId, viewer)).id).toBe(registrationId)
    expect(await events.outcome('checkIn', { eventId, ticketCode }, organizer)).toBe('NOT_FOUND')
    expect(await events.storedEvent(eventId)).toMatchObject({ seatsTaken: 1, checkedInCount: 0 })
  })
})

it('notifies a party that is too large for the capacity exactly once, also after a crash before any write', async () => {
  const published = await collectDomainEvents(events)
  for (let n = 1, end = 'crashed'; end === 'crashed'; n++) {
    const eventId = await events.makeEvent({ capacity: 3 })
    const [holder, waiting] = makeViewers(2)
    if (!holder || !waiting) throw new Error()
    await events.register(eventId, holder)
    await events.register(eventId, waiting, 2)
    const lowered = { $set: { capacity: 1 }, $inc: { version: 1 } }
    await events.connection.collection<{ _id: string }>('events').updateOne({ _id: eventId }, lowered)
    end = await crashBeforeWrite(n, (repository) => repository.markTooLargeParties([eventId], never))
    for (let repetition = 0; repetition < 2; repetition++) {
      const repository = await openRepository(events.database)
      // Also applies the entries that the crash left in the journal.
      await repository.registeredUserIds({ eventId, after: null, limit: 10, confirmedOnly: false })
      await repository.markTooLargeParties([eventId], never)
      await repository.close()
    }
    await events.expectConsistentSeats(eventId)
    await waitUntilPublished(events)
    // Delivered after all that were published before.
    const last = await events.makeEvent()
    await waitUntil('all events are delivered', () => published.of(last).length > 0)
    expect(published.of(eventId).filter(({ type }) => type === 'registration.tooLarge')).toHaveLength(1)
  }
  await published.close()
})
