import { EventEmitter, once } from 'node:events'
import { mkdtempSync, mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mongoose from 'mongoose'

import { copyEvents } from '../../../cli/backup/copyEvents'
import { createDumpWriter, readDump } from '../../../cli/backup/dumpFile'
import { newId } from '../../../schema/ids'
import { createLog } from '../../../packages/platform/log'
import { openDatabase, type Connection } from '../../../packages/subgraph-kit/mongo/database'
import { createTicketCode } from '../../../subgraphs/events/domain/registration'
import { createEventRepository, type EventRepository } from '../../../subgraphs/events/repository'
import type { EventDocument, RegistrationDocument } from '../../../subgraphs/events/repository/models'
import { testDatabaseName, testMongodbUri } from '../../support/subgraph'

const copies = process.env['FULL'] ? 100 : 3
const capacity = 10
const eventCount = 3

let connection: Connection
let repository: EventRepository
let folder: string
beforeAll(async () => {
  connection = await openDatabase(testMongodbUri(), testDatabaseName('backup'))
  repository = createEventRepository(connection)
  await repository.prepare(createLog('events', 'silent'))
  folder = mkdtempSync(join(tmpdir(), 'agora-backup-'))
})
beforeEach(async () => {
  for (const name of ['events', 'registrations']) await connection.collection(name).deleteMany({})
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await connection.dropDatabase()
  await connection.close()
})

async function insertEvents(): Promise<string[]> {
  const ids = Array.from({ length: eventCount }, () => newId('Event'))
  const now = new Date()
  const details = {
    status: 'PUBLISHED',
    wasPublished: true,
    startsAt: new Date('2099-01-01T10:00:00Z'),
  } as const
  const none = { endsAt: null, venue: null, imageUrl: null, registrationClosesAt: null }
  const counts = { seatsTaken: 0, waitlistCount: 0, checkedInCount: 0 }
  const texts = { title: 'Copied', description: '', timeZone: 'UTC', tags: [] }
  await repository.importEvents(
    ids.map((id) => ({
      id,
      ...details,
      ...none,
      ...counts,
      ...texts,
      capacity,
      maxGuests: 5,
      organizerId: newId('User'),
      createdAt: now,
      updatedAt: now,
    })),
  )
  return ids
}

const makeRegistrations = (eventId: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({
    eventId,
    id: newId('Registration'),
    userId: newId('User'),
    guestCount: index % 2,
    registeredAt: new Date(),
  }))

/** Registers for an event and cancels the oldest registration, again and again, until it is stopped. */
function startRegistrations(eventId: string) {
  const decided = new EventEmitter()
  let isStopped = false
  let decisions = 0
  async function run(): Promise<void> {
    const registrationIds: string[] = []
    while (!isStopped) {
      const { registration } = await repository.submitSeatRequest(eventId, {
        kind: 'register',
        id: newId('Registration'),
        userId: newId('User'),
        guestCount: decisions % 2,
        ticketCode: createTicketCode(),
        registeredAt: new Date(),
      })
      registrationIds.push(registration.id)
      decisions++
      decided.emit('decision')
      const oldest = registrationIds.length > 8 ? registrationIds.shift() : undefined
      if (oldest !== undefined)
        await repository.submitSeatRequest(eventId, { kind: 'cancel', registrationId: oldest })
    }
  }
  const running = run()
  return {
    waitForDecision: () => once(decided, 'decision'),
    async stop() {
      isStopped = true
      await running
    },
  }
}

/** @param onRead called before each registration is written */
async function copyToFiles(name: string, onRead: () => Promise<unknown> = async () => undefined) {
  mkdirSync(join(folder, name))
  const events = createDumpWriter(folder, `${name}/events.bson.gz`)
  const registrations = createDumpWriter(folder, `${name}/registrations.bson.gz`)
  const database = connection.getClient().db(connection.name)
  const write = async (document: Uint8Array) => {
    await onRead()
    await registrations.write(document)
  }
  const slow = { ...registrations, write }
  await copyEvents({ database, events, registrations: slow, onCopied: () => undefined })
  return {
    events: await readById<EventDocument>(await events.end()),
    registrations: await readById<RegistrationDocument>(await registrations.end()),
  }
}

/** Returns the documents of a file by ID, the last copy of each. */
async function readById<Document extends { _id: string }>(
  summary: Awaited<ReturnType<ReturnType<typeof createDumpWriter>['end']>>,
): Promise<Map<string, Document>> {
  const documents = new Map<string, Document>()
  for await (const batch of readDump(folder, summary, () => undefined))
    for (const raw of batch) {
      const document = mongoose.mongo.BSON.deserialize(raw) as Document
      documents.set(document._id, document)
    }
  return documents
}

it(`copies events whose seats agree with their registrations, in ${copies} copies under load`, async () => {
  const [busy = '', ...others] = await insertEvents()
  // More than the 101 documents that the driver reads first.
  for (const eventId of [busy, ...others])
    await repository.importRegistrations(makeRegistrations(eventId, 50))
  const load = [busy, busy, ...others].map(startRegistrations)
  const [first] = load
  try {
    for (let copy = 0; copy < copies; copy++) {
      let reads = 0
      // Lets decisions be made between the reads.
      const { events, registrations } = await copyToFiles(String(copy), async () => {
        if (++reads % 20 === 0 && reads <= 200) await first?.waitForDecision()
      })
      expect(events.size).toBe(eventCount)
      for (const event of events.values()) {
        // Applies the journal, as the subgraph does when it starts.
        for (const { version, registration } of event.journal)
          if ((registrations.get(registration._id)?.version ?? 0) < version)
            registrations.set(registration._id, { ...registration, version })
        const own = [...registrations.values()].filter(({ eventId }) => eventId === event._id)
        const confirmed = own.filter(({ status }) => status === 'CONFIRMED')
        const found = {
          seatsTaken: confirmed.reduce((sum, { guestCount }) => sum + 1 + guestCount, 0),
          waitlistCount: own.filter(({ status }) => status === 'WAITLISTED').length,
          newest: Math.max(0, ...own.map(({ version }) => version)) <= event.version,
          sequence: Math.max(0, ...own.map(({ sequence }) => sequence)),
        }
        const { seatsTaken, waitlistCount, sequence } = event
        expect({ copy, ...found }).toEqual({ copy, seatsTaken, waitlistCount, newest: true, sequence })
        expect(seatsTaken).toBeLessThanOrEqual(capacity)
      }
    }
  } finally {
    for (const each of load) await each.stop()
  }
})

it('copies a deleted event and leaves its registrations to the cascade', async () => {
  const [eventId = ''] = await insertEvents()
  await repository.deleteEvent(eventId, () => ({}))
  const { events } = await copyToFiles('deleted')
  expect(events.get(eventId)).toMatchObject({ deletedAt: expect.any(Date) })
})

it('gives up on an event whose seats change without a pause', async () => {
  const [eventId = ''] = await insertEvents()
  await repository.importRegistrations(makeRegistrations(eventId, 1))
  mkdirSync(join(folder, 'busy'))
  const events = createDumpWriter(folder, 'busy/events.bson.gz')
  const registrations = createDumpWriter(folder, 'busy/registrations.bson.gz')
  // Another decision is made whenever a registration has been read.
  const change = { $inc: { version: 1 } }
  const write = async (document: Uint8Array) => {
    await connection.collection<EventDocument>('events').updateOne({ _id: eventId }, change)
    await connection.collection<RegistrationDocument>('registrations').updateMany({ eventId }, change)
    await registrations.write(document)
  }
  const database = connection.getClient().db(connection.name)
  const changing = { ...registrations, write }
  try {
    await expect(
      copyEvents({ database, events, registrations: changing, onCopied: () => undefined, maxWaitMs: 100 }),
    ).rejects.toThrow(/^The seats of the event evt_\w+ have changed without a pause/)
  } finally {
    await events.abort()
    await registrations.abort()
  }
})
