import { newId } from '../../../packages/platform/ids/ids'
import {
  administrator,
  createCountingHasher,
  documents,
  listUserErrors,
  startUsers,
  type Person,
  type TestUsers,
} from './support'

/** Two processes' worth on one database. */
async function withTwo(work: (users: TestUsers, twin: TestUsers) => Promise<void>): Promise<void> {
  const users = await startUsers()
  try {
    const twin = await startUsers({ database: users.connection.name })
    try {
      await work(users, twin)
    } finally {
      await twin.close()
    }
  } finally {
    await users.close()
  }
}

const setRole = async (through: TestUsers, by: Person, userId: string, role: string) =>
  through.send(documents.setUserRole, { input: { userId, role } }, by.viewer)

const roleOf = async (users: TestUsers, { id }: Person) =>
  (await users.query(`{ user(id: "${id}") { role } }`)).user?.role

async function expectOneTruth(users: TestUsers): Promise<string[]> {
  const [ledger] = await users.documents('roles')
  const stored = await users.documents('users')
  const administrators = stored.filter(({ role }) => role === 'ADMIN').map(({ _id }) => _id)
  expect(ledger).toMatchObject({ pending: null })
  expect([...(ledger?.['administrators'] as string[])].sort()).toEqual(administrators.sort())
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

  test('gives and takes roles', async () => {
    const somebody = await users.signUp()
    for (const role of ['MODERATOR', 'ADMIN', 'MODERATOR', 'MEMBER', 'MEMBER']) {
      const { data } = await setRole(users, admin, somebody.id, role)
      expect(data.setUserRole).toMatchObject({ user: { id: somebody.id, role }, userErrors: [] })
      expect(await roleOf(users, somebody)).toBe(role)
    }
    expect(await expectOneTruth(users)).toEqual([admin.id])
  })

  test('leaves the last administrator one, with CONFLICT', async () => {
    const { data } = await setRole(users, admin, admin.id, 'MEMBER')
    expect(data.setUserRole.user).toBeNull()
    expect(listUserErrors(data.setUserRole)).toEqual([['CONFLICT', 'role']])
    const input = { password: admin.password }
    const { deleteAccount } = await users.query(documents.deleteAccount, { input }, admin.viewer)
    expect(deleteAccount.deletedUserId).toBeNull()
    expect(listUserErrors(deleteAccount)).toEqual([['CONFLICT', null]])
    expect((await setRole(users, admin, admin.id, 'ADMIN')).data.setUserRole.userErrors).toEqual([])
    expect(await expectOneTruth(users)).toEqual([admin.id])
  })

  test('of nobody is NOT_FOUND, of another type BAD_USER_INPUT', async () => {
    const { data } = await setRole(users, admin, newId('User'), 'MODERATOR')
    expect(listUserErrors(data.setUserRole)).toEqual([['NOT_FOUND', 'userId']])
    const { errors } = await setRole(users, admin, newId('Post'), 'MODERATOR')
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument: ['input', 'userId'] } }])
  })

  test('a change that a process died over is finished by the next, and by the next start', async () => {
    for (const finish of [
      async () => void (await setRole(users, admin, (await users.signUp()).id, 'MEMBER')),
      async () => (await startUsers({ database: users.connection.name })).close(),
    ]) {
      const somebody = await users.signUp()
      const ledger = users.connection.collection<{ _id: string; version: number }>('roles')
      const pending = { kind: 'role', userId: somebody.id, role: 'MODERATOR' }
      await ledger.updateOne({ _id: 'ledger' }, { $set: { pending }, $inc: { version: 1 } })
      expect(await roleOf(users, somebody)).toBe('MEMBER')
      await finish()
      expect(await roleOf(users, somebody)).toBe('MODERATOR')
      await expectOneTruth(users)
    }
  })
})

describe('at once, through two processes', () => {
  test('two administrators who take the role from each other leave one', async () => {
    await withTwo(async (users, twin) => {
      const [first, second] = [await users.administrator(), await users.signUp()]
      for (let round = 0; round < 5; round++) {
        const [holder] = await expectOneTruth(users)
        const [one, other] = holder === first.id ? [first, second] : [second, first]
        await setRole(users, one, other.id, 'ADMIN')
        const answers = await Promise.all([
          setRole(users, one, other.id, 'MEMBER'),
          setRole(twin, other, one.id, 'MODERATOR'),
        ])
        expect(answers.filter(({ data }) => data.setUserRole?.user)).toHaveLength(1)
        expect(await expectOneTruth(users)).toHaveLength(1)
      }
    })
  })

  test('three administrators who all leave leave one', async () => {
    await withTwo(async (users, twin) => {
      const first = await users.administrator()
      const people = [first, await users.signUp(), await users.signUp()]
      for (const { id } of people.slice(1)) await setRole(users, first, id, 'ADMIN')
      const answers = await Promise.all(
        people.map(({ password, viewer }, index) =>
          (index % 2 ? users : twin).send(documents.deleteAccount, { input: { password } }, viewer),
        ),
      )
      expect(answers.map(({ data }) => listUserErrors(data.deleteAccount)).flat()).toEqual([
        ['CONFLICT', null],
      ])
      expect(await expectOneTruth(users)).toHaveLength(1)
    })
  })

  test('nobody becomes an administrator while their account goes', async () => {
    await withTwo(async (users, twin) => {
      const admin = await users.administrator()
      const leaving = await Promise.all(Array.from({ length: 5 }, () => users.signUp()))
      await Promise.all(
        leaving.flatMap(({ id, password, viewer }) => [
          twin.send(documents.deleteAccount, { input: { password } }, viewer),
          ...Array.from({ length: 3 }, () => setRole(users, admin, id, 'ADMIN')),
        ]),
      )
      expect(await expectOneTruth(users)).toEqual([admin.id])
    })
  })

  test('many changes of one user end with what the ledger says', async () => {
    await withTwo(async (users, twin) => {
      const [admin, somebody] = [await users.administrator(), await users.signUp()]
      const roles = ['MEMBER', 'MODERATOR', 'ADMIN']
      await Promise.all(
        Array.from({ length: 18 }, (_, index) =>
          setRole(index % 2 ? users : twin, admin, somebody.id, roles[index % 3]!),
        ),
      )
      await expectOneTruth(users)
    })
  })
})

describe('the first administrator', () => {
  test('is made once, by whichever of the processes that start at once', async () => {
    const users = await startUsers({ firstAdministrator: undefined })
    try {
      expect(await users.documents('users')).toEqual([])
      const database = users.connection.name
      const started = await Promise.all(Array.from({ length: 4 }, () => startUsers({ database })))
      for (const each of started) await each.close()
      expect(await users.documents('users')).toMatchObject([
        { handle: 'admin', role: 'ADMIN', email: administrator.email },
      ])
      expect(await expectOneTruth(users)).toHaveLength(1)
      expect((await users.administrator()).viewer.role).toBe('ADMIN')
    } finally {
      await users.close()
    }
  })

  test('takes another handle where somebody has "admin"', async () => {
    const users = await startUsers({ firstAdministrator: undefined })
    try {
      await users.signUp({ handle: 'admin' })
      await (await startUsers({ database: users.connection.name })).close()
      expect((await users.administrator()).handle).toBe('admin_2')
    } finally {
      await users.close()
    }
  })

  test('is nobody who only has that address; with the password too, they are', async () => {
    const users = await startUsers({ firstAdministrator: undefined })
    const database = users.connection.name
    try {
      const somebody = await users.signUp({ email: administrator.email.toUpperCase() })
      await expect(startUsers({ database })).rejects.toThrow('differs from ADMIN_PASSWORD')
      expect(await roleOf(users, somebody)).toBe('MEMBER')
      const firstAdministrator = { email: administrator.email, password: somebody.password }
      await (await startUsers({ database, firstAdministrator })).close()
      expect(await roleOf(users, somebody)).toBe('ADMIN')
    } finally {
      await users.close()
    }
  })

  test('is not looked for where there is one', async () => {
    const users = await startUsers()
    try {
      const hasher = createCountingHasher()
      const another = { email: 'another@agora.example', password: 'something else' }
      const database = users.connection.name
      await (await startUsers({ database, hasher, firstAdministrator: another })).close()
      expect(hasher.runs).toEqual([])
      expect(await users.documents('users')).toHaveLength(1)
    } finally {
      await users.close()
    }
  })
})
