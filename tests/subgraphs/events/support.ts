import type { EventDocument, RegistrationDocument } from '../../../subgraphs/events/repository/models'
import { getPartySize } from '../../../subgraphs/events/domain/registration'
import { createEventRepository } from '../../../subgraphs/events/repository'
import { createEventsSubgraph } from '../../../subgraphs/events/subgraph'
import { openDatabase } from '../../../packages/subgraph-kit/mongo/database'
import type { DomainEvent } from '../../../packages/event-log/eventLog'
import { newId } from '../../../schema/ids'
import { createPeerClient, type PeerClient } from '../../../packages/subgraph-kit/peers/peerClient'
import type { Viewer } from '../../../packages/auth/viewer'
import { waitUntil } from '../../support/processes'
import {
  unreachableUrl,
  createViewer,
  startSubgraph,
  testMongodbUri,
  type GraphQLResponse,
  type StartSubgraphOptions,
  type TestSubgraph,
} from '../../support/subgraph'

/** The default time of the clock. */
export const today = new Date('2030-01-01T00:00:00.000Z')
/** The default start of events. */
export const nextMonth = new Date('2030-02-01T18:00:00.000Z')

export const organizer = createViewer()

export interface TestEvents extends TestSubgraph {
  database: string
  /** Creates an event with `createEvent`, published by default. @returns its ID */
  makeEvent(input?: object, viewer?: Viewer): Promise<string>
  /** Runs a mutation and returns its payload. @throws Error with the top-level errors */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each mutation has its own payload
  mutate(name: MutationName, input: object, viewer?: Viewer): Promise<any>
  /** Runs a mutation. @returns `yes`, or the code of the first user error or top-level error */
  outcome(name: MutationName, input: object, viewer?: Viewer): Promise<string>
  register(eventId: string, viewer: Viewer, guestCount?: number): Promise<TestRegistration>
  /** Registers new users with an import, which is faster than mutations. */
  importPeople(eventId: string, count: number): Promise<void>
  /** Reads the document of an event. */
  storedEvent(eventId: string): Promise<EventDocument>
  /** Reads the documents of an event's registrations, in order of arrival. */
  storedRegistrations(eventId: string): Promise<RegistrationDocument[]>
  /** Waits until an event is settled and expects that its counts match its registrations. */
  expectConsistentSeats(eventId: string): Promise<void>
}

interface TestRegistration {
  id: string
  status: string
  waitlistPosition: number | null
  ticketCode: string | null
}

const payloadFields = {
  createEvent: 'event { id status }',
  updateEvent: 'event { id status capacity seatsTaken waitlistCount }',
  publishEvent: 'event { id status }',
  cancelEvent: 'event { id status }',
  deleteEvent: 'deletedEventId',
  registerForEvent:
    'registration { id status guestCount waitlistPosition ticketCode } event { id seatsTaken waitlistCount seatsLeft }',
  cancelRegistration: 'registration { id status ticketCode } event { seatsTaken waitlistCount seatsLeft }',
  checkIn: 'registration { id status checkedInAt arrivedCount } alreadyCheckedIn',
  undoCheckIn: 'registration { id checkedInAt arrivedCount }',
  updateRegistration:
    'registration { id status guestCount arrivedCount waitlistPosition } event { seatsTaken waitlistCount seatsLeft }',
  transferEvent: 'event { id organizer { id } }',
  announceEvent: 'recipientCount',
}

export type MutationName = keyof typeof payloadFields

export async function startEvents({
  database,
  now = () => today,
  users = createPeerClient({ name: 'users', url: unreachableUrl }),
  // Longer than until the default start of events.
  checkInOpensBeforeMs = 60 * 24 * 60 * 60 * 1000,
  reminderIntervalMs = 30_000,
  ...options
}: StartSubgraphOptions & {
  now?: () => Date
  users?: PeerClient
  checkInOpensBeforeMs?: number
  reminderIntervalMs?: number
} = {}): Promise<TestEvents> {
  const subgraph = await startSubgraph(
    (resources) =>
      createEventsSubgraph({ ...resources, users, now, checkInOpensBeforeMs, reminderIntervalMs }),
    {
      ...options,
      ...(database && { database }),
    },
  )
  // Until then the consumers rebuild repeatedly, and each rebuild settles abandoned events.
  await waitUntilConsuming(subgraph)
  const events = subgraph.connection.collection<EventDocument>('events')
  const registrations = subgraph.connection.collection<RegistrationDocument>('registrations')

  const send = (name: MutationName, input: object, viewer?: Viewer): Promise<GraphQLResponse> => {
    const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`
    const document = `mutation ($input: ${type}!) { ${name}(input: $input) { ${payloadFields[name]} userErrors { code field message } } }`
    return subgraph.send(document, { input }, viewer)
  }
  const mutate: TestEvents['mutate'] = async (name, input, viewer) => {
    const { data, errors } = await send(name, input, viewer)
    if (errors) throw new Error(JSON.stringify(errors))
    return data[name]
  }
  const storedEvent = async (eventId: string) => {
    const document = await events.findOne({ _id: eventId })
    if (!document) throw new Error('The event does not exist.')
    return document
  }
  const storedRegistrations = (eventId: string) =>
    registrations.find({ eventId }).sort({ sequence: 1 }).toArray()

  return {
    ...subgraph,
    database: subgraph.connection.name,
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
    expectConsistentSeats: async (eventId) => {
      await waitUntilSettled({ storedEvent }, eventId)
      const event = await storedEvent(eventId)
      const stored = await storedRegistrations(eventId)
      const confirmed = stored.filter(({ status }) => status === 'CONFIRMED')
      const { seatsTaken, waitlistCount, checkedInCount } = event
      expect({ seatsTaken, waitlistCount, checkedInCount }).toEqual({
        seatsTaken: confirmed.reduce((sum, registration) => sum + getPartySize(registration), 0),
        waitlistCount: stored.filter(({ status }) => status === 'WAITLISTED').length,
        checkedInCount: confirmed.filter(({ checkedInAt }) => checkedInAt !== null).length,
      })
      if (event.capacity !== null) expect(seatsTaken).toBeLessThanOrEqual(event.capacity)
      expect(new Set(stored.map(({ userId }) => userId)).size).toBe(stored.length)
      expect(new Set(stored.map(({ sequence }) => sequence)).size).toBe(stored.length)
    },
  }
}

/** Opens a repository of another process, without an outbox relay, as imports do. */
export async function openRepository(database: string) {
  const connection = await openDatabase(testMongodbUri(), database)
  return { ...createEventRepository(connection, () => today), close: () => connection.close() }
}

/** Waits until an event is settled, since consumers write to it in the background. */
export async function waitUntilSettled(
  { storedEvent }: Pick<TestEvents, 'storedEvent'>,
  eventId: string,
): Promise<void> {
  await waitUntil('the event is settled', async () => {
    const { journal, walkedTo, unsettledSince } = await storedEvent(eventId)
    return journal.length === 0 && walkedTo === null && unsettledSince === undefined
  })
}

/** Waits until the outbox is empty. */
export const waitUntilPublished = ({ connection }: TestSubgraph): Promise<void> =>
  waitUntil('all domain events are published', async () => {
    const isPending = { 'pendingEvents.id': { $exists: true } }
    return (await connection.collection('events').countDocuments(isPending)) === 0
  })

/** Waits until the consumers of a new database have completed their first rebuild. */
async function waitUntilConsuming({ connection }: TestSubgraph): Promise<void> {
  const positions = connection.collection('feed_positions')
  await waitUntil('the consumers have started', async () => (await positions.countDocuments()) === 2)
}

/** Creates the domain event of a deleted account. */
export const createUserDeletedEvent = (userId: string): DomainEvent => ({
  id: `${userId} deleted`,
  type: 'user.deleted',
  entity: userId,
  sequence: 1,
  at: today.toISOString(),
  data: {},
})

/** Collects the domain events of the topic `events` from now on, until `close`. */
export async function collectDomainEvents(
  { eventLog }: TestSubgraph,
  onEvent?: (event: DomainEvent) => Promise<void>,
) {
  const closed = new AbortController()
  const collected: DomainEvent[] = []
  const deliveries = await eventLog.subscribe('events', { signal: closed.signal })
  const reading = (async () => {
    for await (const { event } of deliveries) {
      await onEvent?.(event)
      collected.push(event)
    }
  })().catch(() => undefined)
  return {
    of: (eventId: string): DomainEvent[] => collected.filter(({ entity }) => entity === eventId),
    async close() {
      closed.abort()
      await reading
    },
  }
}

export const makeViewers = (count: number) => Array.from({ length: count }, () => createViewer())
