import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { SMTPServer } from 'smtp-server'

import { attachOrStartMongodb } from '../cli/embedded-mongodb/embeddedMongodb'
import { subgraphDatabaseNames } from '../cli/start/processes'
import { openDatabase } from '../packages/subgraph-kit/mongo'
import { derivedId } from '../schema/ids'
import { createEventRepository } from '../subgraphs/events/repository'
import { signUpBenchUser } from './benchUser'
import { startBenchSystem } from './system'

/** The times after the response to the cancellation of an event with many registrations. */
interface NotificationTimes {
  inboxSeconds: number
  mailSeconds: number
  /** How many mails were received more than once. */
  repeatedMails: number
  /** Of the requests to a page of events meanwhile. */
  slowestRequestMs: number
}

const batchSize = 1000

/** Cancels an event of a new system, and waits until everyone who is registered has the notification and the mail. */
export async function measureNotifications(
  dataDir: string,
  port: number,
  people: number,
): Promise<NotificationTimes> {
  const received = new Map<string, number>()
  const sink = await startSink((address) => received.set(address, (received.get(address) ?? 0) + 1))
  const environment = {
    SMTP_URL: `smtp://127.0.0.1:${sink.port}`,
    MAIL_FROM: 'agora@agora.example',
    APP_URL: 'https://app.example',
  }
  const system = await startBenchSystem(dataDir, port, { environment })
  const database = await attachOrStartMongodb({ dataDir, log: console.log })
  const connection = await openDatabase(database.uri, subgraphDatabaseNames.users)
  try {
    const organizer = await signUpBenchUser(system.url, 'organizer')
    const eventId = await organizer.mutate(
      'createEvent',
      {
        title: 'A meeting',
        description: 'Come.',
        startsAt: '2090-05-01T18:00:00Z',
        timeZone: 'Europe/Stockholm',
        publish: true,
      },
      'event',
    )
    const events = createEventRepository(connection.useDb(subgraphDatabaseNames.events, { useCache: true }))
    const addresses = new Set<string>()
    for (let from = 0; from < people; from += batchSize) {
      const users = Array.from({ length: Math.min(batchSize, people - from) }, (_, index) =>
        createVerifiedUser(from + index),
      )
      await connection.collection<{ _id: string }>('users').insertMany(users)
      await events.importRegistrations(
        users.map(({ _id: userId }, index) => ({
          id: derivedId('Registration', 'bench', String(from + index)),
          ...{ eventId, userId, guestCount: 0, registeredAt: new Date('2026-01-01T00:00:00Z') },
        })),
      )
      for (const { email } of users) addresses.add(email)
    }

    const isMailed = () => [...addresses].every((address) => received.has(address))
    const notifications = connection.collection('notifications')
    const isNotified = async () =>
      (await notifications.countDocuments({ subjectId: eventId, type: 'EVENT_CANCELLED' })) >= people
    await organizer.mutate('cancelEvent', { eventId }, 'event')
    const startedAt = performance.now()
    const readSeconds = () => (performance.now() - startedAt) / 1000
    let inboxSeconds: number | undefined
    let slowestRequestMs = 0
    while (!isMailed()) {
      const requestedAt = performance.now()
      await fetchEvents(system.url)
      slowestRequestMs = Math.max(slowestRequestMs, performance.now() - requestedAt)
      if (inboxSeconds === undefined && (await isNotified())) inboxSeconds = readSeconds()
      await wait(50)
    }
    const mailSeconds = readSeconds()
    return {
      inboxSeconds: inboxSeconds ?? mailSeconds,
      mailSeconds,
      repeatedMails: [...addresses].filter((address) => received.get(address) !== 1).length,
      slowestRequestMs,
    }
  } finally {
    await connection.close()
    await database.close()
    await system.stop()
    await sink.stop()
  }
}

function createVerifiedUser(index: number) {
  const at = new Date('2026-01-01T00:00:00Z')
  const email = `person_${index}@agora.example`
  return {
    _id: derivedId('User', 'bench', `person_${index}`),
    ...{ handle: `person_${index}`, displayName: `Person ${index}`, role: 'MEMBER', joinedAt: at },
    ...{ email, emailKey: email, emailVerifiedAt: at },
    ...{ bio: null, websiteUrl: null, avatarUrl: null, location: null, passwordHash: null },
    ...{ sessionEpoch: 0, roleVersion: 0 },
  }
}

async function fetchEvents(url: string): Promise<void> {
  const query = '{ events(first: 20) { nodes { title organizer { handle } } } }'
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  })
  await response.arrayBuffer()
}

/** Starts an SMTP server that discards mails. */
async function startSink(
  onMail: (address: string) => void,
): Promise<{ port: number; stop(): Promise<void> }> {
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    closeTimeout: 1,
    onData(stream, { envelope }, done) {
      stream.resume()
      stream.on('end', () => {
        for (const { address } of envelope.rcptTo) onMail(address)
        done()
      })
    },
  })
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  return {
    port: (server.server.address() as AddressInfo).port,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
