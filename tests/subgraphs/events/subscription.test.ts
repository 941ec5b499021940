import { newId } from '../../../packages/platform/ids/ids'
import type { Viewer } from '../../../packages/auth/viewer'
import { waitUntil } from '../../support/processes'
import { createViewer } from '../../support/subgraph'
import {
  begun,
  ended,
  follow,
  received,
  resultsOf,
  type Followed,
} from '../../packages/subgraph-kit/subscriptions/support'
import { createUserDeletedEvent, organizer, startEvents, type TestEvents } from './support'

let events: TestEvents
let second: TestEvents
beforeAll(async () => {
  events = await startEvents()
  second = await startEvents({ database: events.database })
})
const followers: Followed[] = []
afterEach(() => followers.splice(0).forEach((followed) => followed.stop()))
afterAll(async () => {
  await second.close()
  await events.close()
})

const document = `subscription ($eventId: ID!) { eventUpdated(eventId: $eventId) { event {
  title status seatsTaken waitlistCount checkedInCount viewerCanUpdate organizer { id }
  viewerRegistration { status waitlistPosition ticketCode } registrations { totalCount } } } }`

/** Follows an event; whatever happens from now on is told. */
async function followEvent(eventId: string, viewer?: Viewer, subgraph = events): Promise<Followed> {
  const followed = await follow(subgraph, document, {
    variables: { eventId },
    ...(viewer && { viewer }),
  })
  followers.push(followed)
  await begun(followed)
  return followed
}

interface Result {
  data?: { eventUpdated: { event: Record<string, unknown> } }
}

const eventsTo = (followed: Followed) =>
  resultsOf(followed).map(({ result }) => (result as Result).data?.eventUpdated.event)
const lastTo = (followed: Followed) => eventsTo(followed).at(-1)

/** Makes an event of which everything is told already. */
async function makeQuietEvent(input: object = {}): Promise<string> {
  const eventId = await events.makeEvent(input)
  await waitUntil('it is told', async () => !(await events.storedEvent(eventId)).pendingEvents)
  return eventId
}

it('tells of seats, the waitlist, tickets let in, details and the end, from either process', async () => {
  const eventId = await makeQuietEvent({ capacity: 1 })
  const stranger = await followEvent(eventId)
  const elsewhere = await followEvent(eventId, undefined, second)
  const follower = [stranger, elsewhere]
  const both = (what: string, expected: object) =>
    waitUntil(what, () =>
      follower.every((each) => {
        const last = lastTo(each) ?? {}
        return Object.entries(expected).every(([name, value]) => last[name] === value)
      }),
    )
  const holder = createViewer()
  const { id, ticketCode } = await events.register(eventId, holder)
  await both('a seat is taken', { seatsTaken: 1, waitlistCount: 0 })
  const { id: waiting } = await second.register(eventId, createViewer())
  await both('somebody waits', { seatsTaken: 1, waitlistCount: 1 })
  await events.mutate('cancelRegistration', { registrationId: waiting }, organizer)
  await both('nobody waits', { waitlistCount: 0 })
  await events.mutate('checkIn', { eventId, ticketCode }, organizer)
  await both('somebody is let in', { checkedInCount: 1 })
  await events.mutate('updateEvent', { eventId, title: 'Another title' }, organizer)
  await both('details change', { title: 'Another title' })
  await events.mutate('cancelEvent', { eventId }, organizer)
  await both('it ends', { status: 'CANCELLED', seatsTaken: 0, checkedInCount: 0 })
  expect(lastTo(stranger)).toMatchObject({
    viewerRegistration: null,
    registrations: null,
    viewerCanUpdate: false,
  })
  expect(id).toBeTruthy()
})

it('tells each viewer what is theirs, as it is at that moment', async () => {
  const eventId = await makeQuietEvent({ capacity: 1 })
  const [holder, waiting] = [createViewer(), createViewer()]
  const held = await events.register(eventId, holder)
  await events.register(eventId, waiting)
  await waitUntil('it is told', async () => !(await events.storedEvent(eventId)).pendingEvents)
  const [toHolder, toWaiting, toOrganizer] = [
    await followEvent(eventId, holder),
    await followEvent(eventId, waiting),
    await followEvent(eventId, organizer),
  ]
  await events.mutate('cancelRegistration', { registrationId: held.id }, holder)
  await waitUntil('they hear of it', () => lastTo(toWaiting)?.['waitlistCount'] === 0)
  await waitUntil('so do the others', () =>
    [toHolder, toOrganizer].every((each) => lastTo(each)?.['waitlistCount'] === 0),
  )
  expect(lastTo(toWaiting)).toMatchObject({
    viewerRegistration: { status: 'CONFIRMED', waitlistPosition: null, ticketCode: expect.any(String) },
    viewerCanUpdate: false,
    registrations: null,
  })
  expect(lastTo(toHolder)).toMatchObject({ viewerRegistration: { status: 'CANCELLED', ticketCode: null } })
  expect(lastTo(toOrganizer)).toMatchObject({
    viewerRegistration: null,
    viewerCanUpdate: true,
    registrations: { totalCount: 2 },
  })
  await events.mutate('cancelEvent', { eventId }, organizer)
  const cancelled = { viewerRegistration: { status: 'CANCELLED' } }
  await waitUntil('they hear of the end', () => lastTo(toWaiting)?.['seatsTaken'] === 0)
  expect(lastTo(toWaiting)).toMatchObject(cancelled)
})

it('tells of drafts to their organizer and administrators alone, and of the publication to everyone', async () => {
  const eventId = await makeQuietEvent({ publish: false })
  const stranger = await followEvent(eventId, createViewer('MODERATOR'))
  const toOrganizer = await followEvent(eventId, organizer)
  const toAdmin = await followEvent(eventId, createViewer('ADMIN'))
  await events.mutate('updateEvent', { eventId, title: 'Secret' }, organizer)
  await received(toOrganizer, 1)
  await received(toAdmin, 1)
  await events.mutate('publishEvent', { eventId }, organizer)
  for (const each of [stranger, toOrganizer, toAdmin])
    await waitUntil('it is published', () => lastTo(each)?.['status'] === 'PUBLISHED')
  expect(eventsTo(stranger).map((event) => event?.['status'])).toEqual(['PUBLISHED'])
})

it('is silent on what does not show, and on a draft that goes', async () => {
  const gone = createViewer()
  const draft = await events.makeEvent({ publish: false }, gone)
  const published = await events.makeEvent({}, gone)
  for (const eventId of [draft, published])
    await waitUntil('it is told', async () => !(await events.storedEvent(eventId)).pendingEvents)
  const admin = createViewer('ADMIN')
  const [nothing, toDraft, toPublished] = [
    await followEvent(newId('Event')),
    await followEvent(draft, admin),
    await followEvent(published, admin),
  ]
  await events.eventLog.publish('users', [createUserDeletedEvent(gone.id)])
  await waitUntil('its organizer is gone', () => lastTo(toPublished)?.['organizer'] === null)
  await waitUntil('the draft is gone', async () => (await events.storedEvent(draft)).deletedAt !== undefined)
  expect([nothing, toDraft].map(eventsTo)).toEqual([[], []])
})

it('sends the deletion of a published event to everyone, and that of a draft to nobody else', async () => {
  const published = await makeQuietEvent()
  const draft = await makeQuietEvent({ publish: false })
  const [toPublished, toDraft] = [await followEvent(published), await followEvent(draft, createViewer())]
  await events.mutate('deleteEvent', { eventId: draft }, organizer)
  await events.mutate('deleteEvent', { eventId: published }, createViewer('MODERATOR'))
  await received(toPublished, 1)
  expect(eventsTo(toPublished)).toEqual([null])
  await waitUntil('it is published', async () => !(await events.storedEvent(draft)).pendingEvents)
  expect(eventsTo(toDraft)).toEqual([])
})

it('refuses what is no ID of an event', async () => {
  const followed = await follow(events, document, { variables: { eventId: newId('Post') } })
  await ended(followed)
  expect(resultsOf(followed).map(({ result }) => result)).toEqual([
    expect.objectContaining({
      errors: [expect.objectContaining({ extensions: expect.objectContaining({ code: 'BAD_USER_INPUT' }) })],
    }),
  ])
})
