import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

import { projectRoot } from '../../../packages/platform/config/projectRoot'
import { testMongodbUri } from '../../support/subgraph'
import { startEvents, type TestEvents } from './support'

let events: TestEvents
beforeAll(async () => {
  events = await startEvents({ now: () => new Date() })
})
afterAll(() => events.close())

/** A child process that registers many users concurrently, cancels half of them and kills itself at a write. */
const program = `
  const [uri, database, eventId, lastWrite] = process.argv.slice(1)
  const { createEventRepository } = require('./subgraphs/events/repository')
  const { createTicketCode } = require('./subgraphs/events/domain/registration')
  const { openDatabase } = require('./packages/subgraph-kit/mongo/database')
  const { newId } = require('./schema/ids')
  openDatabase(uri, database).then(async (connection) => {
    let writes = 0
    connection.getClient().on('commandStarted', ({ commandName }) => {
      if (commandName === 'update' && ++writes > Number(lastWrite)) process.kill(process.pid, 'SIGKILL')
    })
    const repository = createEventRepository(connection)
    for (;;) {
      await Promise.all(Array.from({ length: 12 }, async (_, index) => {
        const request = {
          kind: 'register',
          id: newId('Registration'),
          userId: newId('User'),
          guestCount: index % 3,
          ticketCode: createTicketCode(),
          registeredAt: new Date(),
        }
        const { registration } = await repository.submitSeatRequest(eventId, request)
        if (index % 2) await repository.submitSeatRequest(eventId, { kind: 'cancel', registrationId: registration.id })
      }))
    }
  })
`

async function runUntilKilled(eventId: string, lastWrite: number): Promise<void> {
  const args = ['-e', program, testMongodbUri(), events.database, eventId, String(lastWrite)]
  const child = spawn(process.execPath, args, {
    cwd: join(projectRoot, 'dist'),
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [, signal] = await once(child, 'exit')
  expect(signal).toBe('SIGKILL')
}

const kills = process.env['FULL'] ? 30 : 8

it(`neither oversells nor loses registrations when two processes are killed ${kills} times at their writes`, async () => {
  const eventId = await events.makeEvent({ capacity: 15, startsAt: '2099-01-01T00:00:00Z' })
  for (let kill = 0; kill < kills; kill += 2) {
    await Promise.all([runUntilKilled(eventId, kill), runUntilKilled(eventId, kill + 1 + (kill % 5))])
    const next = await startEvents({ database: events.database })
    await next.close()
    await events.expectConsistentSeats(eventId)
    const { capacity, seatsTaken } = await events.storedEvent(eventId)
    const waiting = (await events.storedRegistrations(eventId)).filter(
      ({ status }) => status === 'WAITLISTED',
    )
    for (const { guestCount } of waiting)
      expect(1 + guestCount).toBeGreaterThan(Number(capacity) - seatsTaken)
  }
}, 120_000)
