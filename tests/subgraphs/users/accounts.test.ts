import { createUserRepository } from '../../../subgraphs/users/repository/users'
import { newId } from '../../../schema/ids'
import { anonymous } from '../../../packages/auth/viewer'
import { withoutOutbox } from '../../support/outbox'
import {
  createClock,
  documents,
  makeSignUp,
  makeUser,
  newAddress,
  listUserErrors,
  startUsers,
  userFields,
  type Person,
  type SignUpInput,
  type TestUsers,
} from './support'

const clock = createClock(Date.parse('2026-05-05T05:05:05.055Z'))
let users: TestUsers
let twin: TestUsers
let person: Person
let admin: Person
const readUsers = async () => (await users.readCollection('users')).map(withoutOutbox)
beforeAll(async () => {
  users = await startUsers({ now: clock.now })
  twin = await startUsers({ now: clock.now, database: users.connection.name })
  person = await users.signUp()
  admin = await users.administrator()
})
afterAll(async () => {
  await twin.close()
  await users.close()
})

const signUp = async (overrides: Partial<SignUpInput>, through: TestUsers = users) =>
  (await through.send(documents.signUp, { input: makeSignUp(overrides) }, anonymous, newAddress())).data
    .signUp

describe('signUp', () => {
  test('creates an account and a session', async () => {
    const input = makeSignUp({ handle: 'Grace_H', displayName: ' Grace Hopper ' })
    const { signUp: payload } = await users.query(documents.signUp, {
      input: { ...input, email: ` Grace@Example.ORG ` },
    })
    expect(payload).toEqual({
      session: expect.objectContaining({ refreshToken: expect.any(String) }),
      user: {
        id: expect.stringMatching(/^usr_[0-9a-f]{32}$/),
        handle: 'grace_h',
        displayName: 'Grace Hopper',
        bio: null,
        websiteUrl: null,
        avatarUrl: null,
        location: null,
        role: 'MEMBER',
        joinedAt: '2026-05-05T05:05:05.055Z',
        email: 'Grace@Example.ORG',
      },
      userErrors: [],
    })
    const found = await users.query('{ userByHandle(handle: "GRACE_h") { id email } }')
    expect(found.userByHandle).toEqual({ id: payload.user.id, email: null })
  })

  test('rejects an email or handle of another account with TAKEN, without regard to case', async () => {
    const email = person.email.toUpperCase()
    const handle = person.handle.toUpperCase()
    const before = await readUsers()
    expect(listUserErrors(await signUp({ email }))).toEqual([['TAKEN', 'email']])
    expect(listUserErrors(await signUp({ handle }))).toEqual([['TAKEN', 'handle']])
    expect(await signUp({ email, handle })).toMatchObject({ session: null, user: null })
    expect(await readUsers()).toEqual(before)
  })

  test.each(['email', 'handle'] as const)(
    'creates one account for 8 concurrent sign-ups with the same %s',
    async (field) => {
      const shared = makeSignUp()[field]
      const payloads = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          signUp({ [field]: index % 4 < 2 ? shared : shared.toUpperCase() }, index % 2 ? users : twin),
        ),
      )
      expect(payloads.filter(({ user }) => user)).toHaveLength(1)
      const rejected = payloads.filter(({ user }) => !user)
      expect(rejected.map(listUserErrors)).toEqual(Array(7).fill([['TAKEN', field]]))
    },
  )

  const emoji = '🦉'
  test.each<[string, string, keyof SignUpInput, string]>([
    ['an address without @', 'INVALID', 'email', 'nobody.example.org'],
    ['an address with two @', 'INVALID', 'email', 'a@b@example.org'],
    ['an address without a domain', 'INVALID', 'email', 'nobody@'],
    ['an address with a space', 'INVALID', 'email', 'no body@example.org'],
    ['an address with a line break', 'INVALID', 'email', 'nobody@example.org\nBcc: all'],
    ['an address of 255 characters', 'TOO_LONG', 'email', `${'a'.repeat(243)}@example.org`],
    ['a short password', 'TOO_SHORT', 'password', emoji.repeat(7)],
    ['a long password', 'TOO_LONG', 'password', emoji.repeat(257)],
    ['a handle with a hyphen', 'INVALID', 'handle', 'ada-lovelace'],
    ['a handle with an umlaut', 'INVALID', 'handle', 'jürgen'],
    // Its lower case is an ASCII k.
    ['a handle with the Kelvin sign', 'INVALID', 'handle', 'ada_\u212a'],
    ['a handle of 2 characters', 'TOO_SHORT', 'handle', 'ad'],
    ['a handle of 31 characters', 'TOO_LONG', 'handle', 'a'.repeat(31)],
    ['a name of 81 characters', 'TOO_LONG', 'displayName', emoji.repeat(81)],
  ])('rejects %s with %s', async (_, code, field, value) => {
    const before = (await users.readCollection('users')).length
    const payload = await signUp({ [field]: value })
    expect(payload).toMatchObject({ session: null, user: null })
    expect(listUserErrors(payload)).toEqual([[code, field]])
    expect((await users.readCollection('users')).length).toBe(before)
  })

  test('reports every invalid field at once', async () => {
    const payload = await signUp({ email: 'x', password: 'x', handle: '!', displayName: 'x'.repeat(81) })
    expect(payload.userErrors.map(({ field }: { field: string[] }) => field)).toEqual([
      ['email'],
      ['password'],
      ['handle'],
      ['displayName'],
    ])
  })

  test.each<Partial<SignUpInput>>([
    { displayName: emoji.repeat(80) },
    { password: ' '.repeat(7) + 'x' },
    { password: emoji.repeat(256) },
    { handle: 'abc' },
    { handle: '0123456789_0123456789_01234567' },
    { email: `${'a'.repeat(242)}@example.org` },
    { email: 'δοκιμή@παράδειγμα.δοκιμή' },
    { email: `o'hara+tag@sub.example.org` },
  ])('accepts a value at its limit: %o', async (overrides) => {
    const payload = await signUp(overrides)
    expect(payload.userErrors).toEqual([])
    if (overrides.displayName) expect(payload.user.displayName).toBe(overrides.displayName)
  })

  test.each([
    ['NUL', 'ada\0'],
    ['half of a surrogate pair', 'ada\ud83e'],
  ])('rejects a text with %s as BAD_USER_INPUT and stores nothing', async (_, displayName) => {
    const before = (await users.readCollection('users')).length
    const response = await users.send(documents.signUp, { input: makeSignUp({ displayName }) })
    expect(response.data).toEqual({ signUp: null })
    expect(response.errors).toMatchObject([
      {
        path: ['signUp'],
        extensions: { code: 'BAD_USER_INPUT', argument: ['input', 'displayName'] },
      },
    ])
    expect((await users.readCollection('users')).length).toBe(before)
  })

  test.each([{ $gt: '' }, ['a'], 1, null, true])(
    'rejects a request with %j in place of a text',
    async (value) => {
      const before = await readUsers()
      for (const field of ['email', 'password']) {
        const input = { email: person.email, password: person.password, [field]: value }
        const response = await users.send(documents.signIn, { input })
        expect(response.errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT')
        expect(response.data?.signIn).toBeUndefined()
      }
      expect(await readUsers()).toEqual(before)
    },
  )
})

describe('updateProfile', () => {
  const update = async (input: object, user: Person = person) =>
    (await users.query(documents.updateProfile, { input }, user.viewer)).updateProfile

  test('changes given fields, clears null fields and keeps the others', async () => {
    const user = await users.signUp()
    const profile = {
      displayName: 'Countess',
      bio: '*Analyst*',
      websiteUrl: 'https://example.org/ada',
      avatarUrl: 'http://example.org/ada.png',
      location: 'London',
    }
    const first = await update(profile, user)
    expect(first.userErrors).toEqual([])
    expect(first.user).toMatchObject({ ...profile, handle: user.handle, email: user.email })
    const second = await update({ bio: null, websiteUrl: null, location: ' ' }, user)
    expect(second.user).toEqual({ ...first.user, bio: null, websiteUrl: null, location: null })
    expect((await update({}, user)).user).toEqual(second.user)
    const data = await users.query(`{ user(id: "${user.id}") { ${userFields} } }`, {}, user.viewer)
    expect(data.user).toEqual(second.user)
  })

  test('reserves the old handle and rejects one of another account with TAKEN', async () => {
    const user = await users.signUp()
    const handle = makeSignUp().handle
    expect((await update({ handle: handle.toUpperCase() }, user)).user.handle).toBe(handle)
    expect(listUserErrors(await update({ handle: person.handle.toUpperCase() }, user))).toEqual([
      ['TAKEN', 'handle'],
    ])
    expect(listUserErrors(await update({ handle }, user))).toEqual([])
    expect(listUserErrors(await signUp({ handle: user.handle }))).toEqual([['TAKEN', 'handle']])
    expect(listUserErrors(await update({ handle: user.handle }, user))).toEqual([])
  })

  test.each<[string, object, string, string]>([
    ['a null handle', { handle: null }, 'REQUIRED', 'handle'],
    ['a null name', { displayName: null }, 'REQUIRED', 'displayName'],
    ['an invalid handle', { handle: 'a b' }, 'INVALID', 'handle'],
    ['a long name', { displayName: 'x'.repeat(81) }, 'TOO_LONG', 'displayName'],
    ['a long bio', { bio: '🦉'.repeat(10_001) }, 'TOO_LONG', 'bio'],
    ['a script as website', { websiteUrl: 'javascript:alert(1)' }, 'INVALID', 'websiteUrl'],
    ['a path as avatar', { avatarUrl: '/ada.png' }, 'INVALID', 'avatarUrl'],
    ['a long website', { websiteUrl: `https://example.org/${'x'.repeat(2000)}` }, 'TOO_LONG', 'websiteUrl'],
    ['a long location', { location: 'x'.repeat(101) }, 'TOO_LONG', 'location'],
  ])('rejects %s and changes nothing', async (_, input, code, field) => {
    const before = await users.query(documents.viewer, {}, person.viewer)
    const payload = await update({ bio: 'Changed', ...input })
    expect(payload.user).toBeNull()
    expect(listUserErrors(payload)).toEqual([[code, field]])
    expect(await users.query(documents.viewer, {}, person.viewer)).toEqual(before)
  })

  test('accepts a bio of 10,000 emoji', async () => {
    const user = await users.signUp()
    const bio = '🦉'.repeat(10_000)
    expect((await update({ bio }, user)).user.bio).toBe(bio)
  })
})

describe('reading users', () => {
  test('returns the viewer with two reads', async () => {
    expect(await users.query('{ viewer { id } }')).toEqual({ viewer: null })
    const { viewer } = await users.query(documents.viewer, {}, person.viewer)
    expect(viewer).toMatchObject({ id: person.id, email: person.email, handle: person.handle })
    const commands = await users.recordCommands(() => users.query(documents.viewer, {}, person.viewer))
    expect(commands).toEqual(['find', 'find'])
  })

  test('returns null for an unknown ID and BAD_USER_INPUT for an ID of another type', async () => {
    expect(await users.query(`{ user(id: "${newId('User')}") { id } }`)).toEqual({ user: null })
    for (const id of [newId('Post'), 'usr_1', '', '{"$ne":1}', person.id.toUpperCase()]) {
      const response = await users.send('query ($id: ID!) { user(id: $id) { id } }', { id })
      expect(response.errors).toMatchObject([
        { path: ['user'], extensions: { code: 'BAD_USER_INPUT', argument: ['id'] } },
      ])
    }
  })

  test.each(['nobody_has_it', '', 'a b', '@ada', 'x'.repeat(1000), 'ünï'])(
    'returns null for an unknown handle: %.20s',
    async (handle) => {
      const data = await users.query('query ($handle: String!) { userByHandle(handle: $handle) { id } }', {
        handle,
      })
      expect(data).toEqual({ userByHandle: null })
    },
  )

  const entities =
    'query ($of: [_Any!]!) { _entities(representations: $of) { ... on User { id displayName } } }'

  test('resolves 100 references with one command, unknown ones to null', async () => {
    const made = await users.store(...Array.from({ length: 97 }, () => ({})))
    const ids: unknown[] = [...made.map(({ id }) => id), newId('User'), newId('Post'), 7]
    const of = ids.map((id) => ({ __typename: 'User', id }))
    let data: { _entities: unknown[] } | undefined
    const commands = await users.recordCommands(async () => {
      data = await users.query(entities, { of })
    })
    expect(commands).toEqual(['find'])
    expect(data?._entities).toEqual([
      ...made.map(({ id }) => ({ id, displayName: 'Charles Babbage' })),
      null,
      null,
      null,
    ])
  })

  test('reads the emails of a list with two more commands for an administrator and none for others', async () => {
    const of = Array.from({ length: 20 }, () => ({ __typename: 'User', id: person.id }))
    const emails = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on User { email } } }'
    const cost = async (viewer: Person['viewer'] | typeof anonymous) =>
      (await users.recordCommands(() => users.query(emails, { of }, viewer))).length
    expect(await cost(admin.viewer)).toBe(3)
    expect(await cost(anonymous)).toBe(1)
  })
})

describe('deleteAccount', () => {
  const remove = async (user: Person, password = user.password) =>
    (await users.query(documents.deleteAccount, { input: { password } }, user.viewer)).deleteAccount

  test('deletes the account, ends its sessions, frees its email and reserves its handle', async () => {
    const user = await users.signUp()
    const elsewhere = await users.signIn(user)
    expect(await remove(user)).toEqual({ deletedUserId: user.id, userErrors: [] })
    expect(await users.query(`{ user(id: "${user.id}") { id } }`)).toEqual({ user: null })
    const refreshed = await users.query(documents.refreshSession, {
      input: { refreshToken: elsewhere.session.refreshToken },
    })
    expect(listUserErrors(refreshed.refreshSession)).toEqual([['EXPIRED', 'refreshToken']])
    const viewing = await users.send(documents.viewer, {}, elsewhere.viewer)
    expect(viewing.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])
    const stored = JSON.stringify([
      ...(await users.readCollection('sessions')),
      ...(await users.readCollection('roles')),
    ])
    expect(stored).not.toContain(user.id)
    const { signUp } = await users.query(documents.signUp, { input: makeSignUp({ handle: user.handle }) })
    expect(listUserErrors(signUp)).toEqual([['TAKEN', 'handle']])
    const successor = await users.signUp({ email: user.email })
    expect(successor.id).not.toBe(user.id)
  })

  test('requires the password', async () => {
    const user = await users.signUp()
    const response = await remove(user, 'not the password')
    expect(response.deletedUserId).toBeNull()
    expect(listUserErrors(response)).toEqual([['BAD_CREDENTIALS', 'password']])
    await users.signIn(user)
  })
})

describe('importUsers', () => {
  test('inserts new users, keeps existing ones and returns those whose handle is taken', async () => {
    const repository = createUserRepository(
      users.connection.useDb(users.connection.name, { useCache: false }),
    )
    const [existing, fresh, other] = [makeUser(), makeUser({ role: 'ADMIN' }), makeUser()]
    const collision = makeUser({ handle: person.handle })
    expect(await repository.importUsers([existing])).toEqual({ inserted: 1, conflicts: [] })
    const changed = { ...existing, displayName: 'Another name' }
    expect(await repository.importUsers([changed, collision, fresh, other])).toEqual({
      inserted: 2,
      conflicts: [collision.id],
    })
    expect(await repository.importUsers([existing, fresh, other])).toEqual({ inserted: 0, conflicts: [] })
    expect(await repository.importUsers([])).toEqual({ inserted: 0, conflicts: [] })
    const found = await repository.usersByIds([existing.id, fresh.id, collision.id])
    expect([...found.values()]).toEqual(expect.arrayContaining([existing, { ...fresh, role: 'MEMBER' }]))
    expect(found.size).toBe(2)
  })
})
