import { createEventStreamParser } from '../../../packages/sse/parser'
import { startHttpServer } from '../../../packages/platform/http/server'
import { createLog } from '../../../packages/platform/log'
import { revocationShape, type Revocation } from '../../../packages/auth/revocation'
import { createRevocationStream } from '../../../subgraphs/users/messaging/revocationStream'
import { waitUntil } from '../../support/processes'
import {
  readClaims,
  createClock,
  documents,
  startUsers,
  type TestSession,
  type Person,
  type TestUsers,
} from './support'

const clock = createClock()
let users: TestUsers
let twin: TestUsers
let admin: Person
beforeAll(async () => {
  users = await startUsers({ now: clock.now })
  twin = await startUsers({ now: clock.now, database: users.connection.name })
  admin = await users.administrator()
})
afterAll(async () => {
  await twin.close()
  await users.close()
})

interface StreamClient {
  revocations: Revocation[]
  /** The number of `current` events. */
  currentCount: number
  phase: 'open' | 'ended'
  close(): void
}

async function openStream(url: string): Promise<StreamClient> {
  const controller = new AbortController()
  const response = await fetch(url, { signal: controller.signal })
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
  const client: StreamClient = {
    revocations: [],
    currentCount: 0,
    phase: 'open',
    close: () => controller.abort(),
  }
  const read = createEventStreamParser(10_000)
  const readAll = async () => {
    for await (const bytes of response.body ?? [])
      for (const { type, data } of read(bytes)) {
        if (type === 'revoked') client.revocations.push(revocationShape.parse(JSON.parse(data)))
        if (type === 'current') client.currentCount++
      }
  }
  void readAll()
    .catch(() => undefined)
    .finally(() => (client.phase = 'ended'))
  await waitUntil('the stream is current', () => client.currentCount > 0)
  return client
}

const openUsersStream = ({ url }: TestUsers) => openStream(new URL('/.well-known/revocations', url).href)

/** Returns whether a client considers an access token revoked, by the rules of the router. */
function isRevoked({ revocations }: StreamClient, { accessToken }: TestSession): boolean {
  const { sub, sid, ver } = readClaims(accessToken)
  return revocations.some((each) => ('sid' in each ? each.sid === sid : each.sub === sub && ver < each.ver))
}

const signOut = (refreshToken: string, everywhere = false, through = users) =>
  through.query(documents.signOut, { input: { refreshToken, everywhere } })

/** All causes of revocations; `revoke` returns a session that stays valid, if any. */
const causes: [cause: string, revoke: (person: Person) => Promise<TestSession | undefined>][] = [
  [
    'a sign-out',
    async (person) => {
      const other = await users.signIn(person)
      await signOut(person.session.refreshToken)
      return other.session
    },
  ],
  [
    'a sign-out everywhere',
    async (person) => {
      await signOut(person.session.refreshToken, true)
      return (await users.signIn(person)).session
    },
  ],
  [
    'the reuse of a refresh token',
    async (person) => {
      const other = await users.signIn(person)
      const refresh = () =>
        users.query(documents.refreshSession, { input: { refreshToken: person.session.refreshToken } })
      await refresh()
      clock.advance(10_001)
      await refresh()
      return other.session
    },
  ],
  [
    'a password change',
    async ({ password, viewer }) => {
      const input = { currentPassword: password, newPassword: 'a new password' }
      return (await users.query(documents.changePassword, { input }, viewer)).changePassword.session
    },
  ],
  [
    'a role change',
    async (person) => {
      const input = { userId: person.id, role: 'MODERATOR' }
      await users.query(documents.setUserRole, { input }, admin.viewer)
      const { refreshToken } = person.session
      return (await users.query(documents.refreshSession, { input: { refreshToken } })).refreshSession.session
    },
  ],
  [
    'an account deletion',
    async ({ password, viewer }) => {
      await users.query(documents.deleteAccount, { input: { password } }, viewer)
      return undefined
    },
  ],
]

test.each(causes)(
  'every process publishes the revocation by %s, and no other token is revoked',
  async (_, revoke) => {
    const person = await users.signUp()
    const bystander = await users.signUp()
    const clients = [await openUsersStream(users), await openUsersStream(twin)]
    const validSession = await revoke(person)
    // A stream that begins later starts with it.
    clients.push(await openUsersStream(twin))
    for (const client of clients) {
      await waitUntil('the revocation is published', () => isRevoked(client, person.session))
      const { currentCount } = client
      await waitUntil('one more poll', () => client.currentCount > currentCount)
      expect(validSession && isRevoked(client, validSession)).toBeFalsy()
      expect(isRevoked(client, bystander.session)).toBe(false)
      client.close()
    }
  },
)

test('publishes the revocation of a role change that was interrupted by a crash', async () => {
  const person = await users.signUp()
  const roles = users.connection.collection('roles')
  const pending = { kind: 'role', userId: person.id, role: 'MODERATOR' }
  await roles.updateOne({}, { $set: { pending }, $inc: { version: 1 } })
  const client = await openUsersStream(users)
  expect(isRevoked(client, person.session)).toBe(false)
  await (await startUsers({ now: clock.now, database: users.connection.name })).close()
  await waitUntil('the revocation is published', () => isRevoked(client, person.session))
  client.close()
})

test('publishes a revocation as long as one of its tokens could be accepted', async () => {
  const person = await users.signUp()
  await signOut(person.session.refreshToken)
  clock.advance(16 * 60_000)
  const early = await openUsersStream(users)
  expect(isRevoked(early, person.session)).toBe(true)
  early.close()
  clock.advance(60_001)
  const late = await openUsersStream(users)
  expect(late.revocations).toEqual([])
  late.close()
})

test('sends each revocation once', async () => {
  const client = await openUsersStream(users)
  const person = await users.signUp()
  await signOut(person.session.refreshToken)
  await waitUntil('the revocation is published', () => isRevoked(client, person.session))
  const { currentCount } = client
  await waitUntil('three polls', () => client.currentCount > currentCount + 2)
  expect(client.revocations).toHaveLength(1)
  client.close()
})

test('begins each read before the time of the previous one, however long the process was suspended', async () => {
  const reads: { from: Date; at: Date }[] = []
  const log = createLog('test', 'silent')
  const { route, end } = createRevocationStream({
    readRevocationsSince: async (from) => {
      reads.push({ from, at: clock.now() })
      return []
    },
    now: clock.now,
    log,
  })
  const server = await startHttpServer({ host: '127.0.0.1', port: 0, log, routes: { '/revocations': route } })
  const client = await openStream(`${server.url}/revocations`)
  clock.advance(5 * 60_000)
  const { currentCount } = client
  await waitUntil('two polls', () => client.currentCount > currentCount + 1)
  end()
  await server.close()
  for (const [index, { at }] of reads.slice(0, -1).entries())
    expect(reads[index + 1]?.from.getTime()).toBeLessThan(at.getTime())
})

test('ends a stream if the revocations cannot be read', async () => {
  let phase: 'working' | 'broken' = 'working'
  const { route, end } = createRevocationStream({
    readRevocationsSince: async () => {
      if (phase === 'broken') throw new Error('The database is unreachable')
      return []
    },
    now: clock.now,
    log: createLog('test', 'silent'),
  })
  const log = createLog('test', 'silent')
  const server = await startHttpServer({ host: '127.0.0.1', port: 0, log, routes: { '/revocations': route } })
  const url = `${server.url}/revocations`
  const client = await openStream(url)
  phase = 'broken'
  await waitUntil('the stream has ended', () => client.phase === 'ended')
  expect((await fetch(url)).status).toBe(503)
  phase = 'working'
  const another = await openStream(url)
  end()
  await waitUntil('the stream has ended', () => another.phase === 'ended')
  expect((await fetch(url)).status).toBe(503)
  await server.close()
})
