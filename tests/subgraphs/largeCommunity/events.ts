import { writeInBatches } from '../../../bench/fillDatabases'
import { newId } from '../../../schema/ids'
import type { Viewer } from '../../../packages/auth/viewer'
import { describeFilter, listCombinations } from '../../support/combinations'
import { createViewer } from '../../support/subgraph'
import { openRepository, startEvents } from '../events/support'
import {
  eventId,
  eventIds,
  prolific,
  prolificId,
  prolificIds,
  size,
  tag,
  type Bound,
  type Community,
  type ListCommunity,
  type MeasuredList,
} from './community'

const hourMs = 3_600_000
/** An event starts every hour. */
const firstStart = Date.UTC(2026, 0, 1)
const middle = new Date(firstStart + (size.events / 2) * hourMs)
const statuses = ['DRAFT', 'PUBLISHED, CANCELLED', 'DRAFT, PUBLISHED, CANCELLED']

const conditions = {
  tag,
  organizerId: prolificId,
  startsAfter: new Date(middle.getTime() - 1000 * hourMs).toISOString(),
  startsBefore: new Date(middle.getTime() + 1000 * hourMs).toISOString(),
  endsAfter: middle.toISOString(),
}

/** The first user has 97 events. They are read once for each status. */
const eventsOfOrganizer: Bound = { description: 'the events of the organizer', examined: 500 }
const eventsOfViewer: Bound = { description: 'the events of the viewer', examined: 500 }
const pageOfEachStatus: Bound = { description: 'a page of each status', examined: 3 * 21 + 3 }
const registrationsOfUser: Bound = { description: 'the registrations of the user', examined: 3100 }
const eventsOfStatuses: Bound = { description: 'the events with these statuses', examined: size.events }

/** The conditions that are a range of an index in an order. */
const rangesByOrder: Record<string, readonly string[]> = {
  STARTS_AT_ASC: ['startsAfter', 'startsBefore'],
  STARTS_AT_DESC: ['startsAfter', 'startsBefore'],
  CREATED_AT_DESC: [],
  UPCOMING: ['startsAfter', 'endsAfter', 'tag'],
}

function chooseBound(filter: object, statuses: string, orderBy: string, viewer?: Viewer): Bound | undefined {
  const others = Object.keys(filter).filter((name) => !rangesByOrder[orderBy]?.includes(name))
  // An index begins with the tag or the organizer, and continues with the start.
  const isIndexed =
    others.length === 0 ||
    (others.length === 1 && !('endsAfter' in filter) && orderBy.startsWith('STARTS_AT'))
  if (others.includes('organizerId')) return isIndexed && !statuses ? undefined : eventsOfOrganizer
  if (!isIndexed || others.includes('startsBefore')) return eventsOfStatuses
  if (!statuses || viewer?.kind !== 'signedIn') return undefined
  if (viewer.role === 'MEMBER') return eventsOfViewer
  return statuses.split(',').length > 2 ? pageOfEachStatus : undefined
}

function listEvents(filter: object, statuses: string, viewer?: Viewer): MeasuredList[] {
  return Object.keys(rangesByOrder).map((orderBy) => {
    const bound = chooseBound(filter, statuses, orderBy, viewer)
    const filters = `${describeFilter(filter)} ${statuses && `statuses: [${statuses}]`}`
    return {
      field: 'Query.events',
      args: `orderBy: ${orderBy}, filter: { ${filters} }`,
      ...(viewer && { viewer }),
      ...(bound && { bound }),
    }
  })
}

const listsOfEvents = [
  ...listCombinations(conditions).flatMap((filter) => listEvents(filter, '')),
  ...statuses
    .flatMap((status) => [
      ...(status === 'DRAFT' ? [] : [listEvents({}, status)]),
      listEvents({}, status, createViewer('ADMIN')),
      listEvents({}, status, prolific),
      ...Object.entries(conditions).map(([name, value]) => listEvents({ [name]: value }, status, prolific)),
    ])
    .flat(),
]

const registrationStatuses = ['', 'CONFIRMED', 'WAITLISTED', 'CANCELLED', 'CONFIRMED, WAITLISTED']
const listsOfRegistrations = registrationStatuses.flatMap((status): MeasuredList[] => {
  const args = status ? { args: `statuses: [${status}]` } : {}
  return [
    { field: 'Event.registrations', ...args, parentIds: eventIds, viewer: createViewer('ADMIN') },
    {
      field: 'User.registrations',
      ...args,
      parentIds: [prolificId],
      viewer: prolific,
      ...(status && { bound: registrationsOfUser }),
    },
  ]
})

/** Every tenth event is a draft, every tenth one was cancelled, and every fifth one lasts for days. */
function varyEvents(events: Community['events']) {
  return events.map((event, index) => ({
    ...event,
    ...(index % 10 === 8 && { status: 'DRAFT' as const, wasPublished: false }),
    ...(index % 10 === 9 && { status: 'CANCELLED' as const }),
    ...(index % 5 === 0 && { endsAt: new Date(event.startsAt.getTime() + (1 + (index % 3)) * 24 * hourMs) }),
    createdAt: new Date(event.startsAt.getTime() - (1 + (index % 60)) * 24 * hourMs),
  }))
}

/** Returns the registrations of many users for one event, and of one user for many events. */
function makeRegistrations(community: Community) {
  const all = ['CONFIRMED', 'WAITLISTED', 'CANCELLED', 'CONFIRMED', 'CONFIRMED']
  const makeRegistration = (index: number, of: { eventId: string; userId: string }) => ({
    _id: newId('Registration'),
    ...of,
    guestCount: index % 4,
    sequence: index + 1,
    status: all[index % all.length],
    ticketCode: newId('Registration'),
    registeredAt: new Date(firstStart + index * 60_000),
    checkedInAt: null,
    version: 1,
  })
  return [
    ...community.users
      .slice(1, 10_001)
      .map(({ id }, index) => makeRegistration(index, { eventId, userId: id })),
    ...community.events
      .slice(1, 3001)
      .map(({ id }, index) => makeRegistration(index, { eventId: id, userId: prolificId })),
  ]
}

export const events: ListCommunity = {
  async start(community) {
    const subgraph = await startEvents({ now: () => middle })
    const repository = await openRepository(subgraph.database)
    await writeInBatches(varyEvents(community.events), (batch) => repository.importEvents(batch))
    await repository.close()
    const registrations = subgraph.connection.collection<{ _id: string }>('registrations')
    await writeInBatches(makeRegistrations(community), (batch) => registrations.insertMany(batch))
    return subgraph
  },
  lists: [
    ...listsOfEvents,
    { field: 'User.organizedEvents', parentIds: prolificIds },
    ...listsOfRegistrations,
  ],
}
