import fc from 'fast-check'

import { openRepository, organizer, makeViewers, startEvents, type TestEvents } from './support'

let first: TestEvents
let second: TestEvents
let repository: Awaited<ReturnType<typeof openRepository>>
beforeAll(async () => {
  first = await startEvents()
  second = await startEvents({ database: first.database })
  repository = await openRepository(first.database)
})
afterAll(async () => {
  await repository.close()
  await second.close()
  await first.close()
})

type Step =
  | { do: 'register'; who: number; guests: number }
  | { do: 'cancel'; who: number }
  | { do: 'changeGuests'; who: number; guests: number }
  | { do: 'checkIn'; who: number; arriving: number }
  | { do: 'undoCheckIn'; who: number }
  | { do: 'resize'; capacity: number | null }
  | { do: 'deleteUser'; who: number }

interface ModelRegistration {
  /** -1 after the user was deleted. */
  who: number
  party: number
  /** How many of the party have been checked in. */
  arrived: number
  status: 'CONFIRMED' | 'WAITLISTED' | 'CANCELLED'
}

/** A sequential model of the seat rules: a list of registrations in order of arrival. */
class Model {
  registrations: ModelRegistration[] = []
  constructor(public capacity: number | null) {}

  get free(): number {
    const taken = this.registrations.filter(({ status }) => status === 'CONFIRMED').map(({ party }) => party)
    return (this.capacity ?? Infinity) - taken.reduce((sum, party) => sum + party, 0)
  }

  run(step: Step): string {
    switch (step.do) {
      case 'register':
        return this.register(step.who, 1 + step.guests)
      case 'changeGuests':
        return this.changeParty(step.who, 1 + step.guests)
      case 'checkIn':
        return this.checkIn(step.who, step.arriving)
      case 'undoCheckIn':
        return this.undoCheckIn(step.who)
      case 'cancel':
        return this.cancel(step.who)
      case 'resize':
        return this.resize(step.capacity)
      case 'deleteUser':
        return this.deleteUser(step.who)
    }
  }

  register(who: number, party: number): string {
    const known = this.registrations.find((registration) => registration.who === who)
    if (known && known.status !== 'CANCELLED') return known.party === party ? 'yes' : 'CONFLICT'
    if (this.capacity !== null && party > this.capacity) return 'FULL'
    this.registrations = this.registrations.filter((registration) => registration !== known)
    this.registrations.push({
      who,
      party,
      arrived: 0,
      status: party <= this.free ? 'CONFIRMED' : 'WAITLISTED',
    })
    return 'yes'
  }

  cancel(who: number): string {
    const known = this.registrations.find((registration) => registration.who === who)
    if (!known) return 'NOT_FOUND'
    if (known.status !== 'CANCELLED' && known.arrived > 0) return 'CONFLICT'
    return this.release(known)
  }

  release(known: ModelRegistration): string {
    const freed = known.status === 'CONFIRMED'
    known.status = 'CANCELLED'
    if (freed) this.promoteWaitlist()
    return 'yes'
  }

  changeParty(who: number, party: number): string {
    const known = this.registrations.find((registration) => registration.who === who)
    if (!known) return 'NOT_FOUND'
    if (known.status === 'CANCELLED') return 'CONFLICT'
    const added = party - known.party
    if (known.status === 'CONFIRMED') {
      if (party < known.arrived) return 'CONFLICT'
      if (added > this.free) return 'FULL'
    } else if (added > 0 && this.capacity !== null && party > this.capacity) return 'FULL'
    known.party = party
    if (added !== 0) this.promoteWaitlist()
    return 'yes'
  }

  checkIn(who: number, arriving: number): string {
    const known = this.registrations.find((registration) => registration.who === who)
    if (known?.status !== 'CONFIRMED') return 'NOT_FOUND'
    if (known.arrived === known.party) return 'yes'
    if (arriving > known.party - known.arrived) return 'OUT_OF_RANGE'
    known.arrived += arriving
    return 'yes'
  }

  undoCheckIn(who: number): string {
    const known = this.registrations.find((registration) => registration.who === who)
    if (!known) return 'NOT_FOUND'
    known.arrived = 0
    return 'yes'
  }

  deleteUser(who: number): string {
    const known = this.registrations.find((registration) => registration.who === who)
    if (known) this.release(known)
    for (const registration of this.registrations) if (registration.who === who) registration.who = -1
    return 'yes'
  }

  resize(capacity: number | null): string {
    const taken = (this.capacity ?? Infinity) === Infinity ? undefined : Number(this.capacity) - this.free
    const seats =
      taken ??
      this.registrations.reduce((sum, { status, party }) => sum + (status === 'CONFIRMED' ? party : 0), 0)
    if (capacity !== null && capacity < seats) return 'CONFLICT'
    const isRaised = this.capacity !== null && (capacity === null || capacity > this.capacity)
    this.capacity = capacity
    if (isRaised) this.promoteWaitlist()
    return 'yes'
  }

  promoteWaitlist(): void {
    for (const registration of this.registrations) {
      if (registration.status === 'WAITLISTED' && registration.party <= this.free)
        registration.status = 'CONFIRMED'
    }
  }
}

const who = fc.nat({ max: 7 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('register' as const), who, guests: fc.nat({ max: 4 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('cancel' as const), who }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('changeGuests' as const), who, guests: fc.nat({ max: 5 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('checkIn' as const),
      who,
      arriving: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('undoCheckIn' as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('deleteUser' as const), who }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('resize' as const),
      capacity: fc.option(fc.integer({ min: 1, max: 12 }), { freq: 6 }),
    }),
  },
)

it('decides any sequence of requests like the model', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 8 }),
      fc.array(step, { maxLength: 30 }),
      async (capacity, steps) => {
        const eventId = await first.makeEvent({ capacity })
        const viewers = makeViewers(8)
        const ids: KnownIds = new Map()
        const model = new Model(capacity)
        for (const [index, each] of steps.entries()) {
          const instance = index % 2 ? first : second
          expect([each, await perform(instance, eventId, viewers, ids, each)]).toEqual([
            each,
            model.run(each),
          ])
        }
        const stored = await first.storedRegistrations(eventId)
        expect(
          stored.map(({ userId, status, guestCount, arrivedCount }) => ({
            who: viewers.findIndex(({ id }) => id === userId),
            status,
            party: 1 + guestCount,
            arrived: arrivedCount,
          })),
        ).toEqual(model.registrations)
        await first.expectConsistentSeats(eventId)
      },
    ),
    { numRuns: process.env['FULL'] ? 300 : 15, endOnFailure: true },
  )
}, 600_000)

/** The registrations of users by their index. */
type KnownIds = Map<number, { id: string }>

async function perform(
  events: TestEvents,
  eventId: string,
  viewers: ReturnType<typeof makeViewers>,
  ids: KnownIds,
  each: Step,
): Promise<string> {
  if (each.do === 'resize')
    return events.outcome('updateEvent', { eventId, capacity: each.capacity }, organizer)
  const viewer = viewers[each.who]
  if (each.do === 'deleteUser') {
    if (viewer) await repository.removeUserReferences([{ id: viewer.id, deletionRequestedAt: null }])
    ids.delete(each.who)
    return 'yes'
  }
  if (each.do === 'register') {
    const { registration, userErrors } = await events.mutate(
      'registerForEvent',
      { eventId, guestCount: each.guests },
      viewer,
    )
    if (registration) ids.set(each.who, registration)
    return userErrors[0]?.code ?? 'yes'
  }
  const registrationId = ids.get(each.who)?.id
  if (!registrationId) return 'NOT_FOUND'
  switch (each.do) {
    case 'changeGuests':
      return events.outcome('updateRegistration', { registrationId, guestCount: each.guests }, viewer)
    case 'checkIn': {
      const stored = await events.storedRegistrations(eventId)
      const ticketCode = stored.find(({ _id }) => _id === registrationId)?.ticketCode
      return events.outcome('checkIn', { eventId, ticketCode, arriving: each.arriving }, organizer)
    }
    case 'undoCheckIn':
      return events.outcome('undoCheckIn', { registrationId }, organizer)
    case 'cancel':
      return events.outcome('cancelRegistration', { registrationId }, viewer)
  }
}
