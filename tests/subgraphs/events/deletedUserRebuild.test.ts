import { createPendingEvent } from '../../../packages/event-log/outbox/outbox'
import { waitUntil } from '../../support/processes'
import { createViewer, type TestSubgraph } from '../../support/subgraph'
import { startSupergraph, type TestUser, type TestSupergraph } from '../../support/supergraph'

let system: TestSupergraph
let events: TestSubgraph
let people: TestUser[]
beforeAll(async () => {
  system = await startSupergraph()
  events = system.subgraphs.events
  people = [await system.signUp('one'), await system.signUp('two')]
})
afterAll(() => system.close())

const create = `mutation ($input: CreateEventInput!) { createEvent(input: $input) { event { id } userErrors { message } } }`
const register = `mutation ($input: RegisterForEventInput!) {
  registerForEvent(input: $input) { registration { id } userErrors { message } } }`

interface Stored {
  _id: string
  userId?: string
  organizerId?: string | null
  deletedAt?: Date
}

const stored = (collection: string) => events.connection.collection<Stored>(collection)

it('removes references to users that the users subgraph no longer knows', async () => {
  const [one, two] = people
  const unknown = createViewer()
  if (!one || !two) throw new Error()
  const input = { title: 'Meeting', description: '', startsAt: '2099-01-01T00:00:00Z', timeZone: 'UTC' }
  const kept = (await system.query(create, { input: { ...input, publish: true } }, one)).createEvent.event.id
  const makeEvent = async (publish: boolean) =>
    (await events.query(create, { input: { ...input, publish } }, unknown)).createEvent.event.id
  const [detached, draft] = [await makeEvent(true), await makeEvent(false)]
  for (const eventId of [kept, detached]) {
    await system.query(register, { input: { eventId } }, two)
    await events.query(register, { input: { eventId } }, unknown)
  }

  await stored('gone_users').deleteMany({})
  const rebuild = { ...createPendingEvent('feed.rebuild', {}, new Date()), entity: '', sequence: 0, data: {} }
  await events.eventLog.publish('users', [rebuild])
  await waitUntil('the references are removed', async () => {
    const isDraftDeleted = (await stored('events').findOne({ _id: draft }))?.deletedAt !== undefined
    const referring = [
      await stored('events').findOne({ organizerId: unknown.id }),
      await stored('registrations').findOne({ userId: unknown.id }),
    ]
    return isDraftDeleted && referring.every((each) => each === null)
  })
  expect((await stored('gone_users').find().toArray()).map(({ _id }) => _id)).toEqual([unknown.id])
  const registrations = await stored('registrations').find().toArray()
  expect(registrations.filter(({ userId }) => userId === two.id)).toHaveLength(2)
  expect(registrations.filter(({ _id, userId }) => userId === _id)).toHaveLength(2)
  expect(await stored('events').findOne({ _id: kept })).toMatchObject({ organizerId: one.id, seatsTaken: 1 })
  expect(await stored('events').findOne({ _id: detached })).toMatchObject({
    organizerId: null,
    seatsTaken: 1,
  })
  const rejected = await events.send(register, { input: { eventId: kept } }, unknown)
  expect(rejected.errors?.[0]?.extensions['code']).toBe('UNAUTHENTICATED')
  const document = `query ($id: ID!) { event(id: $id) { organizer { handle } } }`
  expect((await system.query(document, { id: detached })).event.organizer).toBeNull()
  expect((await system.query(document, { id: kept })).event.organizer).toEqual({ handle: 'one' })
})
