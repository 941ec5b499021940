import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto'
import jwt from 'jsonwebtoken'

import { accessTokenClaimsShape, readSuspensionClaim } from '../../../packages/auth/accessTokenClaims'
import { createUserRepository } from '../../../subgraphs/users/repository/users'
import { argon2idHasher, type PasswordHasher } from '../../../subgraphs/users/service/passwordHasher'
import { createUsersSubgraph, type UsersDependencies } from '../../../subgraphs/users/subgraph'
import { openDatabase } from '../../../packages/subgraph-kit/mongo/database'
import type { Log } from '../../../packages/platform/log'
import { newId } from '../../../schema/ids'
import { anonymous, type SignedInViewer } from '../../../packages/auth/viewer'
import type { User } from '../../../subgraphs/users/domain/user'
import { createMongoRateLimiter } from '../../../packages/subgraph-kit/mongo/mongoRateLimiter'
import type { SubgraphResources } from '../../../packages/subgraph-kit/server/resources'
import { createPeerClient } from '../../../packages/subgraph-kit/peers/peerClient'
import { startSubgraph, testMongodbUri, unreachableUrl, type TestSubgraph } from '../../support/subgraph'

export const newKey = (): { privateKey: KeyObject; publicKey: KeyObject } =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** The signing key of all subgraphs of a test file. */
export const keys = newKey()

/** A clock that changes only when it is advanced. */
interface TestClock {
  now: () => Date
  advance(milliseconds: number): void
}

export function createClock(start: number = Date.now()): TestClock {
  let time = start
  return {
    now: () => new Date(time),
    advance: (milliseconds) => {
      time += milliseconds
    },
  }
}

/** Wraps the argon2id hasher and records its calls. */
export function createCountingHasher(): PasswordHasher & { runs: string[] } {
  const runs: string[] = []
  return {
    runs,
    hash: (password) => {
      runs.push('hash')
      return argon2idHasher.hash(password)
    },
    verify: (hash, password) => {
      runs.push('verify')
      return argon2idHasher.verify(hash, password)
    },
  }
}

export interface TestSession {
  accessToken: string
  accessTokenExpiresAt: string
  refreshToken: string
  refreshTokenExpiresAt: string
  deviceToken: string | null
}

/** A signed-in user. */
export interface Person {
  id: string
  email: string
  handle: string
  password: string
  session: TestSession
  viewer: SignedInViewer
}

export const administrator = { email: 'admin@agora.example', password: 'the first administrator' }

export interface TestUsers extends TestSubgraph {
  signUp(overrides?: Partial<SignUpInput>): Promise<Person>
  /** Signs in and expects success. */
  signIn(person: { email: string; password: string }): Promise<Person>
  /** Signs in as the administrator that the subgraph creates at startup. */
  administrator(): Promise<Person>
  /** Returns all stored documents of a collection. */
  readCollection(collection: string): Promise<Record<string, unknown>[]>
  store(...users: Partial<User>[]): Promise<User[]>
}

export interface SignUpInput {
  email: string
  password: string
  handle: string
  displayName: string
}

export const sessionFields = 'accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt deviceToken'
export const userFields = 'id handle displayName bio websiteUrl avatarUrl location role joinedAt email'
const payloadFields = `session { ${sessionFields} } user { ${userFields} } userErrors { code message field }`

export const documents = {
  signUp: `mutation ($input: SignUpInput!) { signUp(input: $input) { ${payloadFields} } }`,
  signIn: `mutation ($input: SignInInput!) { signIn(input: $input) { ${payloadFields} } }`,
  refreshSession: `mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) { ${payloadFields} } }`,
  signOut: 'mutation ($input: SignOutInput!) { signOut(input: $input) { userErrors { code } } }',
  updateProfile: `mutation ($input: UpdateProfileInput!) {
    updateProfile(input: $input) { user { ${userFields} } userErrors { code message field } } }`,
  changePassword: `mutation ($input: ChangePasswordInput!) {
    changePassword(input: $input) { session { ${sessionFields} } userErrors { code message field } } }`,
  deleteAccount: `mutation ($input: DeleteAccountInput!) {
    deleteAccount(input: $input) { deletedUserId userErrors { code message field } } }`,
  setUserRole: `mutation ($input: SetUserRoleInput!) {
    setUserRole(input: $input) { user { ${userFields} } userErrors { code message field } } }`,
  viewer: `{ viewer { ${userFields} } }`,
}

let lastAddress = 0
/** Returns a network address that no other attempt has used. */
export const newAddress = () => `10.${++lastAddress >> 16}.${(lastAddress >> 8) & 255}.${lastAddress & 255}`

/** Creates a valid sign-up with a unique handle and email address. */
export function makeSignUp(overrides: Partial<SignUpInput> = {}): SignUpInput {
  const name = `ada_${randomBytes(6).toString('hex')}`
  return {
    email: `${name}@example.org`,
    password: 'correct horse battery staple',
    handle: name,
    displayName: 'Ada Lovelace',
    ...overrides,
  }
}

/** Returns the claims of an access token. */
export const readClaims = (accessToken: string) =>
  accessTokenClaimsShape.parse(
    jwt.verify(accessToken, keys.publicKey, { algorithms: ['ES256'], ignoreExpiration: true }),
  )

/** Returns the viewer of an access token, as the router reads it. */
export function toViewer(accessToken: string): SignedInViewer {
  const { sub, role, sid, sus } = readClaims(accessToken)
  return { kind: 'signedIn', id: sub, role, sessionId: sid, ...readSuspensionClaim(sus) }
}

interface StartUsersOptions extends Partial<Omit<UsersDependencies, keyof SubgraphResources>> {
  /** The database of another instance, to simulate a second process. */
  database?: string
  log?: Log
  routerSecret?: string
  previousRouterSecret?: string
}

/** Starts the users subgraph. Peers that are not given are unreachable. */
export async function startUsers({
  database,
  log,
  routerSecret,
  previousRouterSecret,
  ...options
}: StartUsersOptions = {}): Promise<TestUsers> {
  const peers = {
    events: options.events ?? createPeerClient({ name: 'events', url: unreachableUrl }),
    posts: options.posts ?? createPeerClient({ name: 'posts', url: unreachableUrl }),
    comments: options.comments ?? createPeerClient({ name: 'comments', url: unreachableUrl }),
  }
  const subgraph = await startSubgraph(
    (resources) =>
      createUsersSubgraph({
        ...resources,
        ...peers,
        privateKey: keys.privateKey,
        issuer: 'agora',
        audience: 'agora',
        firstAdministrator: administrator,
        ...options,
      }),
    {
      limiter: (connection) => createMongoRateLimiter(connection, options.now),
      ...(database !== undefined && { database }),
      ...(log && { log }),
      ...(routerSecret !== undefined && { routerSecret }),
      ...(previousRouterSecret !== undefined && { previousRouterSecret }),
    },
  )
  const importer = await openDatabase(testMongodbUri(), subgraph.connection.name)

  async function signIn(input: { email: string; password: string }): Promise<Person> {
    const { signIn } = await subgraph.query(documents.signIn, {
      input: { email: input.email, password: input.password },
    })
    expect(signIn.userErrors).toEqual([])
    return toPerson(input.password, signIn)
  }

  return {
    ...subgraph,
    signIn,
    signUp: async (overrides) => {
      const input = makeSignUp(overrides)
      const { data, errors } = await subgraph.send(documents.signUp, { input }, anonymous, newAddress())
      expect(errors).toBeUndefined()
      expect(data.signUp.userErrors).toEqual([])
      return toPerson(input.password, data.signUp)
    },
    administrator: () => signIn(administrator),
    readCollection: (collection) => importer.collection(collection).find().toArray(),
    store: async (...users) => {
      const imported = users.map(makeUser)
      await createUserRepository(importer).importUsers(imported)
      importer.deleteModel('User')
      return imported
    },
    close: async () => {
      await importer.close()
      await subgraph.close()
      for (const peer of Object.values(peers)) await peer.close()
    },
  }
}

function toPerson(password: string, payload: { session: TestSession; user: User }): Person {
  const { session, user } = payload
  const viewer = toViewer(session.accessToken)
  return { id: user.id, handle: user.handle, email: user.email ?? '', password, session, viewer }
}

/** Creates a user as it is imported. */
export function makeUser(overrides: Partial<User> = {}): User {
  const id = newId('User')
  return {
    id,
    handle: `imported_${id.slice(-12)}`,
    displayName: 'Charles Babbage',
    email: null,
    bio: null,
    websiteUrl: null,
    avatarUrl: null,
    location: null,
    role: 'MEMBER',
    joinedAt: new Date('2020-02-02T02:02:02.020Z'),
    ...overrides,
  }
}

/** Returns the code and field of each error of a payload. */
export function listUserErrors(payload: { userErrors: { code: string; field: string[] | null }[] }) {
  return payload.userErrors.map(({ code, field }) => [code, field?.join('.') ?? null])
}
