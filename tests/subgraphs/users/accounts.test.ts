import { createUserRepository } from '../../../subgraphs/users/repository/users'
import { newId } from '../../../packages/platform/ids/ids'
import { anonymous } from '../../../packages/auth/viewer'
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

describe('signing up', () => {
  test('makes an account and signs it in', async () => {
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

  test('with an email or a handle that somebody has, in any case, is TAKEN', async () => {
    const email = person.email.toUpperCase()
    const handle = person.handle.toUpperCase()
    const before = await users.documents('users')
    expect(listUserErrors(await signUp({ email }))).toEqual([['TAKEN', 'email']])
    expect(listUserErrors(await signUp({ handle }))).toEqual([['TAKEN', 'handle']])
    expect(await signUp({ email, handle })).toMatchObject({ session: null, user: null })
    expect(await users.documents('users')).toEqual(before)
  })

  test.each(['email', 'handle'] as const)('8 at once with one %s make one account', async (field) => {
    const shared = makeSignUp()[field]
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        signUp({ [field]: index % 4 < 2 ? shared : shared.toUpperCase() }, index % 2 ? users : twin),
      ),
    )
    expect(answers.filter(({ user }) => user)).toHaveLength(1)
    const refused = answers.filter(({ user }) => !user)
    expect(refused.map(listUserErrors)).toEqual(Array(7).fill([['TAKEN', field]]))
  })

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
    // Its lower case is an ordinary k.
    ['a handle with the sign for kelvin', 'INVALID', 'handle', 'ada_\u212a'],
    ['a handle of 2 characters', 'TOO_SHORT', 'handle', 'ad'],
    ['a handle of 31 characters', 'TOO_LONG', 'handle', 'a'.repeat(31)],
    ['a name of 81 characters', 'TOO_LONG', 'displayName', emoji.repeat(81)],
  ])('with %s is %s', async (_, code, field, value) => {
    const before = (await users.documents('users')).length
    const payload = await signUp({ [field]: value })
    expect(payload).toMatchObject({ session: null, user: null })
    expect(listUserErrors(payload)).toEqual([[code, field]])
    expect((await users.documents('users')).length).toBe(before)
  })

  test('tells all that is wrong at once', async () => {
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
    { password: ' '.repeat(8) },
    { password: emoji.repeat(256) },
    { handle: 'abc' },
    { handle: '0123456789_0123456789_01234567' },
    { email: `${'a'.repeat(242)}@example.org` },
    { email: 'δοκιμή@παράδειγμα.δοκιμή' },
    { email: `o'hara+tag@sub.example.org` },
  ])('at the limit works: %o', async (overrides) => {
    const payload = await signUp(overrides)
    expect(payload.userErrors).toEqual([])
    if (overrides.displayName) expect(payload.user.displayName).toBe(overrides.displayName)
  })

  test.each([
    ['NUL', 'ada\0'],
    ['half of a surrogate pair', 'ada\ud83e'],
  ])('a text with %s is BAD_USER_INPUT, and nothing is stored', async (_, displayName) => {
    const before = (await users.documents('users')).length
    const answer = await users.send(documents.signUp, { input: makeSignUp({ displayName }) })
    expect(answer.data).toEqual({ signUp: null })
    expect(answer.errors).toMatchObject([
      {
        path: ['signUp'],
        extensions: { code: 'BAD_USER_INPUT', argument: ['input', 'displayName'] },
      },
    ])
    expect((await users.documents('users')).length).toBe(before)
  })

  test.each([{ $gt: '' }, ['a'], 1, null, true])('%j where a text is wanted is no request', async (value) => {
    const before = await users.documents('users')
    for (const field of ['email', 'password']) {
      const input = { email: person.email, password: person.password, [field]: value }
      const answer = await users.send(documents.signIn, { input })
      expect(answer.errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT')
      expect(answer.data?.signIn).toBeUndefined()
    }
    expect(await users.documents('users')).toEqual(before)
  })
})

describe('updating the profile', () => {
  const update = async (input: object, who: Person = person) =>
    (await users.query(documents.updateProfile, { input }, who.viewer)).updateProfile

  test('changes what is given, clears what is null, leaves the rest', async () => {
    const somebody = await users.signUp()
    const profile = {
      displayName: 'Countess',
      bio: '*Analyst*',
      websiteUrl: 'https://example.org/ada',
      avatarUrl: 'http://example.org/ada.png',
      location: 'London',
    }
    const first = await update(profile, somebody)
    expect(first.userErrors).toEqual([])
    expect(first.user).toMatchObject({ ...profile, handle: somebody.handle, email: somebody.email })
    const second = await update({ bio: null, websiteUrl: null, location: ' ' }, somebody)
    expect(second.user).toEqual({ ...first.user, bio: null, websiteUrl: null, location: null })
    expect((await update({}, somebody)).user).toEqual(second.user)
    const { user } = await users.query(
      `{ user(id: "${somebody.id}") { ${userFields} } }`,
      {},
      somebody.viewer,
    )
    expect(user).toEqual(second.user)
  })

  test('may free a handle and take one', async () => {
    const somebody = await users.signUp()
    const handle = makeSignUp().handle
    expect((await update({ handle: handle.toUpperCase() }, somebody)).user.handle).toBe(handle)
    expect(listUserErrors(await update({ handle: person.handle.toUpperCase() }, somebody))).toEqual([
      ['TAKEN', 'handle'],
    ])
    expect(listUserErrors(await update({ handle }, somebody))).toEqual([])
    await users.signUp({ handle: somebody.handle })
  })

  test.each<[string, object, string, string]>([
    ['no handle', { handle: null }, 'REQUIRED', 'handle'],
    ['no name', { displayName: null }, 'REQUIRED', 'displayName'],
    ['a bad handle', { handle: 'a b' }, 'INVALID', 'handle'],
    ['a long name', { displayName: 'x'.repeat(81) }, 'TOO_LONG', 'displayName'],
    ['a long bio', { bio: '🦉'.repeat(10_001) }, 'TOO_LONG', 'bio'],
    ['a script for a site', { websiteUrl: 'javascript:alert(1)' }, 'INVALID', 'websiteUrl'],
    ['a path for a picture', { avatarUrl: '/ada.png' }, 'INVALID', 'avatarUrl'],
    ['a long site', { websiteUrl: `https://example.org/${'x'.repeat(2000)}` }, 'TOO_LONG', 'websiteUrl'],
    ['a long place', { location: 'x'.repeat(101) }, 'TOO_LONG', 'location'],
  ])('with %s is refused and changes nothing', async (_, input, code, field) => {
    const before = await users.query(documents.viewer, {}, person.viewer)
    const payload = await update({ bio: 'Changed', ...input })
    expect(payload.user).toBeNull()
    expect(listUserErrors(payload)).toEqual([[code, field]])
    expect(await users.query(documents.viewer, {}, person.viewer)).toEqual(before)
  })

  test('takes a bio of 10,000 emoji', async () => {
    const somebody = await users.signUp()
    const bio = '🦉'.repeat(10_000)
    expect((await update({ bio }, somebody)).user.bio).toBe(bio)
  })
})

describe('looking up', () => {
  test('the viewer', async () => {
    expect(await users.query('{ viewer { id } }')).toEqual({ viewer: null })
    const { viewer } = await users.query(documents.viewer, {}, person.viewer)
    expect(viewer).toMatchObject({ id: person.id, email: person.email, handle: person.handle })
    const commands = await users.recordCommands(() => users.query(documents.viewer, {}, person.viewer))
    expect(commands).toEqual(['find', 'find'])
  })

  test('nobody is null, and the ID of another type BAD_USER_INPUT', async () => {
    expect(await users.query(`{ user(id: "${newId('User')}") { id } }`)).toEqual({ user: null })
    for (const id of [newId('Post'), 'usr_1', '', '{"$ne":1}', person.id.toUpperCase()]) {
      const answer = await users.send('query ($id: ID!) { user(id: $id) { id } }', { id })
      expect(answer.errors).toMatchObject([
        { path: ['user'], extensions: { code: 'BAD_USER_INPUT', argument: ['id'] } },
      ])
    }
  })

  test.each(['nobody_has_it', '', 'a b', '@ada', 'x'.repeat(1000), 'ünï'])(
    'a handle that nobody has is null: %.20s',
    async (handle) => {
      const data = await users.query('query ($handle: String!) { userByHandle(handle: $handle) { id } }', {
        handle,
      })
      expect(data).toEqual({ userByHandle: null })
    },
  )

  const entities =
    'query ($of: [_Any!]!) { _entities(representations: $of) { ... on User { id displayName } } }'

  test('100 references costs one command; those that lead nowhere are null', async () => {
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

  test('the emails of a list cost an administrator two commands more, and others none', async () => {
    const of = Array.from({ length: 20 }, () => ({ __typename: 'User', id: person.id }))
    const emails = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on User { email } } }'
    const cost = async (viewer: Person['viewer'] | typeof anonymous) =>
      (await users.recordCommands(() => users.query(emails, { of }, viewer))).length
    expect(await cost(admin.viewer)).toBe(3)
    expect(await cost(anonymous)).toBe(1)
  })
})

describe('deleting an account', () => {
  const remove = async (who: Person, password = who.password) =>
    (await users.query(documents.deleteAccount, { input: { password } }, who.viewer)).deleteAccount

  test('takes the account away, ends its sessions, frees email and handle', async () => {
    const somebody = await users.signUp()
    const elsewhere = await users.signIn(somebody)
    expect(await remove(somebody)).toEqual({ deletedUserId: somebody.id, userErrors: [] })
    expect(await users.query(`{ user(id: "${somebody.id}") { id } }`)).toEqual({ user: null })
    const refreshed = await users.query(documents.refreshSession, {
      input: { refreshToken: elsewhere.session.refreshToken },
    })
    expect(listUserErrors(refreshed.refreshSession)).toEqual([['EXPIRED', 'refreshToken']])
    const viewing = await users.send(documents.viewer, {}, elsewhere.viewer)
    expect(viewing.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])
    const stored = JSON.stringify([
      ...(await users.documents('sessions')),
      ...(await users.documents('roles')),
    ])
    expect(stored).not.toContain(somebody.id)
    const successor = await users.signUp({ email: somebody.email, handle: somebody.handle })
    expect(successor.id).not.toBe(somebody.id)
  })

  test('needs the password', async () => {
    const somebody = await users.signUp()
    const answer = await remove(somebody, 'not the password')
    expect(answer.deletedUserId).toBeNull()
    expect(listUserErrors(answer)).toEqual([['BAD_CREDENTIALS', 'password']])
    await users.signIn(somebody)
  })
})

describe('an import', () => {
  test('inserts who is not there, leaves who is, and names whose handle is taken', async () => {
    const repository = createUserRepository(
      users.connection.useDb(users.connection.name, { useCache: false }),
    )
    const [there, fresh, other] = [makeUser(), makeUser({ role: 'ADMIN' }), makeUser()]
    const collision = makeUser({ handle: person.handle })
    expect(await repository.importUsers([there])).toEqual({ inserted: 1, conflicts: [] })
    const changed = { ...there, displayName: 'Another name' }
    expect(await repository.importUsers([changed, collision, fresh, other])).toEqual({
      inserted: 2,
      conflicts: [collision.id],
    })
    expect(await repository.importUsers([there, fresh, other])).toEqual({ inserted: 0, conflicts: [] })
    expect(await repository.importUsers([])).toEqual({ inserted: 0, conflicts: [] })
    const found = await repository.usersByIds([there.id, fresh.id, collision.id])
    expect([...found.values()]).toEqual(expect.arrayContaining([there, { ...fresh, role: 'MEMBER' }]))
    expect(found.size).toBe(2)
  })
})
