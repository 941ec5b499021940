import { createViewer } from '../../support/subgraph'
import { nextMonth, organizer, startEvents, today, type TestEvents } from './support'

const hourMs = 60 * 60 * 1000

let events: TestEvents
let clock = today
beforeAll(async () => {
  events = await startEvents({ now: () => clock, checkInOpensBeforeMs: 24 * hourMs })
})
beforeEach(() => {
  clock = new Date(nextMonth.getTime() - 24 * hourMs)
})
afterAll(() => events.close())

async function registerParty(guestCount: number) {
  const eventId = await events.makeEvent()
  const { id, ticketCode } = await events.register(eventId, createViewer(), guestCount)
  const checkIn = (arriving?: number | null) =>
    events.mutate('checkIn', { eventId, ticketCode, arriving }, organizer)
  const undo = (viewer = organizer) => events.outcome('undoCheckIn', { registrationId: id }, viewer)
  const countCheckedIn = async () => (await events.storedEvent(eventId)).checkedInCount
  return { eventId, id, checkIn, undo, countCheckedIn }
}

it('checks the people of a party in as they arrive, and reports a scan after all have', async () => {
  const { eventId, checkIn, countCheckedIn } = await registerParty(3)
  const first = await checkIn(2)
  expect(first).toMatchObject({ alreadyCheckedIn: false, registration: { arrivedCount: 2 } })
  const { checkedInAt } = first.registration
  clock = new Date(clock.getTime() + hourMs)
  expect((await checkIn(3)).userErrors).toMatchObject([{ code: 'OUT_OF_RANGE', field: ['arriving'] }])
  expect(await checkIn()).toMatchObject({
    alreadyCheckedIn: false,
    registration: { arrivedCount: 4, checkedInAt },
  })
  expect(await checkIn()).toMatchObject({ alreadyCheckedIn: true, registration: { arrivedCount: 4 } })
  expect(await checkIn(1)).toMatchObject({ alreadyCheckedIn: true, registration: { arrivedCount: 4 } })
  expect(await countCheckedIn()).toBe(1)
  await events.expectConsistentSeats(eventId)
})

it('checks the whole party in by default', async () => {
  const { checkIn } = await registerParty(2)
  expect(await checkIn(null)).toMatchObject({ alreadyCheckedIn: false, registration: { arrivedCount: 3 } })
})

it.each([0, -1, 102])('refuses %d arriving people', async (arriving) => {
  const { checkIn } = await registerParty(0)
  expect((await checkIn(arriving)).userErrors).toMatchObject([{ code: 'OUT_OF_RANGE', field: ['arriving'] }])
})

it('opens check-in a day before the event starts', async () => {
  const { checkIn } = await registerParty(0)
  clock = new Date(nextMonth.getTime() - 24 * hourMs - 1)
  expect((await checkIn()).userErrors).toEqual([
    { code: 'CLOSED', field: ['eventId'], message: 'Check-in opens at 2030-01-31T18:00:00.000Z.' },
  ])
  clock = new Date(nextMonth.getTime() - 24 * hourMs)
  expect((await checkIn()).userErrors).toEqual([])
})

describe('undoCheckIn', () => {
  it('undoes the check-in of a party, which can then arrive again', async () => {
    const { eventId, checkIn, undo, countCheckedIn } = await registerParty(1)
    await checkIn()
    expect([await undo(), await countCheckedIn()]).toEqual(['yes', 0])
    expect([await undo(), await countCheckedIn()]).toEqual(['yes', 0])
    expect(await checkIn(1)).toMatchObject({ alreadyCheckedIn: false, registration: { arrivedCount: 1 } })
    await events.expectConsistentSeats(eventId)
  })

  it('allows the registration to be cancelled again', async () => {
    const { id, checkIn, undo } = await registerParty(0)
    await checkIn()
    const cancel = () => events.outcome('cancelRegistration', { registrationId: id }, organizer)
    expect([await cancel(), await undo(), await cancel()]).toEqual(['CONFLICT', 'yes', 'yes'])
  })

  it('is for those who can check in', async () => {
    const { checkIn, undo } = await registerParty(0)
    await checkIn()
    expect(await undo(createViewer())).toBe('NOT_FOUND')
    expect(await undo(createViewer('MODERATOR'))).toBe('yes')
  })
})
