import { newId } from '../../../../schema/ids'
import type { DomainEvent } from '../../../../packages/event-log/eventLog'
import { makeEvent } from '../../comments/peers'
import { createViewer } from '../../../support/subgraph'
import { makeUser, type Person } from '../support'
import { startScene, type NotificationScene } from './support'

const full = process.env['FULL'] === '1'

let scene: NotificationScene
beforeAll(async () => {
  scene = await startScene({ publicUrl: 'https://api.example.org/' })
})
afterAll(() => scene.close())

const listTexts = async (person: Person) =>
  (await scene.readInbox(person)).map(({ type, text }) => [type, text])

/** Publishes an event of an event. */
const publish = (type: string, eventId: string, data: DomainEvent['data'] = {}): Promise<void> =>
  scene.publish('events', makeEvent(type, eventId, 2, data))

/** Makes an event with an organizer, and a person who is registered for it. */
async function makeRegistered() {
  const [organizer, guest] = [await scene.users.signUp(), await scene.users.signUp()]
  const eventId = await scene.events.makeEvent({ title: 'Meeting' }, organizer.viewer)
  await scene.events.register(eventId, guest.viewer)
  await scene.events.register(eventId, organizer.viewer)
  const data = { status: 'PUBLISHED', wasPublished: true, organizerId: organizer.id, actorId: organizer.id }
  return { organizer, guest, eventId, data }
}

it.each<[string, DomainEvent['data'], string, string]>([
  ['event.changed', { changed: ['time'] }, 'EVENT_CHANGED', 'The time of “Meeting” has changed.'],
  [
    'event.changed',
    { changed: ['time', 'venue'] },
    'EVENT_CHANGED',
    'The time and the venue of “Meeting” have changed.',
  ],
  ['event.cancelled', { status: 'CANCELLED' }, 'EVENT_CANCELLED', '“Meeting” was cancelled.'],
  [
    'event.announced',
    { announcementId: 'a1', message: 'Bring a pen.' },
    'EVENT_ANNOUNCEMENT',
    '“Meeting”: Bring a pen.',
  ],
])(
  '%s notifies everyone who is registered, but not the one who did it',
  async (type, more, expectedType, text) => {
    const { organizer, guest, eventId, data } = await makeRegistered()
    await publish(type, eventId, { ...data, ...more })
    expect(await scene.readInbox(guest)).toMatchObject([
      { type: expectedType, text, actor: { id: organizer.id }, subject: { id: eventId } },
    ])
    expect(await listTexts(organizer)).toEqual([])
  },
)

it('notifies of nothing when something else about an event has changed', async () => {
  const { guest, eventId, data } = await makeRegistered()
  await publish('event.changed', eventId, data)
  expect(await listTexts(guest)).toEqual([])
})

it('reminds each person once for each start, the waitlist left out', async () => {
  const eventId = await scene.events.makeEvent({ title: 'Meeting', capacity: 1 })
  const [guest, waiting] = [await scene.users.signUp(), await scene.users.signUp()]
  await scene.events.register(eventId, guest.viewer)
  await scene.events.register(eventId, waiting.viewer)
  const startsAt = '2030-02-01T18:00:00.000Z'
  await publish('event.reminderDue', eventId, { startsAt })
  await publish('event.reminderDue', eventId, { startsAt })
  await publish('event.reminderDue', eventId, { startsAt: '2030-02-02T18:00:00.000Z' })
  expect(await listTexts(guest)).toEqual([
    ['EVENT_REMINDER', '“Meeting” starts on 2030-02-02 at 18:00 UTC.'],
    ['EVENT_REMINDER', '“Meeting” starts on 2030-02-01 at 18:00 UTC.'],
  ])
  expect(await listTexts(waiting)).toEqual([])
})

it('notifies of a promotion, unless the registration is cancelled before that is read', async () => {
  const { guest, eventId } = await makeRegistered()
  const registrationId = newId('Registration')
  await publish('registration.promoted', eventId, { registrationId, userId: guest.id })
  expect(await scene.readInbox(guest)).toMatchObject([{ type: 'WAITLIST_PROMOTED', actor: null }])
  await publish('registration.cancelled', eventId, { registrationId, userId: guest.id })
  expect(await listTexts(guest)).toEqual([])
})

it('notifies suspended users, who can read, of a promotion and a cancellation', async () => {
  const { guest, eventId, data } = await makeRegistered()
  const administrator = await scene.users.administrator()
  await scene.users.query(
    `mutation { suspendUser(input: { userId: "${guest.id}", reason: "Spam" }) { userErrors { code } } }`,
    {},
    administrator.viewer,
  )
  const suspended = await scene.users.signIn(guest)
  await publish('registration.promoted', eventId, { registrationId: newId('Registration'), userId: guest.id })
  expect(await scene.readInbox(suspended)).toMatchObject([{ type: 'WAITLIST_PROMOTED' }])
  await publish('event.cancelled', eventId, { ...data, status: 'CANCELLED' })
  expect(await listTexts(suspended)).toEqual([['EVENT_CANCELLED', '“Meeting” was cancelled.']])
})

it('replaces unread notifications about an event by that of its cancellation, and removes all with the event', async () => {
  const { guest, eventId, data } = await makeRegistered()
  await publish('event.changed', eventId, { ...data, changed: ['time'] })
  await publish('registration.promoted', eventId, { registrationId: newId('Registration'), userId: guest.id })
  await publish('event.cancelled', eventId, { ...data, status: 'CANCELLED' })
  expect(await listTexts(guest)).toEqual([['EVENT_CANCELLED', '“Meeting” was cancelled.']])
  await publish('event.deleted', eventId, { wasPublished: true })
  expect(await listTexts(guest)).toEqual([])
})

it('notifies the organizer of a removal, a new one of a transfer, and administrators of an event without organizer', async () => {
  const { organizer, guest, eventId } = await makeRegistered()
  const moderatorId = createViewer('MODERATOR').id
  await publish('event.transferred', eventId, { organizerId: guest.id, actorId: organizer.id })
  expect(await listTexts(guest)).toEqual([['EVENT_CHANGED', 'You are now the organizer of “Meeting”.']])
  await publish('event.organizerGone', eventId)
  expect(await listTexts(await scene.users.administrator())).toContainEqual([
    'EVENT_CHANGED',
    'The organizer of “Meeting” no longer has an account. Transfer the event to another organizer.',
  ])
  await publish('event.deleted', eventId, {
    wasPublished: true,
    organizerId: organizer.id,
    moderatorId,
    reason: 'Spam',
  })
  expect(await listTexts(organizer)).toEqual([
    ['CONTENT_REMOVED', 'A moderator has removed your event. Reason: Spam'],
  ])
})

it('notifies the new organizer of a draft, without its title', async () => {
  const [organizer, next] = [await scene.users.signUp(), await scene.users.signUp()]
  const eventId = await scene.events.makeEvent({ title: 'Secret', publish: false }, organizer.viewer)
  await publish('event.transferred', eventId, { organizerId: next.id, actorId: organizer.id })
  expect(await scene.readInbox(next)).toMatchObject([
    { type: 'EVENT_CHANGED', text: 'You are now the organizer of an event.', subject: { id: eventId } },
  ])
})

it('notifies those who were registered of a removal without the title, once each, but not the moderator', async () => {
  const { organizer, guest, eventId } = await makeRegistered()
  const moderator = await scene.users.signUp()
  const deletion = { wasPublished: true, organizerId: organizer.id, moderatorId: moderator.id }
  const registrations = {
    startsAt: '2030-02-01T18:00:00.000Z',
    actorId: moderator.id,
    userIds: [guest.id, organizer.id, moderator.id],
  }
  await publish('event.deleted', eventId, deletion)
  await publish('event.registrationsDeleted', eventId, registrations)
  await publish('event.registrationsDeleted', eventId, registrations)
  expect(await scene.readInbox(guest)).toMatchObject([
    {
      type: 'EVENT_CANCELLED',
      text: 'An event that you were registered for was removed. It was to start on 2030-02-01 at 18:00 UTC.',
      actor: null,
      subject: null,
    },
  ])
  expect(await listTexts(organizer)).toEqual([['CONTENT_REMOVED', 'A moderator has removed your event.']])
  expect(await listTexts(moderator)).toEqual([])
})

it('notifies of a new role and of a resolved report', async () => {
  const [member, administrator] = [await scene.users.signUp(), await scene.users.administrator()]
  const changed = makeEvent('user.roleChanged', member.id, 9, {
    moderatorId: administrator.id,
    role: 'MODERATOR',
  })
  const report = { reporterId: member.id, moderatorId: administrator.id, subjectId: newId('Post') }
  await scene.publish(
    'users',
    changed,
    makeEvent('report.resolved', newId('User'), 1, { ...report, status: 'DISMISSED' }),
  )
  // Both can be created in one millisecond.
  const inbox = await scene.readInbox(member)
  expect(inbox.sort((left, right) => left.type.localeCompare(right.type))).toMatchObject([
    {
      type: 'REPORT_RESOLVED',
      text: 'A moderator has reviewed your report and found no violation.',
      actor: null,
    },
    { type: 'ROLE_CHANGED', text: 'Your role is now moderator.', actor: { id: administrator.id } },
  ])
})

const many = full ? 10_000 : 2_500
it(`notifies ${many} registered people of a cancellation once each, while the inbox is read, also if the event is delivered again`, async () => {
  const organizer = await scene.users.signUp()
  const eventId = await scene.events.makeEvent({ title: 'Festival' }, organizer.viewer)
  await scene.events.importPeople(eventId, many)
  const registrations = await scene.events.storedRegistrations(eventId)
  await scene.users.store(...registrations.map(({ userId }) => makeUser({ id: userId })))
  const cancelled = makeEvent('event.cancelled', eventId, 2, { wasPublished: true, status: 'CANCELLED' })
  const startedAt = performance.now()
  let handled: 'no' | 'yes' = 'no'
  const handling = scene.publish('events', cancelled).then(() => (handled = 'yes'))
  const latencies: number[] = []
  while (handled === 'no') {
    const sentAt = performance.now()
    await scene.readInbox(organizer)
    latencies.push(performance.now() - sentAt)
  }
  await handling
  if (full) {
    const sorted = latencies.sort((one, other) => one - other)
    const [median, slowest] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)]
    console.info(
      `${many} notifications in ${performance.now() - startedAt} ms; reads: median ${median} ms, slowest ${slowest} ms`,
    )
  }
  await scene.publish('events', { ...cancelled, id: `${cancelled.id}-again` })
  const stored = await scene.users.connection
    .collection('notifications')
    .aggregate([{ $match: { subjectId: eventId } }, { $group: { _id: '$recipientId', count: { $sum: 1 } } }])
    .toArray()
  expect(stored).toHaveLength(many)
  expect(stored.every(({ count }) => count === 1)).toBe(true)
}, 300_000)
