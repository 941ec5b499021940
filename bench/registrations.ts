import { createTicketCode } from '../subgraphs/events/domain/registration'
import { createEventRepository, type EventRepository } from '../subgraphs/events/repository'
import { openDatabase } from '../packages/subgraph-kit/mongo'
import { newId } from '../schema/ids'
import { createLog } from '../packages/platform/log'
import { attachOrStartMongodb } from '../cli/embedded-mongodb/embeddedMongodb'
import { generateCommunity } from './generateCommunity'

/** The time of one registration after a number of others. */
interface RegistrationTimes {
  registeredBefore: number
  medianMs: number
}

const sampleSize = 200

/** Registers a new user. */
export const registerNewUser = (events: Pick<EventRepository, 'submitSeatRequest'>, eventId: string) =>
  events.submitSeatRequest(eventId, {
    kind: 'register',
    id: newId('Registration'),
    userId: newId('User'),
    guestCount: 0,
    ticketCode: createTicketCode(),
    registeredAt: new Date(),
  })

/**
 * Registers `total` users for one event without a capacity, and times single registrations at the beginning, in the middle
 * and at the end. The others are sent in batches of 100.
 */
export async function measureRegistrations(dataDir: string, total: number): Promise<RegistrationTimes[]> {
  const database = await attachOrStartMongodb({ dataDir, log: console.log })
  const connection = await openDatabase(database.uri, 'bench_registrations')
  try {
    const repository = createEventRepository(connection)
    await repository.prepare(createLog('bench', 'warn'))
    const [event] = generateCommunity({ users: 1, posts: 0, comments: 0, events: 1 }).events
    if (!event) throw new Error('No event was generated.')
    const startsAt = new Date(Date.now() + 86_400_000)
    await repository.insertEvent({ ...event, startsAt })

    const register = () => registerNewUser(repository, event.id)
    const sample = async (before: number): Promise<RegistrationTimes> => {
      const times: number[] = []
      for (let index = 0; index < sampleSize; index++) {
        const startedAt = performance.now()
        await register()
        times.push(performance.now() - startedAt)
      }
      return { registeredBefore: before, medianMs: times.sort((a, b) => a - b)[sampleSize / 2] ?? 0 }
    }
    const registerUntil = async (count: number, from: number) => {
      for (let index = from; index < count; index += 100) {
        await Promise.all(Array.from({ length: Math.min(100, count - index) }, register))
      }
    }

    await registerUntil(sampleSize, 0) // Warms up the compiler and the caches.
    const first = await sample(sampleSize)
    await registerUntil(total / 2, 2 * sampleSize)
    const middle = await sample(total / 2)
    await registerUntil(total - sampleSize, total / 2 + sampleSize)
    const last = await sample(total - sampleSize)
    return [first, middle, last]
  } finally {
    await connection.dropDatabase()
    await connection.close()
    await database.close()
  }
}
