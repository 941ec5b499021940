import { waitUntil } from '../../support/processes'
import { collectDomainEvents, organizer, startEvents, today, type TestEvents } from './support'

const hourMs = 60 * 60 * 1000
const inHours = (hours: number) => new Date(today.getTime() + hours * hourMs)

let clock = today
let first: TestEvents
let second: TestEvents
let published: Awaited<ReturnType<typeof collectDomainEvents>>
beforeAll(async () => {
  const options = { now: () => clock, reminderIntervalMs: 20 }
  first = await startEvents(options)
  second = await startEvents({ ...options, database: first.database })
  published = await collectDomainEvents(first)
})
beforeEach(() => {
  clock = today
})
afterAll(async () => {
  await published.close()
  await second.close()
  await first.close()
})

const listReminders = (eventId: string) =>
  published
    .of(eventId)
    .filter(({ type }) => type === 'event.reminderDue')
    .map(({ data }) => data['startsAt'])

const waitForReminders = (eventId: string, startsAt: readonly Date[]) =>
  waitUntil('the reminders are published', () => {
    const expected = startsAt.map((start) => start.toISOString())
    return JSON.stringify(listReminders(eventId)) === JSON.stringify(expected)
  })

it('publishes one reminder 24 hours before an event, and one more after it was moved', async () => {
  const eventId = await first.makeEvent({ startsAt: inHours(25) })
  const near = await first.makeEvent({ startsAt: inHours(2) })
  await waitForReminders(near, [inHours(2)])
  expect(listReminders(eventId)).toEqual([])
  clock = inHours(1)
  await waitForReminders(eventId, [inHours(25)])
  await first.mutate('updateEvent', { eventId, title: 'Another title' }, organizer)
  await first.mutate('updateEvent', { eventId, startsAt: inHours(50) }, organizer)
  const later = await first.makeEvent({ startsAt: inHours(3) })
  await waitForReminders(later, [inHours(3)])
  expect(listReminders(eventId)).toEqual([inHours(25).toISOString()])
  clock = inHours(26)
  await waitForReminders(eventId, [inHours(25), inHours(50)])
})

it('publishes none for drafts, cancelled events and events that have started', async () => {
  // Due at none of the earlier times: a search for events may still be under way with one of these.
  const startsAt = inHours(60)
  const draft = await first.makeEvent({ startsAt, publish: false })
  const cancelled = await first.makeEvent({ startsAt })
  await first.mutate('cancelEvent', { eventId: cancelled }, organizer)
  const running = await first.makeEvent({ startsAt: inHours(-1) })
  clock = inHours(40)
  const last = await first.makeEvent({ startsAt: inHours(61) })
  await waitForReminders(last, [inHours(61)])
  expect([draft, cancelled, running].map(listReminders)).toEqual([[], [], []])
})

it('publishes one reminder for each of many events while two processes run', async () => {
  const startsAt = inHours(30)
  const ids = await Promise.all(Array.from({ length: 10 }, () => first.makeEvent({ startsAt })))
  clock = inHours(7)
  for (const id of ids) await waitForReminders(id, [startsAt])
  const stored = await first.connection.collection('events').find({ remindedFor: startsAt }).toArray()
  expect(stored).toHaveLength(10)
})
