import { anonymous, type Viewer } from '../../../packages/auth/viewer'
import {
  countInvalidatedAnswers,
  findPublicOperations,
  openInvalidations,
  selectEachField,
  sendCacheable,
  type InvalidationReader,
} from '../../support/cache'
import { waitUntil } from '../../support/processes'
import { createViewer } from '../../support/subgraph'
import {
  createUserDeletedEvent,
  organizer,
  startEvents,
  today,
  waitUntilPublished,
  type TestEvents,
} from './support'

let events: TestEvents
let reader: InvalidationReader
beforeAll(async () => {
  events = await startEvents()
  reader = await openInvalidations(events, 'events')
})
afterAll(async () => {
  reader.close()
  await events.close()
})

const moderator = createViewer('MODERATOR')
const viewers = [anonymous, createViewer(), organizer, moderator, createViewer('ADMIN')]
const fetchEntities = (type: string, selection: string) =>
  `query ($of: [_Any!]!) { _entities(representations: $of) { ... on ${type} { ${selection} } } }`
const refer = (type: string, id: string) => ({ of: [{ __typename: type, id }] })
const page = '{ nodes { id title seatsTaken status organizer { id } } pageInfo { hasNextPage endCursor } }'

it('caches only answers that are the same for all viewers', async () => {
  const [published, draft, cancelled, removed] = [
    await events.makeEvent({ tags: ['a'] }),
    await events.makeEvent({ publish: false }),
    await events.makeEvent(),
    await events.makeEvent(),
  ]
  await events.register(published, createViewer())
  await events.mutate('cancelEvent', { eventId: cancelled }, organizer)
  await events.mutate('deleteEvent', { eventId: removed }, moderator)
  const readEvent = (id: string, selection: string) => ({
    document: `query ($id: ID!) { event(id: $id) { ${selection} } }`,
    variables: { id },
  })
  const objects = [
    ...selectEachField('events', 'Event').map((selection) => readEvent(published, selection)),
    ...[published, draft, cancelled, removed].flatMap((id) => [
      readEvent(id, 'id title'),
      { document: fetchEntities('Event', 'id title'), variables: refer('Event', id) },
    ]),
  ]
  const filters = [
    '',
    '(filter: { tag: "a" }, orderBy: CREATED_AT_DESC)',
    '(filter: { statuses: [PUBLISHED, DRAFT] })',
    '(filter: { statuses: [CANCELLED] })',
    '(filter: { near: { latitude: 1, longitude: 1, radiusKm: 5 } })',
    '(orderBy: UPCOMING, last: 2)',
  ]
  const lists = [
    ...filters.map((args) => ({ document: `{ events${args} ${page} }` })),
    { document: '{ events { totalCount } }' },
    { document: fetchEntities('User', `organizedEvents ${page}`), variables: refer('User', organizer.id) },
    {
      document: fetchEntities('User', 'registrations { totalCount }'),
      variables: refer('User', organizer.id),
    },
    { document: `{ event(id: "${published}") { organizer { organizedEvents ${page} } } }` },
  ]
  const cached = await findPublicOperations(events, [...objects, ...lists], viewers)
  const fields = new Set(
    cached.flatMap(({ document }) => /event\(id: \$id\) \{ (\w+)/.exec(document)?.[1] ?? []),
  )
  const all = [
    ...new Set(selectEachField('events', 'Event').map((selection) => selection.split(' ')[0] ?? '')),
  ]
  expect([...fields]).toEqual(all.filter((field) => !/^(viewer|registrations)/.test(field)))
  const areCached = [true, true, false, false, false, false, false, true, false, false]
  expect(lists.map((list) => cached.includes(list))).toEqual(areCached)
})

it('caches upcoming events until the first of them ends', async () => {
  const tag = 'ends-soon'
  const [minute, hour] = [60_000, 3_600_000]
  const create = (endMs: number) => {
    const [startsAt, endsAt] = [endMs - hour, endMs].map((ms) => new Date(today.getTime() + ms))
    return events.makeEvent({ startsAt, endsAt, tags: [tag] })
  }
  const list = (args: string) =>
    `{ events(orderBy: UPCOMING, filter: { tag: "${tag}" }, ${args}) { nodes { id } pageInfo { endCursor } } }`
  const read = (args: string) => sendCacheable(events, list(args))
  const { maxAge: unlimited } = await sendCacheable(events, '{ events { nodes { id } } }')
  expect((await read('first: 1')).maxAge).toBe(unlimited)
  await create(-minute)
  expect((await read('first: 1')).maxAge).toBe(unlimited)
  const [first, second] = [await create(minute), await create(2 * minute)]
  const page = await read('first: 1')
  expect(page.data).toMatchObject({ events: { nodes: [{ id: first }] } })
  expect(page.maxAge).toBe(60)
  // The cursor contains the instant of the list.
  const { endCursor } = (page.data as { events: { pageInfo: { endCursor: string } } }).events.pageInfo
  const next = await read(`first: 1, after: "${endCursor}"`)
  expect(next.data).toMatchObject({ events: { nodes: [{ id: second }] } })
  expect(next.maxAge).toBe(unlimited)
  expect((await read('last: 1')).maxAge).toBe(0)
  await create(900)
  expect((await read('first: 1')).maxAge).toBe(0)
})

it('invalidates each cached answer that a write changes', async () => {
  const owner = createViewer()
  const eventId = await events.makeEvent({ capacity: 1 }, owner)
  const draftId = await events.makeEvent({ publish: false }, owner)
  const successor = createViewer()
  const operations = [
    { document: `{ events(first: 50, filter: { organizerId: "${owner.id}" }) ${page} }` },
    { document: `{ events(first: 50) ${page} }` },
    { document: '{ events(first: 50, orderBy: UPCOMING) { nodes { id title } } }' },
    ...[owner, successor].map(({ id }) => ({
      document: fetchEntities('User', `organizedEvents ${page}`),
      variables: refer('User', id),
    })),
    ...[eventId, draftId].flatMap((id) => [
      {
        document: `{ event(id: "${id}") { title status seatsTaken seatsLeft waitlistCount organizer { id } } }`,
      },
      { document: fetchEntities('Event', 'title seatsTaken waitlistCount'), variables: refer('Event', id) },
    ]),
  ]
  const [first, second] = [createViewer(), createViewer()]
  const admin = createViewer('ADMIN')
  const isStored = (condition: object) => async () =>
    (await events.connection.collection('events').countDocuments(condition)) === 0
  const writes: [string, () => Promise<unknown>, (() => Promise<boolean>)?][] = [
    ['takes a seat', () => events.register(eventId, first)],
    ['joins the waitlist', () => events.register(eventId, second)],
    ['raises the capacity', () => events.mutate('updateEvent', { eventId, capacity: 5 }, owner)],
    ['changes the title', () => events.mutate('updateEvent', { eventId, title: 'New' }, owner)],
    ['publishes', () => events.mutate('publishEvent', { eventId: draftId }, owner)],
    [
      'deletes an account',
      () => events.eventLog.publish('users', [createUserDeletedEvent(first.id)]),
      async () => (await events.storedEvent(eventId)).seatsTaken === 1,
    ],
    ['cancels', () => events.mutate('cancelEvent', { eventId: draftId }, admin)],
    ['deletes', () => events.mutate('deleteEvent', { eventId: draftId }, admin)],
    [
      'deletes the organizer',
      () => events.eventLog.publish('users', [createUserDeletedEvent(owner.id)]),
      isStored({ organizerId: owner.id }),
    ],
  ]
  for (const [name, write, isDone = async () => true] of writes) {
    const changed = await countInvalidatedAnswers(events, reader, operations, write, async () => {
      await waitUntil(`the cascade of '${name}'`, isDone)
      await waitUntilPublished(events)
    })
    expect([name, changed > 0]).toEqual([name, true])
  }
})

it('names only domain events that are written when a mutation responds, also of batches', async () => {
  const eventId = await events.makeEvent({ capacity: 5 })
  const register =
    'mutation ($input: RegisterForEventInput!) { registerForEvent(input: $input) { registration { id } } }'
  const cancel =
    'mutation ($input: CancelRegistrationInput!) { cancelRegistration(input: $input) { registration { id } } }'
  const written = new Set<string>()
  const idsByCommand = new Map<number, string[]>()
  const client = events.connection.getClient()
  client.on('commandStarted', ({ requestId, command }) => {
    idsByCommand.set(requestId, JSON.stringify(command).match(/[\da-f]{8}-[\da-f-]{27}/g) ?? [])
  })
  client.on('commandSucceeded', ({ requestId }) => {
    for (const id of idsByCommand.get(requestId) ?? []) written.add(id)
  })
  const early: string[] = []
  async function mutate(document: string, input: object, viewer: Viewer) {
    const { data, positions } = await sendCacheable(events, document, { input }, viewer)
    early.push(...positions.filter((id) => !written.has(id)))
    return data
  }
  await Promise.all(
    Array.from({ length: 30 }, async () => {
      const viewer = createViewer()
      const { registerForEvent } = await mutate(register, { eventId }, viewer)
      await mutate(cancel, { registrationId: registerForEvent.registration.id }, viewer)
    }),
  )
  // Other IDs belong to no event.
  expect(early.filter((id) => written.has(id))).toEqual([])
  expect(written.size).toBeGreaterThan(30)
})

it('names the event of a registration as invalidated, also when another request has decided it', async () => {
  const eventId = await events.makeEvent()
  const register =
    'mutation ($input: RegisterForEventInput!) { registerForEvent(input: $input) { event { id } } }'
  const responses = await Promise.all(
    Array.from({ length: 5 }, () => sendCacheable(events, register, { input: { eventId } }, createViewer())),
  )
  for (const { invalidated, positions } of responses) {
    expect(invalidated).toEqual([eventId])
    expect(positions.length).toBeGreaterThan(0)
  }
})
