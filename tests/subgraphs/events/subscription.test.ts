import { newId } from '../../../schema/ids'
import type { Viewer } from '../../../packages/auth/viewer'
import { waitUntil } from '../../support/processes'
import { createViewer } from '../../support/subgraph'
import {
  waitForPosition,
  waitForEnd,
  openSubscription,
  waitForResults,
  readResults,
  waitUntilProcessed,
  type ReceivedStream,
} from '../../packages/subgraph-kit/subscriptions/support'
import { createUserDeletedEvent, organizer, startEvents, type TestEvents } from './support'

let events: TestEvents
let second: TestEvents
beforeAll(async () => {
  events = await startEvents()
  second = await startEvents({ database: events.database })
})
const subscriptions: ReceivedStream[] = []
afterEach(() => subscriptions.splice(0).forEach((subscription) => subscription.stop()))
afterAll(async () => {
  await second.close()
  await events.close()
})

const document = `subscription ($eventId: ID!) { eventUpdated(eventId: $eventId) { event {
  title status seatsTaken waitlistCount checkedInCount viewerCanUpdate organizer { id }
  viewerRegistration { status waitlistPosition ticketCode } registrations { totalCount } } } }`

/** Subscribes to an event and waits until the subscription is active. */
async function subscribeToEvent(
  eventId: string,
  viewer?: Viewer,
  subgraph = events,
): Promise<ReceivedStream> {
  const subscription = await openSubscription(subgraph, document, {
    variables: { eventId },
    ...(viewer && { viewer }),
  })
  subscriptions.push(subscription)
  await waitForPosition(subscription)
  return subscription
}

interface Result {
  data?: { eventUpdated: { event: Record<string, unknown> } }
}

const listEventsOf = (subscription: ReceivedStream) =>
  readResults(subscription).map(({ result }) => (result as Result).data?.eventUpdated.event)
const getLastEventOf = (subscription: ReceivedStream) => listEventsOf(subscription).at(-1)

/** Creates an event and waits until its domain events are published. */
async function makePublishedEvent(input: object = {}): Promise<string> {
  const eventId = await events.makeEvent(input)
  await waitUntil('the event is published', async () => !(await events.storedEvent(eventId)).pendingEvents)
  return eventId
}

it('reports changes of seats, waitlist, check-ins, details and status through both processes', async () => {
  const eventId = await makePublishedEvent({ capacity: 1 })
  const stranger = await subscribeToEvent(eventId)
  const onSecond = await subscribeToEvent(eventId, undefined, second)
  const both = [stranger, onSecond]
  const waitForBoth = (what: string, expected: object) =>
    waitUntil(what, () =>
      both.every((each) => {
        const last = getLastEventOf(each) ?? {}
        return Object.entries(expected).every(([name, value]) => last[name] === value)
      }),
    )
  const holder = createViewer()
  const { id, ticketCode } = await events.register(eventId, holder)
  await waitForBoth('a seat is taken', { seatsTaken: 1, waitlistCount: 0 })
  const { id: waiting } = await second.register(eventId, createViewer())
  await waitForBoth('a registration is waitlisted', { seatsTaken: 1, waitlistCount: 1 })
  await events.mutate('cancelRegistration', { registrationId: waiting }, organizer)
  await waitForBoth('the waitlist is empty', { waitlistCount: 0 })
  await events.mutate('checkIn', { eventId, ticketCode }, organizer)
  await waitForBoth('a ticket is checked in', { checkedInCount: 1 })
  await events.mutate('updateEvent', { eventId, title: 'Another title' }, organizer)
  await waitForBoth('details change', { title: 'Another title' })
  await events.mutate('cancelEvent', { eventId }, organizer)
  await waitForBoth('the event is cancelled', { status: 'CANCELLED', seatsTaken: 0, checkedInCount: 0 })
  expect(getLastEventOf(stranger)).toMatchObject({
    viewerRegistration: null,
    registrations: null,
    viewerCanUpdate: false,
  })
  expect(id).toBeTruthy()
})

it('sends each viewer the current state as visible to them', async () => {
  const eventId = await makePublishedEvent({ capacity: 1 })
  const [holder, waiting] = [createViewer(), createViewer()]
  const held = await events.register(eventId, holder)
  await events.register(eventId, waiting)
  await waitUntil('the event is published', async () => !(await events.storedEvent(eventId)).pendingEvents)
  const [toHolder, toWaiting, toOrganizer] = [
    await subscribeToEvent(eventId, holder),
    await subscribeToEvent(eventId, waiting),
    await subscribeToEvent(eventId, organizer),
  ]
  await events.mutate('cancelRegistration', { registrationId: held.id }, holder)
  await waitUntil('the promoted user is notified', () => getLastEventOf(toWaiting)?.['waitlistCount'] === 0)
  await waitUntil('the others are notified', () =>
    [toHolder, toOrganizer].every((each) => getLastEventOf(each)?.['waitlistCount'] === 0),
  )
  expect(getLastEventOf(toWaiting)).toMatchObject({
    viewerRegistration: { status: 'CONFIRMED', waitlistPosition: null, ticketCode: expect.any(String) },
    viewerCanUpdate: false,
    registrations: null,
  })
  expect(getLastEventOf(toHolder)).toMatchObject({
    viewerRegistration: { status: 'CANCELLED', ticketCode: null },
  })
  expect(getLastEventOf(toOrganizer)).toMatchObject({
    viewerRegistration: null,
    viewerCanUpdate: true,
    registrations: { totalCount: 2 },
  })
  await events.mutate('cancelEvent', { eventId }, organizer)
  const cancelled = { viewerRegistration: { status: 'CANCELLED' } }
  await waitUntil('the cancellation is reported', () => getLastEventOf(toWaiting)?.['seatsTaken'] === 0)
  expect(getLastEventOf(toWaiting)).toMatchObject(cancelled)
})

it('reports changes of a draft to its organizer and administrators only, and the publication to everyone', async () => {
  const eventId = await makePublishedEvent({ publish: false })
  const stranger = await subscribeToEvent(eventId, createViewer('MODERATOR'))
  const toOrganizer = await subscribeToEvent(eventId, organizer)
  const toAdmin = await subscribeToEvent(eventId, createViewer('ADMIN'))
  await events.mutate('updateEvent', { eventId, title: 'Secret' }, organizer)
  await waitForResults(toOrganizer, 1)
  await waitForResults(toAdmin, 1)
  // A stream that is behind shows the event of the update as it is after the publication.
  for (const each of [stranger, toOrganizer, toAdmin]) await waitUntilProcessed(each, events, 'events')
  await events.mutate('publishEvent', { eventId }, organizer)
  for (const each of [stranger, toOrganizer, toAdmin])
    await waitUntil('it is published', () => getLastEventOf(each)?.['status'] === 'PUBLISHED')
  expect(listEventsOf(stranger).map((event) => event?.['status'])).toEqual(['PUBLISHED'])
})

it('reports neither events that the viewer cannot see nor the deletion of a draft', async () => {
  const deletedUser = createViewer()
  const draft = await events.makeEvent({ publish: false }, deletedUser)
  const published = await events.makeEvent({}, deletedUser)
  for (const eventId of [draft, published])
    await waitUntil('the event is published', async () => !(await events.storedEvent(eventId)).pendingEvents)
  const admin = createViewer('ADMIN')
  const [toUnknown, toDraft, toPublished] = [
    await subscribeToEvent(newId('Event')),
    await subscribeToEvent(draft, admin),
    await subscribeToEvent(published, admin),
  ]
  await events.eventLog.publish('users', [createUserDeletedEvent(deletedUser.id)])
  await waitUntil('the organizer is removed', () => getLastEventOf(toPublished)?.['organizer'] === null)
  await waitUntil(
    'the draft is deleted',
    async () => (await events.storedEvent(draft)).deletedAt !== undefined,
  )
  expect([toUnknown, toDraft].map(listEventsOf)).toEqual([[], []])
})

it('reports the deletion of a published event to everyone and that of a draft to no subscriber', async () => {
  const published = await makePublishedEvent()
  const draft = await makePublishedEvent({ publish: false })
  const [toPublished, toDraft] = [
    await subscribeToEvent(published),
    await subscribeToEvent(draft, createViewer()),
  ]
  await events.mutate('deleteEvent', { eventId: draft }, organizer)
  await events.mutate('deleteEvent', { eventId: published }, createViewer('MODERATOR'))
  await waitForResults(toPublished, 1)
  expect(listEventsOf(toPublished)).toEqual([null])
  await waitUntil('it is published', async () => !(await events.storedEvent(draft)).pendingEvents)
  expect(listEventsOf(toDraft)).toEqual([])
})

it('rejects an ID of another type', async () => {
  const subscription = await openSubscription(events, document, { variables: { eventId: newId('Post') } })
  await waitForEnd(subscription)
  expect(readResults(subscription).map(({ result }) => result)).toEqual([
    expect.objectContaining({
      errors: [expect.objectContaining({ extensions: expect.objectContaining({ code: 'BAD_USER_INPUT' }) })],
    }),
  ])
})
