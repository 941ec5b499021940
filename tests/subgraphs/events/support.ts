import type { Connection, mongo } from 'mongoose'

import type { EventDocument, RegistrationDocument } from '../../../subgraphs/events/repository/models'
import { getPartySize } from '../../../subgraphs/events/domain/registration'
import { createEventRepository } from '../../../subgraphs/events/repository'
import { createEventsSubgraph } from '../../../subgraphs/events/subgraph'
import { openDatabase } from '../../../packages/subgraph-kit/mongo/database'
import type { DomainEvent } from '../../../packages/event-log/eventLog'
import { newId } from '../../../packages/platform/ids/ids'
import { createPeerClient, type PeerClient } from '../../../packages/subgraph-kit/peerClient'
import type { Viewer } from '../../../packages/auth/viewer'
import { waitUntil } from '../../support/processes'
import {
  unreachableUrl,
  createViewer,
  startSubgraph,
  testMongodbUri,
  type GraphQLResponse,
  type TestSubgraph,
} from '../../support/subgraph'

/** When the tests take place, unless they say otherwise. */
export const today = new Date('2030-01-01T00:00:00.000Z')
/** When their events begin. */
export const nextMonth = new Date('2030-02-01T18:00:00.000Z')

export const organizer = createViewer()

export interface TestEvents extends TestSubgraph {
  database: string
  /** Makes an event through the front door, published unless told; gives its ID. */
  makeEvent(input?: object, viewer?: Viewer): Promise<string>
  /** Runs a mutation and gives its payload; fails the test on top-level errors. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- its shape is the test's business
  mutate(name: MutationName, input: object, viewer?: Viewer): Promise<any>
  /** Runs a mutation and says how it ended: `yes`, or the code of its first error, of either kind. */
  outcome(name: MutationName, input: object, viewer?: Viewer): Promise<string>
  register(eventId: string, viewer: Viewer, guestCount?: number): Promise<TestRegistration>
  /** Registers as many people as an import does: faster, and by the same rules. */
  importPeople(eventId: string, count: number): Promise<void>
  /** The event's document, as it stands in the database. */
  storedEvent(eventId: string): Promise<EventDocument>
  /** The event's registrations as they stand in the database, in the order of arrival. */
  storedRegistrations(eventId: string): Promise<RegistrationDocument[]>
  /** Fails unless everything is settled and the event's counts are those of its registrations. */
  audit(eventId: string): Promise<void>
}

export interface TestRegistration {
  id: string
  status: string
  waitlistPosition: number | null
  ticketCode: string | null
}

const fieldsOf = {
  createEvent: 'event { id status }',
  updateEvent: 'event { id status capacity seatsTaken waitlistCount }',
  publishEvent: 'event { id status }',
  cancelEvent: 'event { id status }',
  deleteEvent: 'deletedEventId',
  registerForEvent:
    'registration { id status guestCount waitlistPosition ticketCode } event { id seatsTaken waitlistCount seatsLeft }',
  cancelRegistration: 'registration { id status ticketCode } event { seatsTaken waitlistCount seatsLeft }',
  checkIn: 'registration { id status checkedInAt } alreadyCheckedIn',
}

export type MutationName = keyof typeof fieldsOf

export async function startEvents({
  database,
  now = () => today,
  users = createPeerClient({ name: 'users', url: unreachableUrl }),
}: { database?: string; now?: () => Date; users?: PeerClient } = {}): Promise<TestEvents> {
  const subgraph = await startSubgraph((tools) => createEventsSubgraph({ ...tools, users, now }), {
    ...(database && { database }),
  })
  // Until then they ask again and again who is gone, and each time settle what seems to be left behind.
  await consumersBegun(subgraph)
  const events = subgraph.connection.collection<EventDocument>('events')
  const registrations = subgraph.connection.collection<RegistrationDocument>('registrations')

  const send = (name: MutationName, input: object, viewer?: Viewer): Promise<GraphQLResponse> => {
    const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`
    const document = `mutation ($input: ${type}!) { ${name}(input: $input) { ${fieldsOf[name]} userErrors { code field message } } }`
    return subgraph.send(document, { input }, viewer)
  }
  const mutate: TestEvents['mutate'] = async (name, input, viewer) => {
    const answer = await send(name, input, viewer)
    if (answer.errors) throw new Error(JSON.stringify(answer.errors))
    return answer.data[name]
  }
  const storedEvent = async (eventId: string) => {
    const document = await events.findOne({ _id: eventId })
    if (!document) throw new Error('There is no such event.')
    return document
  }
  const storedRegistrations = (eventId: string) =>
    registrations.find({ eventId }).sort({ sequence: 1 }).toArray()

  return {
    ...subgraph,
    database: subgraph.connection.name,
    recordCommands: (work) => commandsOfRequests(subgraph.connection, work),
    mutate,
    storedEvent,
    storedRegistrations,
    importPeople: async (eventId, count) => {
      const importer = await openDatabase(testMongodbUri(), subgraph.connection.name)
      const imported = makeViewers(count).map(({ id: userId }) => {
        return { id: newId('Registration'), eventId, userId, guestCount: 0, registeredAt: today }
      })
      await createEventRepository(importer, now).importRegistrations(imported)
      await importer.close()
    },
    makeEvent: async (input = {}, viewer = organizer) => {
      const details = {
        title: 'Meeting',
        description: 'We meet.',
        startsAt: nextMonth,
        timeZone: 'Europe/Paris',
      }
      const payload = await mutate('createEvent', { ...details, publish: true, ...input }, viewer)
      if (!payload.event) throw new Error(JSON.stringify(payload.userErrors))
      return payload.event.id
    },
    outcome: async (name, input, viewer) => {
      const { data, errors } = await send(name, input, viewer)
      if (errors) return String(errors[0]?.extensions['code'])
      return data[name].userErrors[0]?.code ?? 'yes'
    },
    register: async (eventId, viewer, guestCount = 0) => {
      const payload = await mutate('registerForEvent', { eventId, guestCount }, viewer)
      if (!payload.registration) throw new Error(JSON.stringify(payload.userErrors))
      return payload.registration
    },
    audit: async (eventId) => {
      const event = await storedEvent(eventId)
      const stored = await storedRegistrations(eventId)
      const confirmed = stored.filter(({ status }) => status === 'CONFIRMED')
      const { seatsTaken, waitlistCount, checkedInCount, journal, walkedTo } = event
      expect({ seatsTaken, waitlistCount, checkedInCount, journal, walkedTo }).toEqual({
        seatsTaken: confirmed.reduce((sum, registration) => sum + getPartySize(registration), 0),
        waitlistCount: stored.filter(({ status }) => status === 'WAITLISTED').length,
        checkedInCount: confirmed.filter(({ checkedInAt }) => checkedInAt !== null).length,
        journal: [],
        walkedTo: null,
      })
      expect(event.unsettledSince).toBeUndefined()
      if (event.capacity !== null) expect(seatsTaken).toBeLessThanOrEqual(event.capacity)
      expect(new Set(stored.map(({ userId }) => userId)).size).toBe(stored.length)
      expect(new Set(stored.map(({ sequence }) => sequence)).size).toBe(stored.length)
    },
  }
}

const ofTheFeed = /"relay\.token|"\$relay\.(token|until)|feed_positions|followUpAt/

/** Whether a command is a request's, and does not move what was told into the feed. */
export const isRequestCommand = ({ commandName, command }: mongo.CommandStartedEvent): boolean =>
  ['find', 'aggregate', 'insert', 'update'].includes(commandName) && !ofTheFeed.test(JSON.stringify(command))

/** The names of the commands that requests cause. */
async function commandsOfRequests(connection: Connection, work: () => Promise<unknown>): Promise<string[]> {
  const client = connection.getClient()
  const names: string[] = []
  const note = (event: mongo.CommandStartedEvent) => {
    if (isRequestCommand(event)) names.push(event.commandName)
  }
  client.on('commandStarted', note)
  await work().finally(() => client.off('commandStarted', note))
  return names
}

/** What another process has that only reads and writes, as an import does; it publishes nothing. */
export async function openRepository(database: string) {
  const connection = await openDatabase(testMongodbUri(), database)
  return { ...createEventRepository(connection, () => today), close: () => connection.close() }
}

/** Waits until nothing is under way at an event; what consumers do is not awaited by anybody. */
export async function waitUntilSettled({ storedEvent }: TestEvents, eventId: string): Promise<void> {
  await waitUntil('the event is settled', async () => {
    const { journal, walkedTo, unsettledSince } = await storedEvent(eventId)
    return journal.length === 0 && walkedTo === null && unsettledSince === undefined
  })
}

/** Waits until the consumers of a new database have taken in what there was before the feed. */
async function consumersBegun({ connection }: TestSubgraph): Promise<void> {
  const positions = connection.collection('feed_positions')
  await waitUntil('the consumers have begun', async () => (await positions.countDocuments()) === 2)
}

/** What users tells when an account is gone. */
export const createUserDeletedEvent = (userId: string): DomainEvent => ({
  id: `${userId} is gone`,
  type: 'user.deleted',
  entity: userId,
  sequence: 1,
  at: today.toISOString(),
  data: {},
})

/** What the feed tells of events from now on; it ends with `close`. */
export async function followEvents(
  { eventLog }: TestSubgraph,
  onEvent?: (event: DomainEvent) => Promise<void>,
) {
  const ending = new AbortController()
  const told: DomainEvent[] = []
  const deliveries = await eventLog.subscribe('events', { signal: ending.signal })
  const following = (async () => {
    for await (const { event } of deliveries) {
      await onEvent?.(event)
      told.push(event)
    }
  })().catch(() => undefined)
  return {
    /** What was told of one event. */
    of: (eventId: string): DomainEvent[] => told.filter(({ entity }) => entity === eventId),
    async close() {
      ending.abort()
      await following
    },
  }
}

/** As many people as are wanted. */
export const makeViewers = (count: number) => Array.from({ length: count }, () => createViewer())
