import type { DomainEvent } from '../../../packages/event-log/eventLog'
import { createUserRepository, type UserRepository } from '../../../subgraphs/users/repository/users'
import { waitUntil } from '../../support/processes'
import {
  documents,
  listUserErrors,
  makeSignUp,
  makeUser,
  startUsers,
  type Person,
  type TestUsers,
} from './support'

let users: TestUsers
/** The domain events of users since the start of the tests. */
const published: DomainEvent[] = []
const subscription = new AbortController()

beforeAll(async () => {
  users = await startUsers()
  const deliveries = await users.eventLog.subscribe('users', { signal: subscription.signal })
  void (async () => {
    for await (const { event } of deliveries) published.push(event)
  })()
})
afterAll(async () => {
  subscription.abort()
  await users.close()
})

async function deleteAccount({ password, viewer }: Person): Promise<void> {
  const data = await users.query(documents.deleteAccount, { input: { password } }, viewer)
  expect(data.deleteAccount.userErrors).toEqual([])
}

const listDeletions = (id: string) =>
  published.filter(({ entity, type }) => entity === id && type === 'user.deleted')

async function waitForDeletions(id: string): Promise<DomainEvent[]> {
  await waitUntil('the deletion is published', () => listDeletions(id).length > 0)
  return listDeletions(id)
}

/** Returns the stored document of a user. */
const readDocument = async (id: string) => (await users.readCollection('users')).find(({ _id }) => _id === id)

/** Waits until the outbox relay has published the deletion, which changes the document. */
const waitUntilPublished = ({ id }: Person) =>
  waitUntil(
    'the event is removed from the document',
    async () => !(await readDocument(id))?.['pendingEvents'],
  )

/** Creates a repository of another process, without an outbox relay. */
const createOtherRepository = (): UserRepository =>
  createUserRepository(users.connection.useDb(users.connection.name, { useCache: false }))

const userDeleted = (
  entity: string,
  data: unknown = { contentKey: expect.any(String), requestedAt: expect.any(String) },
) => ({
  id: expect.any(String),
  type: 'user.deleted',
  entity,
  sequence: expect.any(Number),
  at: expect.any(String),
  data,
})

test('replaces a deleted account by a tombstone and publishes one event', async () => {
  const user = await users.signUp()
  const profile = { bio: 'Myself', websiteUrl: 'https://example.org', location: 'Here', avatarUrl: null }
  await users.query(documents.updateProfile, { input: profile }, user.viewer)
  await deleteAccount(user)
  expect(await waitForDeletions(user.id)).toEqual([userDeleted(user.id)])
  await waitUntilPublished(user)
  expect(await readDocument(user.id)).toEqual({
    _id: user.id,
    handle: `-${user.id}`,
    handles: [{ name: user.handle, reservedUntil: expect.any(Date) }],
    deletedAt: expect.any(Date),
    revokedAt: expect.any(Date),
    tokenVersion: 1,
    eventSequence: 2,
  })
})

test('frees the email at once, repeatedly', async () => {
  const first = await users.signUp()
  await deleteAccount(first)
  const { email } = first
  for (let round = 0; round < 2; round++) await deleteAccount(await users.signUp({ email }))
  expect(await createOtherRepository().findTakenField({ email, handle: makeSignUp().handle })).toBeUndefined()
})

test('reserves the handles of a deleted account for 90 days, so that no other account can pose as it', async () => {
  const user = await users.signUp()
  const next = makeSignUp().handle
  await users.query(documents.updateProfile, { input: { handle: next } }, user.viewer)
  await deleteAccount(user)
  await deleteAccount(await users.signUp())
  const repository = createOtherRepository()
  const isTaken = async (handle: string) => (await repository.findTakenField({ handle })) === 'handle'
  for (const handle of [user.handle, next]) expect(await isTaken(handle)).toBe(true)

  const ninetyDays = 90 * 24 * 60 * 60 * 1000
  await repository.releaseHandles(new Date(Date.now() + ninetyDays - 60_000))
  for (const handle of [user.handle, next]) expect(await isTaken(handle)).toBe(true)
  await repository.releaseHandles(new Date(Date.now() + ninetyDays + 1000))
  for (const handle of [user.handle, next]) expect(await isTaken(handle)).toBe(false)
  expect(await readDocument(user.id)).not.toHaveProperty('handles')
})

describe('a deleted user', () => {
  let deleted: Person
  beforeAll(async () => {
    deleted = await users.signUp()
    await deleteAccount(deleted)
    await waitUntilPublished(deleted)
  })

  test('is not found by any query', async () => {
    const references = [{ __typename: 'User', id: deleted.id }]
    const document = `query ($id: ID!, $handle: String!, $of: [_Any!]!) {
      user(id: $id) { id }
      userByHandle(handle: $handle) { id }
      _entities(representations: $of) { ... on User { id handle } }
    }`
    const variables = { id: deleted.id, handle: deleted.handle, of: references }
    expect(await users.query(document, variables)).toEqual({
      user: null,
      userByHandle: null,
      _entities: [null],
    })
    const { userByHandle } = await users.query(document, { ...variables, handle: `-${deleted.id}` })
    expect(userByHandle).toBeNull()
    const present = 'query ($ids: [ID!]!) { presentUserIds(ids: $ids) }'
    const asService = await users.query(present, { ids: [deleted.id] }, { kind: 'service', name: 'tests' })
    expect(asService).toEqual({ presentUserIds: [] })
  })

  test('can neither sign in nor use an earlier session', async () => {
    const { email, password, session, viewer } = deleted
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

  test('is NOT_FOUND for an administrator', async () => {
    const admin = await users.administrator()
    const input = { userId: deleted.id, role: 'MODERATOR' }
    const { setUserRole } = await users.query(documents.setUserRole, { input }, admin.viewer)
    expect(listUserErrors(setUserRole)).toEqual([['NOT_FOUND', 'userId']])
  })

  test('is hidden from all repository reads and unchanged by all writes', async () => {
    const repository = createOtherRepository()
    const before = await readDocument(deleted.id)
    expect(await repository.usersByIds([deleted.id])).toEqual(new Map())
    expect(await repository.userByHandle(`-${deleted.id}`)).toBeUndefined()
    expect(await repository.accountById(deleted.id)).toBeUndefined()
    expect(await repository.accountByEmail(deleted.email)).toBeUndefined()
    expect(
      await repository.updateProfile(deleted.id, { displayName: 'Back again' }, new Date()),
    ).toBeUndefined()
    expect(
      await repository.changePassword(deleted.id, { oldHash: 'x', newHash: 'y', now: new Date() }),
    ).toBeUndefined()
    await repository.endSessionEpoch(deleted.id, 0, new Date())
    await repository.writeRole({ kind: 'role', userId: deleted.id, role: 'ADMIN' }, 1_000_000, new Date())
    await repository.deleteUser(deleted.id, new Date())
    const account = {
      user: makeUser({ id: deleted.id }),
      passwordHash: null,
      sessionEpoch: 0,
      tokenVersion: 0,
    }
    expect(await repository.insertAccount(account)).toBeUndefined()
    expect(await readDocument(deleted.id)).toEqual(before)
  })

  test('is neither restored nor counted by an import', async () => {
    const [again, fresh] = [makeUser({ id: deleted.id, handle: deleted.handle }), makeUser()]
    expect(await createOtherRepository().importUsers([again, fresh])).toEqual({ inserted: 1, conflicts: [] })
    expect(await users.query(`{ user(id: "${deleted.id}") { id } }`)).toEqual({ user: null })
  })
})

test('counts a system whose users are all deleted as empty', async () => {
  const others = await startUsers()
  try {
    const repository = createUserRepository(
      others.connection.useDb(others.connection.name, { useCache: false }),
    )
    expect(await repository.isEmpty()).toBe(true)
    const [user] = await others.store({})
    expect(await repository.isEmpty()).toBe(false)
    await repository.deleteUser(user!.id, new Date())
    expect(await repository.isEmpty()).toBe(true)
  } finally {
    await others.close()
  }
})

describe('a deletion interrupted by a crash', () => {
  /** Leaves the admin registry as a process does that crashes after recording the deletion. */
  async function recordDeletion(userId: string): Promise<void> {
    const registry = users.connection.collection<{ _id: string; version: number }>('roles')
    const pending = { kind: 'removal', userId }
    await registry.updateOne({ _id: 'ledger' }, { $set: { pending }, $inc: { version: 1 } })
  }

  async function restart(): Promise<void> {
    await (await startUsers({ database: users.connection.name })).close()
  }

  test.each([
    ['before the user was deleted', async () => undefined],
    ['after the user was deleted', async (id: string) => createOtherRepository().deleteUser(id, new Date())],
  ])('%s is completed by the next start and published once', async (_, simulateCrash) => {
    const user = await users.signUp()
    await recordDeletion(user.id)
    await simulateCrash(user.id)
    await restart()
    await waitForDeletions(user.id)
    // A duplicate would be published before the event of the next deletion.
    const next = await users.signUp()
    await deleteAccount(next)
    await waitForDeletions(next.id)
    expect(listDeletions(user.id)).toEqual([userDeleted(user.id, expect.any(Object))])
    expect(await readDocument(user.id)).toMatchObject({ eventSequence: 1 })
  })
})
