import type { DomainEvent } from '../../../packages/event-log/eventLog'
import { createUserRepository, type UserRepository } from '../../../subgraphs/users/repository/users'
import { waitUntil } from '../../support/processes'
import { documents, makeUser, listUserErrors, startUsers, type Person, type TestUsers } from './support'

let users: TestUsers
/** What users has told since the beginning. */
const told: DomainEvent[] = []
const following = new AbortController()

beforeAll(async () => {
  users = await startUsers()
  const deliveries = await users.eventLog.subscribe('users', { signal: following.signal })
  void (async () => {
    for await (const { event } of deliveries) told.push(event)
  })()
})
afterAll(async () => {
  following.abort()
  await users.close()
})

async function leave({ password, viewer }: Person): Promise<void> {
  const { deleteAccount } = await users.query(documents.deleteAccount, { input: { password } }, viewer)
  expect(deleteAccount.userErrors).toEqual([])
}

const toldOf = (id: string) => told.filter(({ entity }) => entity === id)

async function waitForEventOf(id: string): Promise<DomainEvent[]> {
  await waitUntil('the feed tells of it', () => toldOf(id).length > 0)
  return toldOf(id)
}

/** The document of a user as it stands in the database. */
const rawOf = async (id: string) => (await users.documents('users')).find(({ _id }) => _id === id)

/** A repository as another process has it, without a relay. */
const elsewhere = (): UserRepository =>
  createUserRepository(users.connection.useDb(users.connection.name, { useCache: false }))

const whatIsTold = (entity: string, data: unknown = { requestedAt: expect.any(String) }) => ({
  id: expect.any(String),
  type: 'user.deleted',
  entity,
  sequence: 1,
  at: expect.any(String),
  data,
})

test('of an account that goes the ID stays, nothing else, and the feed tells once', async () => {
  const somebody = await users.signUp()
  const profile = { bio: 'Myself', websiteUrl: 'https://example.org', location: 'Here', avatarUrl: null }
  await users.query(documents.updateProfile, { input: profile }, somebody.viewer)
  await leave(somebody)
  expect(await waitForEventOf(somebody.id)).toEqual([whatIsTold(somebody.id)])
  await waitUntil(
    'it is taken out of the document',
    async () => !(await rawOf(somebody.id))?.['pendingEvents'],
  )
  expect(await rawOf(somebody.id)).toEqual({
    _id: somebody.id,
    handle: `-${somebody.id}`,
    deletedAt: expect.any(Date),
    revokedAt: expect.any(Date),
    tokenVersion: 1,
    eventSequence: 1,
  })
})

test('handle and email are free at once, for as many as come and go', async () => {
  const first = await users.signUp()
  await leave(first)
  const { email, handle } = first
  for (let round = 0; round < 2; round++) await leave(await users.signUp({ email, handle }))
  expect(await elsewhere().findTakenField({ email, handle })).toBeUndefined()
})

describe('nothing shows who is gone', () => {
  let gone: Person
  beforeAll(async () => {
    gone = await users.signUp()
    await leave(gone)
  })

  test('to those who ask', async () => {
    const references = [{ __typename: 'User', id: gone.id }]
    const document = `query ($id: ID!, $handle: String!, $of: [_Any!]!) {
      user(id: $id) { id }
      userByHandle(handle: $handle) { id }
      _entities(representations: $of) { ... on User { id handle } }
    }`
    const asked = { id: gone.id, handle: gone.handle, of: references }
    expect(await users.query(document, asked)).toEqual({ user: null, userByHandle: null, _entities: [null] })
    const { userByHandle } = await users.query(document, { ...asked, handle: `-${gone.id}` })
    expect(userByHandle).toBeNull()
    const present = 'query ($ids: [ID!]!) { presentUserIds(ids: $ids) }'
    const asService = await users.query(present, { ids: [gone.id] }, { kind: 'service', name: 'tests' })
    expect(asService).toEqual({ presentUserIds: [] })
  })

  test('to those who sign in, or are still', async () => {
    const { email, password, session, viewer } = gone
    const { signIn } = await users.query(documents.signIn, { input: { email, password } })
    expect(listUserErrors(signIn)).toEqual([['BAD_CREDENTIALS', null]])
    const { refreshToken } = session
    const { refreshSession } = await users.query(documents.refreshSession, { input: { refreshToken } })
    expect(listUserErrors(refreshSession)).toEqual([['EXPIRED', 'refreshToken']])
    for (const [document, input] of [
      [documents.updateProfile, { displayName: 'Back again' }],
      [documents.changePassword, { currentPassword: password, newPassword: 'another password' }],
      [documents.deleteAccount, { password }],
    ] as const) {
      const { errors } = await users.send(document, { input }, viewer)
      expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])
    }
  })

  test('to an administrator', async () => {
    const admin = await users.administrator()
    const input = { userId: gone.id, role: 'MODERATOR' }
    const { setUserRole } = await users.query(documents.setUserRole, { input }, admin.viewer)
    expect(listUserErrors(setUserRole)).toEqual([['NOT_FOUND', 'userId']])
  })

  test('to any method that reads, and none that writes touches it', async () => {
    const repository = elsewhere()
    const before = await rawOf(gone.id)
    expect(await repository.usersByIds([gone.id])).toEqual(new Map())
    expect(await repository.userByHandle(`-${gone.id}`)).toBeUndefined()
    expect(await repository.accountById(gone.id)).toBeUndefined()
    expect(await repository.accountByEmail(gone.email)).toBeUndefined()
    expect(await repository.updateProfile(gone.id, { displayName: 'Back again' })).toBeUndefined()
    expect(
      await repository.changePassword(gone.id, { oldHash: 'x', newHash: 'y', now: new Date() }),
    ).toBeUndefined()
    await repository.endSessionEpoch(gone.id, 0, new Date())
    await repository.writeRole(gone.id, 'ADMIN', 1_000_000, new Date())
    await repository.deleteUser(gone.id, new Date())
    const account = { user: makeUser({ id: gone.id }), passwordHash: null, sessionEpoch: 0, tokenVersion: 0 }
    expect(await repository.insertAccount(account)).toBeUndefined()
    expect(await rawOf(gone.id)).toEqual(before)
  })

  test('and an import does not bring them back, nor count them', async () => {
    const [again, fresh] = [makeUser({ id: gone.id, handle: gone.handle }), makeUser()]
    expect(await elsewhere().importUsers([again, fresh])).toEqual({ inserted: 1, conflicts: [] })
    expect(await users.query(`{ user(id: "${gone.id}") { id } }`)).toEqual({ user: null })
  })
})

test('a system of which all people are gone is an empty one', async () => {
  const others = await startUsers()
  try {
    const repository = createUserRepository(
      others.connection.useDb(others.connection.name, { useCache: false }),
    )
    expect(await repository.isEmpty()).toBe(true)
    const [somebody] = await others.store({})
    expect(await repository.isEmpty()).toBe(false)
    await repository.deleteUser(somebody!.id, new Date())
    expect(await repository.isEmpty()).toBe(true)
  } finally {
    await others.close()
  }
})

describe('a removal that a process died over', () => {
  /** As the ledger is when a process has died just after it entered the removal. */
  async function enterRemoval(userId: string): Promise<void> {
    const ledger = users.connection.collection<{ _id: string; version: number }>('roles')
    const pending = { kind: 'removal', userId }
    await ledger.updateOne({ _id: 'ledger' }, { $set: { pending }, $inc: { version: 1 } })
  }

  async function startAgain(): Promise<void> {
    await (await startUsers({ database: users.connection.name })).close()
  }

  test.each([
    ['before the user was erased', async () => undefined],
    ['after that', async (id: string) => elsewhere().deleteUser(id, new Date())],
  ])('%s is finished by the next start, and told once', async (_, died) => {
    const somebody = await users.signUp()
    await enterRemoval(somebody.id)
    await died(somebody.id)
    await startAgain()
    await waitForEventOf(somebody.id)
    // Whatever came twice would have come before what is told of the next one.
    const next = await users.signUp()
    await leave(next)
    await waitForEventOf(next.id)
    expect(toldOf(somebody.id)).toEqual([whatIsTold(somebody.id, expect.any(Object))])
    expect(await rawOf(somebody.id)).toMatchObject({ eventSequence: 1 })
  })
})
