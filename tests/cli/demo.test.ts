import { createDemoEntities } from '../../cli/demo/entities'

const dayMs = 86_400_000

// Every 5 hours of 3 weeks around both changes of the clocks in Europe, and around a new year.
const moments = ['2026-03-15', '2026-10-12', '2026-12-20'].flatMap((day) =>
  Array.from({ length: 100 }, (_, index) => new Date(Date.parse(day) + index * 5 * 3_600_000 + 1_234)),
)

const demoEvents = moments.flatMap((now) =>
  createDemoEntities(now, { isDevelopment: true }).events.map((event) => ({ now, event })),
)

const formatLocalTime = (time: Date, timeZone: string) =>
  new Intl.DateTimeFormat('en', { timeStyle: 'medium', hourCycle: 'h23', timeZone }).format(time)

test('starts the demo events at the same full hour of their time zones, whenever they are loaded', () => {
  const times = demoEvents.map(
    ({ event }) => `${event.title}, ${formatLocalTime(event.startsAt, event.timeZone)}`,
  )
  expect([...new Set(times)]).toEqual([
    'Repair café: bring what is broken, 14:00:00',
    'Letterpress evening, 18:00:00',
    'Night ride along the canal, 21:00:00',
    'What glaze does in the kiln, 19:00:00',
  ])
})

test('has three events in the coming weeks, and one in the past', () => {
  const days = demoEvents.map(({ now, event }) => (event.startsAt.getTime() - now.getTime()) / dayMs)
  const [repairCafe, letterpress, nightRide, glazeTalk] = [0, 1, 2, 3].map((index) =>
    days.filter((_, position) => position % 4 === index),
  )
  expect(Math.min(...repairCafe!)).toBeGreaterThan(2)
  expect(Math.min(...letterpress!)).toBeGreaterThan(Math.max(...repairCafe!))
  expect(Math.min(...nightRide!)).toBeGreaterThan(Math.max(...letterpress!))
  expect(Math.max(...glazeTalk!)).toBeLessThan(-7)
})

test('registers the attendees before an event begins and before now', () => {
  for (const now of moments.slice(0, 10)) {
    const { events, registrations } = createDemoEntities(now, { isDevelopment: true })
    for (const { eventId, registeredAt } of registrations) {
      const event = events.find(({ id }) => id === eventId)
      expect(registeredAt.getTime()).toBeLessThan(Math.min(now.getTime(), event!.startsAt.getTime()))
      expect(registeredAt.getTime()).toBeGreaterThan(event!.createdAt.getTime())
    }
  }
})
