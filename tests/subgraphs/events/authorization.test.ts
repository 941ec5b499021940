import { anonymous, type Viewer } from '../../../packages/auth/viewer'
import { createViewer } from '../../support/subgraph'
import { organizer, startEvents, today, type MutationName, type TestEvents } from './support'

let events: TestEvents
beforeAll(async () => {
  // Each write gets its own time, so that lists by time are in the order of the writes.
  let ticks = 0
  events = await startEvents({ now: () => new Date(today.getTime() + ticks++) })
})
afterAll(() => events.close())

const attendee = createViewer()
const callers: Record<keyof Row, Viewer> = {
  anonymous,
  member: createViewer(),
  attendee,
  organizer,
  moderator: createViewer('MODERATOR'),
  administrator: createViewer('ADMIN'),
}

interface Row {
  anonymous: string
  member: string
  attendee: string
  organizer: string
  moderator: string
  administrator: string
}

const forOrganizer: Row = {
  anonymous: 'UNAUTHENTICATED',
  member: 'FORBIDDEN',
  attendee: 'FORBIDDEN',
  organizer: 'yes',
  moderator: 'FORBIDDEN',
  administrator: 'yes',
}
const forOrganizerOfHidden: Row = {
  ...forOrganizer,
  member: 'NOT_FOUND',
  attendee: 'NOT_FOUND',
  moderator: 'NOT_FOUND',
}
const forModerators: Row = {
  anonymous: 'UNAUTHENTICATED',
  member: 'FORBIDDEN',
  attendee: 'FORBIDDEN',
  organizer: 'FORBIDDEN',
  moderator: 'yes',
  administrator: 'yes',
}
const forAllSignedIn: Row = {
  anonymous: 'UNAUTHENTICATED',
  member: 'yes',
  attendee: 'yes',
  organizer: 'yes',
  moderator: 'yes',
  administrator: 'yes',
}

async function registerAttendee(eventId: string) {
  const { id, ticketCode } = await events.register(eventId, attendee)
  return { eventId, registrationId: id, ticketCode }
}

/** Creates an event and cancels it. @returns its ID */
async function makeCancelledEvent(input: object = {}): Promise<string> {
  const eventId = await events.makeEvent(input)
  await events.mutate('cancelEvent', { eventId }, organizer)
  return eventId
}

interface Case {
  mutation: MutationName
  input: () => Promise<object>
  row: Row
}

const cases: Record<string, Case> = {
  'create an event': {
    mutation: 'createEvent',
    input: async () => ({ title: 'T', description: '', startsAt: '2030-05-01T00:00:00Z', timeZone: 'UTC' }),
    row: forAllSignedIn,
  },
  'register for an event': {
    mutation: 'registerForEvent',
    input: async () => ({ eventId: await events.makeEvent() }),
    row: forAllSignedIn,
  },
  'register for a draft': {
    mutation: 'registerForEvent',
    input: async () => ({ eventId: await events.makeEvent({ publish: false }) }),
    row: { ...forOrganizerOfHidden, organizer: 'CLOSED', administrator: 'CLOSED' },
  },
  'update an event': {
    mutation: 'updateEvent',
    input: async () => ({ eventId: await events.makeEvent(), title: 'Other' }),
    row: forOrganizer,
  },
  'update a draft': {
    mutation: 'updateEvent',
    input: async () => ({ eventId: await events.makeEvent({ publish: false }), title: 'Other' }),
    row: forOrganizerOfHidden,
  },
  'publish a draft': {
    mutation: 'publishEvent',
    input: async () => ({ eventId: await events.makeEvent({ publish: false }) }),
    row: forOrganizerOfHidden,
  },
  'cancel an event': {
    mutation: 'cancelEvent',
    input: async () => ({ eventId: await events.makeEvent() }),
    row: forOrganizer,
  },
  'delete a draft': {
    mutation: 'deleteEvent',
    input: async () => ({ eventId: await events.makeEvent({ publish: false }) }),
    row: forOrganizerOfHidden,
  },
  'delete a cancelled draft': {
    mutation: 'deleteEvent',
    input: async () => ({ eventId: await makeCancelledEvent({ publish: false }) }),
    row: forOrganizerOfHidden,
  },
  'delete a published event': {
    mutation: 'deleteEvent',
    input: async () => ({ eventId: await events.makeEvent() }),
    row: forModerators,
  },
  'delete a cancelled event': {
    mutation: 'deleteEvent',
    input: async () => ({ eventId: await makeCancelledEvent() }),
    row: forModerators,
  },
  'update a cancelled draft': {
    mutation: 'updateEvent',
    input: async () => ({ eventId: await makeCancelledEvent({ publish: false }), title: 'Other' }),
    row: forOrganizerOfHidden,
  },
  'register for a cancelled draft': {
    mutation: 'registerForEvent',
    input: async () => ({ eventId: await makeCancelledEvent({ publish: false }) }),
    row: { ...forOrganizerOfHidden, organizer: 'CLOSED', administrator: 'CLOSED' },
  },
  'cancel a registration': {
    mutation: 'cancelRegistration',
    input: async () => ({
      registrationId: (await registerAttendee(await events.makeEvent())).registrationId,
    }),
    row: {
      anonymous: 'UNAUTHENTICATED',
      member: 'NOT_FOUND',
      attendee: 'yes',
      organizer: 'yes',
      moderator: 'FORBIDDEN',
      administrator: 'yes',
    },
  },
  'check in': {
    mutation: 'checkIn',
    input: async () => {
      const { eventId, ticketCode } = await registerAttendee(await events.makeEvent())
      return { eventId, ticketCode }
    },
    row: { ...forOrganizer, moderator: 'yes' },
  },
  'check in at a draft': {
    mutation: 'checkIn',
    input: async () => ({ eventId: await events.makeEvent({ publish: false }), ticketCode: 'A' }),
    row: { ...forOrganizerOfHidden, organizer: 'NOT_FOUND', administrator: 'NOT_FOUND' },
  },
}

const cells = (table: Record<string, Row>) =>
  Object.entries(table).flatMap(([what, row]) =>
    Object.entries(row).map(([caller, outcome]) => [what, caller, outcome] as const),
  )
const callerNamed = (name: string): Viewer => new Map(Object.entries(callers)).get(name) ?? anonymous
const rows = Object.fromEntries(Object.entries(cases).map(([what, { row }]) => [what, row]))

it.each(cells(rows))('responds to "%s" by %s with %s', async (what, caller, outcome) => {
  const { mutation, input } = cases[what] ?? { mutation: 'createEvent', input: async () => ({}) }
  expect(await events.outcome(mutation, await input(), callerNamed(caller))).toBe(outcome)
})

const visibility: Record<string, { isVisible: (viewer: Viewer) => Promise<boolean>; row: Row }> = {
  'a draft': {
    isVisible: async (viewer) => showsEvent(await events.makeEvent({ publish: false }), viewer),
    row: { ...onlyFor('organizer', 'administrator') },
  },
  'a cancelled event': {
    isVisible: async (viewer) => showsEvent(await makeCancelledEvent(), viewer),
    row: onlyFor('anonymous', 'member', 'attendee', 'organizer', 'moderator', 'administrator'),
  },
  'a cancelled draft': {
    isVisible: async (viewer) => showsEvent(await makeCancelledEvent({ publish: false }), viewer),
    row: onlyFor('organizer', 'administrator'),
  },
  'a draft that was cancelled by an earlier version': {
    isVisible: async (viewer) =>
      showsEvent(await downgradeEvent(await makeCancelledEvent({ publish: false })), viewer),
    row: onlyFor('organizer', 'administrator'),
  },
  'an event with registrations that was cancelled by an earlier version': {
    isVisible: async (viewer) => {
      const eventId = await events.makeEvent()
      await events.register(eventId, createViewer())
      await events.mutate('cancelEvent', { eventId }, organizer)
      return showsEvent(await downgradeEvent(eventId), viewer)
    },
    row: onlyFor('anonymous', 'member', 'attendee', 'organizer', 'moderator', 'administrator'),
  },
  'a cancelled event of an earlier version without registrations': {
    isVisible: async (viewer) => {
      const eventId = await downgradeEvent(await events.makeEvent())
      await events.mutate('cancelEvent', { eventId }, organizer)
      return showsEvent(eventId, viewer)
    },
    row: onlyFor('anonymous', 'member', 'attendee', 'organizer', 'moderator', 'administrator'),
  },
  'the attendees of an event': {
    isVisible: async (viewer) => {
      const { eventId } = await registerAttendee(await events.makeEvent())
      const { event } = await events.query(
        'query ($id: ID!) { event(id: $id) { registrations { totalCount nodes { user { id } } } viewerCanCheckIn } }',
        { id: eventId },
        viewer,
      )
      expect(event.registrations !== null).toBe(event.viewerCanCheckIn)
      if (event.registrations) {
        expect(event.registrations).toEqual({ totalCount: 1, nodes: [{ user: { id: attendee.id } }] })
      }
      return event.registrations !== null
    },
    row: onlyFor('organizer', 'moderator', 'administrator'),
  },
  'the registrations of another user': {
    isVisible: async (viewer) => {
      const { registrationId } = await registerAttendee(await events.makeEvent())
      const user = await readEntity('User', attendee.id, 'registrations(first: 1) { nodes { id } }', viewer)
      if (user.registrations) expect(user.registrations.nodes).toEqual([{ id: registrationId }])
      return user.registrations !== null
    },
    row: onlyFor('attendee', 'administrator'),
  },
  'a registration by its ID': {
    isVisible: async (viewer) => {
      const { registrationId } = await registerAttendee(await events.makeEvent())
      return (await readEntity('Registration', registrationId, 'id', viewer)) !== null
    },
    row: onlyFor('attendee', 'organizer', 'moderator', 'administrator'),
  },
  'a ticket': {
    isVisible: async (viewer) => {
      const { registrationId, ticketCode } = await registerAttendee(await events.makeEvent())
      const found = await readEntity('Registration', registrationId, 'ticketCode', viewer)
      if (found?.ticketCode) expect(found.ticketCode).toBe(ticketCode)
      return Boolean(found?.ticketCode)
    },
    row: onlyFor('attendee', 'organizer', 'administrator'),
  },
  'a draft in a list filtered by drafts': {
    isVisible: async (viewer) => {
      const id = await events.makeEvent({ publish: false, tags: ['drafted'] })
      const { events: found } = await events.query(
        '{ events(first: 100, filter: { tag: "drafted", statuses: [DRAFT, PUBLISHED] }) { totalCount nodes { id } } }',
        {},
        viewer,
      )
      const ids: string[] = found.nodes.map((node: { id: string }) => node.id)
      expect(found.totalCount).toBe(ids.length)
      return ids.includes(id)
    },
    row: onlyFor('organizer', 'administrator'),
  },
  'viewerCanUpdate as true': {
    isVisible: async (viewer) => {
      const id = await events.makeEvent()
      const { event } = await events.query(
        'query ($id: ID!) { event(id: $id) { viewerCanUpdate } }',
        { id },
        viewer,
      )
      return event.viewerCanUpdate
    },
    row: onlyFor('organizer', 'administrator'),
  },
}

function onlyFor(...names: (keyof Row)[]): Row {
  const visibleTo = (name: keyof Row) => (names.includes(name) ? 'yes' : 'no')
  return {
    anonymous: visibleTo('anonymous'),
    member: visibleTo('member'),
    attendee: visibleTo('attendee'),
    organizer: visibleTo('organizer'),
    moderator: visibleTo('moderator'),
    administrator: visibleTo('administrator'),
  }
}

async function showsEvent(id: string, viewer: Viewer): Promise<boolean> {
  const statuses = '[DRAFT, PUBLISHED, CANCELLED]'
  const { event, newest } = await events.query(
    `query ($id: ID!) {
      event(id: $id) { id status }
      newest: events(first: 1, orderBy: CREATED_AT_DESC, filter: { statuses: ${statuses} }) { nodes { id } }
    }`,
    { id },
    viewer,
  )
  // Visibility must not depend on the path to the event.
  expect((await readEntity('Event', id, 'id', viewer)) === null).toBe(event === null)
  expect(newest.nodes.some((each: { id: string }) => each.id === id)).toBe(event !== null)
  if (event?.status !== 'CANCELLED') return event !== null
  const organized = await readEntity(
    'User',
    organizer.id,
    'organizedEvents(first: 100) { nodes { id } }',
    viewer,
  )
  const isListed = organized.organizedEvents.nodes.some((each: { id: string }) => each.id === id)
  expect(isListed).toBe(await isPublic(id))
  return true
}

const stored = () => events.connection.collection<{ _id: string; wasPublished?: boolean }>('events')

/** Changes an event's document to the form that an earlier version stored. */
async function downgradeEvent(id: string): Promise<string> {
  await stored().updateOne({ _id: id }, { $unset: { wasPublished: 1 } })
  return id
}

/** Returns whether anonymous viewers can see an event. */
async function isPublic(id: string): Promise<boolean> {
  return (await events.query('query ($id: ID!) { event(id: $id) { id } }', { id })).event !== null
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each query has its own shape
async function readEntity(type: string, id: string, fields: string, viewer?: Viewer): Promise<any> {
  const data = await events.query(
    `query ($of: [_Any!]!) { _entities(representations: $of) { ... on ${type} { ${fields} } } }`,
    { of: [{ __typename: type, id }] },
    viewer,
  )
  return data._entities[0]
}

const visibilityRows = Object.fromEntries(Object.entries(visibility).map(([what, { row }]) => [what, row]))
it.each(cells(visibilityRows))('shows %s to %s: %s', async (what, caller, outcome) => {
  expect((await visibility[what]?.isVisible(callerNamed(caller))) ? 'yes' : 'no').toBe(outcome)
})

it('shows viewers their own registration in any status', async () => {
  const eventId = await events.makeEvent()
  const readOwn = async (viewer?: Viewer) => {
    const { event } = await events.query(
      'query ($id: ID!) { event(id: $id) { viewerRegistration { status ticketCode event { id } } } }',
      { id: eventId },
      viewer,
    )
    return event.viewerRegistration
  }
  expect(await readOwn(attendee)).toBeNull()
  const { registrationId, ticketCode } = await registerAttendee(eventId)
  expect(await readOwn(attendee)).toEqual({ status: 'CONFIRMED', ticketCode, event: { id: eventId } })
  expect(await readOwn()).toBeNull()
  expect(await readOwn(organizer)).toBeNull()
  await events.mutate('cancelRegistration', { registrationId }, attendee)
  expect(await readOwn(attendee)).toEqual({ status: 'CANCELLED', ticketCode: null, event: { id: eventId } })
})

it('resolves malformed references to null', async () => {
  expect(await readEntity('Event', 'pst_1', 'id')).toBeNull()
  expect(await readEntity('Registration', "{ $ne: '' }", 'id')).toBeNull()
})

it('reports to suspended viewers that they can neither update an event nor register', async () => {
  const id = await events.makeEvent()
  const document =
    'query ($id: ID!) { event(id: $id) { viewerCanUpdate viewerCanRegister viewerCanCheckIn registrations { totalCount } } }'
  const read = async (suspendedUntilMs: number) =>
    (await events.query(document, { id }, { ...organizer, suspendedUntilMs })).event
  // Organizers can still read who is registered.
  const reading = { viewerCanCheckIn: true, registrations: { totalCount: 0 } }
  expect(await read(Infinity)).toEqual({ ...reading, viewerCanUpdate: false, viewerCanRegister: false })
  expect(await read(Date.now() - 1)).toEqual({ ...reading, viewerCanUpdate: true, viewerCanRegister: true })
})
