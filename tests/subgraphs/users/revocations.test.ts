import { createEventStreamParser } from '../../../packages/sse/parser'
import { startHttpServer } from '../../../packages/platform/http/server'
import { createLog } from '../../../packages/platform/log'
import { revocationShape, type Revocation } from '../../../packages/auth/revocation'
import { createRevocationStream } from '../../../subgraphs/users/messaging/revocationStream'
import { waitUntil } from '../../support/processes'
import {
  claimsOf,
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

interface Follower {
  revocations: Revocation[]
  /** How many events said that all revocations so far were sent. */
  current: number
  phase: 'open' | 'ended'
  close(): void
}

async function follow(url: string): Promise<Follower> {
  const controller = new AbortController()
  const response = await fetch(url, { signal: controller.signal })
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
  const follower: Follower = {
    revocations: [],
    current: 0,
    phase: 'open',
    close: () => controller.abort(),
  }
  const read = createEventStreamParser(10_000)
  const readAll = async () => {
    for await (const bytes of response.body ?? [])
      for (const { type, data } of read(bytes)) {
        if (type === 'revoked') follower.revocations.push(revocationShape.parse(JSON.parse(data)))
        if (type === 'current') follower.current++
      }
  }
  void readAll()
    .catch(() => undefined)
    .finally(() => (follower.phase = 'ended'))
  await waitUntil('the stream is current', () => follower.current > 0)
  return follower
}

const followUsers = ({ url }: TestUsers) => follow(new URL('/.well-known/revocations', url).href)

/** Whether a follower knows that an access token is revoked, as a router decides it. */
function knowsRevoked({ revocations }: Follower, { accessToken }: TestSession): boolean {
  const { sub, sid, ver } = claimsOf(accessToken)
  return revocations.some((each) => ('sid' in each ? each.sid === sid : each.sub === sub && ver < each.ver))
}

const signOut = (refreshToken: string, everywhere = false, through = users) =>
  through.query(documents.signOut, { input: { refreshToken, everywhere } })

/** Every way in which access tokens end early; gives a session that goes on, where there is one. */
const ways: [what: string, end: (person: Person) => Promise<TestSession | undefined>][] = [
  [
    'signing out',
    async (person) => {
      const other = await users.signIn(person)
      await signOut(person.session.refreshToken)
      return other.session
    },
  ],
  [
    'signing out everywhere',
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
    'a new password',
    async ({ password, viewer }) => {
      const input = { currentPassword: password, newPassword: 'a new password' }
      return (await users.query(documents.changePassword, { input }, viewer)).changePassword.session
    },
  ],
  [
    'another role, of the tokens that carry the old one',
    async (person) => {
      const input = { userId: person.id, role: 'MODERATOR' }
      await users.query(documents.setUserRole, { input }, admin.viewer)
      const { refreshToken } = person.session
      return (await users.query(documents.refreshSession, { input: { refreshToken } })).refreshSession.session
    },
  ],
  [
    'the end of the account',
    async ({ password, viewer }) => {
      await users.query(documents.deleteAccount, { input: { password } }, viewer)
      return undefined
    },
  ],
]

test.each(ways)('%s is published by every process, and ends no other token', async (_what, end) => {
  const person = await users.signUp()
  const bystander = await users.signUp()
  const followers = [await followUsers(users), await followUsers(twin)]
  const goesOn = await end(person)
  // Those who come later begin with it.
  followers.push(await followUsers(twin))
  for (const follower of followers) {
    await waitUntil('it is published', () => knowsRevoked(follower, person.session))
    const { current } = follower
    await waitUntil('more would have been published', () => follower.current > current)
    expect(goesOn && knowsRevoked(follower, goesOn)).toBeFalsy()
    expect(knowsRevoked(follower, bystander.session)).toBe(false)
    follower.close()
  }
})

test('a change of role that a crash has interrupted is published with the role', async () => {
  const person = await users.signUp()
  const roles = users.connection.collection('roles')
  const pending = { kind: 'role', userId: person.id, role: 'MODERATOR' }
  await roles.updateOne({}, { $set: { pending }, $inc: { version: 1 } })
  const follower = await followUsers(users)
  expect(knowsRevoked(follower, person.session)).toBe(false)
  await (await startUsers({ now: clock.now, database: users.connection.name })).close()
  await waitUntil('it is published', () => knowsRevoked(follower, person.session))
  follower.close()
})

test('a revocation is published as long as one of its tokens could be accepted', async () => {
  const person = await users.signUp()
  await signOut(person.session.refreshToken)
  clock.advance(16 * 60_000)
  const early = await followUsers(users)
  expect(knowsRevoked(early, person.session)).toBe(true)
  early.close()
  clock.advance(60_001)
  const late = await followUsers(users)
  expect(late.revocations).toEqual([])
  late.close()
})

test('each revocation is sent once', async () => {
  const follower = await followUsers(users)
  const person = await users.signUp()
  await signOut(person.session.refreshToken)
  await waitUntil('it is published', () => knowsRevoked(follower, person.session))
  const { current } = follower
  await waitUntil('three polls', () => follower.current > current + 2)
  expect(follower.revocations).toHaveLength(1)
  follower.close()
})

test('each read begins before the one before it, however long the process was suspended in between', async () => {
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
  const follower = await follow(`${server.url}/revocations`)
  clock.advance(5 * 60_000)
  const { current } = follower
  await waitUntil('two polls', () => follower.current > current + 1)
  end()
  await server.close()
  for (const [index, { at }] of reads.slice(0, -1).entries())
    expect(reads[index + 1]?.from.getTime()).toBeLessThan(at.getTime())
})

test('a stream ends when the revocations cannot be read, instead of claiming to be current', async () => {
  let phase: 'working' | 'broken' = 'working'
  const { route, end } = createRevocationStream({
    readRevocationsSince: async () => {
      if (phase === 'broken') throw new Error('The database is away')
      return []
    },
    now: clock.now,
    log: createLog('test', 'silent'),
  })
  const log = createLog('test', 'silent')
  const server = await startHttpServer({ host: '127.0.0.1', port: 0, log, routes: { '/revocations': route } })
  const url = `${server.url}/revocations`
  const follower = await follow(url)
  phase = 'broken'
  await waitUntil('the stream has ended', () => follower.phase === 'ended')
  expect((await fetch(url)).status).toBe(503)
  phase = 'working'
  const another = await follow(url)
  end()
  await waitUntil('the stream has ended', () => another.phase === 'ended')
  expect((await fetch(url)).status).toBe(503)
  await server.close()
})
