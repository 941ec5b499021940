import { newId } from '../../../schema/ids'
import {
  administrator,
  createCountingHasher,
  documents,
  listUserErrors,
  startUsers,
  type Person,
  type TestUsers,
} from './support'

/** Runs a test with two instances on one database. */
async function withTwoInstances(run: (users: TestUsers, twin: TestUsers) => Promise<void>): Promise<void> {
  const users = await startUsers()
  try {
    const twin = await startUsers({ database: users.connection.name })
    try {
      await run(users, twin)
    } finally {
      await twin.close()
    }
  } finally {
    await users.close()
  }
}

const setRole = async (through: TestUsers, by: Person, userId: string, role: string) =>
  through.send(documents.setUserRole, { input: { userId, role } }, by.viewer)

const readRole = async (users: TestUsers, { id }: Person) =>
  (await users.query(`{ user(id: "${id}") { role } }`)).user?.role

/** Expects that the admin registry and the roles of the users agree. @returns the administrators */
async function expectConsistentRoles(users: TestUsers): Promise<string[]> {
  const [registry] = await users.readCollection('roles')
  const stored = await users.readCollection('users')
  const administrators = stored.filter(({ role }) => role === 'ADMIN').map(({ _id }) => _id)
  expect(registry).toMatchObject({ pending: null })
  expect([...(registry?.['administrators'] as string[])].sort()).toEqual(administrators.sort())
  return administrators as string[]
}

describe('setUserRole', () => {
  let users: TestUsers
  let admin: Person
  beforeAll(async () => {
    users = await startUsers()
    admin = await users.administrator()
  })
  afterAll(() => users.close())

  test('grants and revokes roles', async () => {
    const user = await users.signUp()
    for (const role of ['MODERATOR', 'ADMIN', 'MODERATOR', 'MEMBER', 'MEMBER']) {
      const { data } = await setRole(users, admin, user.id, role)
      expect(data.setUserRole).toMatchObject({ user: { id: user.id, role }, userErrors: [] })
      expect(await readRole(users, user)).toBe(role)
    }
    expect(await expectConsistentRoles(users)).toEqual([admin.id])
  })

  test('rejects the removal of the last administrator with CONFLICT', async () => {
    const { data } = await setRole(users, admin, admin.id, 'MEMBER')
    expect(data.setUserRole.user).toBeNull()
    expect(listUserErrors(data.setUserRole)).toEqual([['CONFLICT', 'role']])
    const input = { password: admin.password }
    const { deleteAccount } = await users.query(documents.deleteAccount, { input }, admin.viewer)
    expect(deleteAccount.deletedUserId).toBeNull()
    expect(listUserErrors(deleteAccount)).toEqual([['CONFLICT', null]])
    expect((await setRole(users, admin, admin.id, 'ADMIN')).data.setUserRole.userErrors).toEqual([])
    expect(await expectConsistentRoles(users)).toEqual([admin.id])
  })

  test('rejects an unknown user with NOT_FOUND and an ID of another type with BAD_USER_INPUT', async () => {
    const { data } = await setRole(users, admin, newId('User'), 'MODERATOR')
    expect(listUserErrors(data.setUserRole)).toEqual([['NOT_FOUND', 'userId']])
    const { errors } = await setRole(users, admin, newId('Post'), 'MODERATOR')
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument: ['input', 'userId'] } }])
  })

  test('completes a change interrupted by a crash before the next change and at the next start', async () => {
    for (const complete of [
      async () => void (await setRole(users, admin, (await users.signUp()).id, 'MEMBER')),
      async () => (await startUsers({ database: users.connection.name })).close(),
    ]) {
      const user = await users.signUp()
      const registry = users.connection.collection<{ _id: string; version: number }>('roles')
      const pending = { kind: 'role', userId: user.id, role: 'MODERATOR' }
      await registry.updateOne({ _id: 'ledger' }, { $set: { pending }, $inc: { version: 1 } })
      expect(await readRole(users, user)).toBe('MEMBER')
      await complete()
      expect(await readRole(users, user)).toBe('MODERATOR')
      await expectConsistentRoles(users)
    }
  })
})

describe('concurrent changes through two processes', () => {
  test('keep one of two administrators who demote each other', async () => {
    await withTwoInstances(async (users, twin) => {
      const [first, second] = [await users.administrator(), await users.signUp()]
      for (let round = 0; round < 5; round++) {
        const [holder] = await expectConsistentRoles(users)
        const [one, other] = holder === first.id ? [first, second] : [second, first]
        await setRole(users, one, other.id, 'ADMIN')
        const responses = await Promise.all([
          setRole(users, one, other.id, 'MEMBER'),
          setRole(twin, other, one.id, 'MODERATOR'),
        ])
        expect(responses.filter(({ data }) => data.setUserRole?.user)).toHaveLength(1)
        expect(await expectConsistentRoles(users)).toHaveLength(1)
      }
    })
  })

  test('keep one of three administrators who delete their accounts', async () => {
    await withTwoInstances(async (users, twin) => {
      const first = await users.administrator()
      const people = [first, await users.signUp(), await users.signUp()]
      for (const { id } of people.slice(1)) await setRole(users, first, id, 'ADMIN')
      const responses = await Promise.all(
        people.map(({ password, viewer }, index) =>
          (index % 2 ? users : twin).send(documents.deleteAccount, { input: { password } }, viewer),
        ),
      )
      expect(responses.map(({ data }) => listUserErrors(data.deleteAccount)).flat()).toEqual([
        ['CONFLICT', null],
      ])
      expect(await expectConsistentRoles(users)).toHaveLength(1)
    })
  })

  test('do not promote a user whose account is being deleted', async () => {
    await withTwoInstances(async (users, twin) => {
      const admin = await users.administrator()
      const usersToDelete = await Promise.all(Array.from({ length: 5 }, () => users.signUp()))
      await Promise.all(
        usersToDelete.flatMap(({ id, password, viewer }) => [
          twin.send(documents.deleteAccount, { input: { password } }, viewer),
          ...Array.from({ length: 3 }, () => setRole(users, admin, id, 'ADMIN')),
        ]),
      )
      expect(await expectConsistentRoles(users)).toEqual([admin.id])
    })
  })

  test('of one user end in the role of the admin registry', async () => {
    await withTwoInstances(async (users, twin) => {
      const [admin, user] = [await users.administrator(), await users.signUp()]
      const roles = ['MEMBER', 'MODERATOR', 'ADMIN']
      await Promise.all(
        Array.from({ length: 18 }, (_, index) =>
          setRole(index % 2 ? users : twin, admin, user.id, roles[index % 3]!),
        ),
      )
      await expectConsistentRoles(users)
    })
  })
})

describe('the first administrator', () => {
  test('is created once by four processes that start concurrently', async () => {
    const users = await startUsers({ firstAdministrator: undefined })
    try {
      expect(await users.readCollection('users')).toEqual([])
      const database = users.connection.name
      const started = await Promise.all(Array.from({ length: 4 }, () => startUsers({ database })))
      for (const each of started) await each.close()
      expect(await users.readCollection('users')).toMatchObject([
        { handle: 'admin', role: 'ADMIN', email: administrator.email },
      ])
      expect(await expectConsistentRoles(users)).toHaveLength(1)
      expect((await users.administrator()).viewer.role).toBe('ADMIN')
    } finally {
      await users.close()
    }
  })

  test('gets another handle if "admin" is taken', async () => {
    const users = await startUsers({ firstAdministrator: undefined })
    try {
      await users.store({ handle: 'admin' })
      await (await startUsers({ database: users.connection.name })).close()
      expect((await users.administrator()).handle).toBe('admin_2')
    } finally {
      await users.close()
    }
  })

  test('is an existing account only if its password matches as well', async () => {
    const users = await startUsers({ firstAdministrator: undefined })
    const database = users.connection.name
    try {
      const user = await users.signUp({ email: administrator.email.toUpperCase() })
      await expect(startUsers({ database })).rejects.toThrow('differs from ADMIN_PASSWORD')
      expect(await readRole(users, user)).toBe('MEMBER')
      const firstAdministrator = { email: administrator.email, password: user.password }
      await (await startUsers({ database, firstAdministrator })).close()
      expect(await readRole(users, user)).toBe('ADMIN')
    } finally {
      await users.close()
    }
  })

  test('is not created if there is an administrator', async () => {
    const users = await startUsers()
    try {
      const hasher = createCountingHasher()
      const another = { email: 'another@agora.example', password: 'something else' }
      const database = users.connection.name
      await (await startUsers({ database, hasher, firstAdministrator: another })).close()
      expect(hasher.runs).toEqual([])
      expect(await users.readCollection('users')).toHaveLength(1)
    } finally {
      await users.close()
    }
  })
})
