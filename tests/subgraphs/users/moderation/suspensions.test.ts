import type { ViewerRole } from '../../../../packages/auth/viewer'
import { newId } from '../../../../schema/ids'
import { waitUntil } from '../../../support/processes'
import { createClock, documents, listUserErrors, startUsers, type Person, type TestUsers } from '../support'
import { createPerson, followTopic, moderation, readOutcome, suspend, type Caller } from './support'

const clock = createClock()
let users: TestUsers
let admin: Person
beforeAll(async () => {
  users = await startUsers({ now: clock.now })
  admin = await users.administrator()
})
afterAll(() => users.close())

const roles = ['MEMBER', 'MODERATOR', 'ADMIN'] as const
const updateProfile = (person: Person) =>
  readOutcome(users, documents.updateProfile, { bio: 'Me' }, person.viewer)
const readSuspension = async ({ id }: Person, reader?: Person) =>
  (await users.query(`{ user(id: "${id}") { suspension { until reason } } }`, {}, reader?.viewer)).user
    .suspension

describe('the rules of suspension', () => {
  const people = new Map<string, Person>()
  beforeAll(async () => {
    for (const role of roles) {
      people.set(`active ${role}`, await createPerson(users, role))
      people.set(`suspended ${role}`, await suspend(users, await createPerson(users, role)))
      people.set(`target ${role}`, await createPerson(users, role))
    }
  })

  const no = 'FORBIDDEN'
  const refused = { self: no, MEMBER: no, MODERATOR: no, ADMIN: no }
  const unauthenticated = 'UNAUTHENTICATED'
  type Outcomes = Record<'self' | ViewerRole, string>

  /** The outcome of suspending each target, and of lifting the suspension. */
  const table: [state: 'active' | 'suspended', caller: Caller, outcomes: Outcomes][] = [
    [
      'active',
      'anonymous',
      { self: '', MEMBER: unauthenticated, MODERATOR: unauthenticated, ADMIN: unauthenticated },
    ],
    ['active', 'MEMBER', refused],
    ['active', 'MODERATOR', { self: 'INVALID', MEMBER: 'yes', MODERATOR: no, ADMIN: no }],
    ['active', 'ADMIN', { self: 'INVALID', MEMBER: 'yes', MODERATOR: 'yes', ADMIN: 'yes' }],
    ['suspended', 'MEMBER', refused],
    ['suspended', 'MODERATOR', refused],
    ['suspended', 'ADMIN', refused],
  ]
  const cases = table.flatMap(([state, caller, outcomes]) =>
    (['self', ...roles] as const)
      .filter((target) => outcomes[target] !== '')
      .map((target) => ({ state, caller, target, outcome: outcomes[target] })),
  )

  it.each(cases)('returns $outcome to $caller ($state) who suspends or unsuspends $target', async (row) => {
    const { state, caller, target, outcome } = row
    const person = people.get(`${state} ${caller}`)
    const userId = (target === 'self' ? person : people.get(`target ${target}`))?.id ?? ''
    const before = await users.query(`{ user(id: "${userId}") { suspension { since } } }`, {}, admin.viewer)
    const input = { userId, reason: 'Spam' }
    expect(await readOutcome(users, moderation.suspendUser, input, person?.viewer)).toBe(outcome)
    if (outcome === 'yes') {
      const read = await users.query(`{ user(id: "${userId}") { suspension { reason } } }`, {}, admin.viewer)
      expect(read.user.suspension).toEqual({ reason: 'Spam' })
    }
    expect(await readOutcome(users, moderation.unsuspendUser, { userId }, person?.viewer)).toBe(outcome)
    const after = await users.query(`{ user(id: "${userId}") { suspension { since } } }`, {}, admin.viewer)
    expect(after).toEqual(before)
  })
})

describe('a suspended user', () => {
  it('can read, sign in, renew the session and change the password, and cannot write', async () => {
    const person = await suspend(users, await users.signUp())
    expect(person.viewer).toMatchObject({ suspendedUntilMs: Infinity })
    const { errors } = await users.send(documents.updateProfile, { input: { bio: 'Me' } }, person.viewer)
    expect(errors).toMatchObject([
      {
        message: 'This account is suspended: it can read, and cannot write.',
        extensions: { code: 'FORBIDDEN' },
      },
    ])
    expect(await users.query('{ viewer { suspension { until reason } } }', {}, person.viewer)).toEqual({
      viewer: { suspension: { until: null, reason: 'Spam' } },
    })
    const { refreshToken } = person.session
    expect(await readOutcome(users, documents.refreshSession, { refreshToken })).toBe('yes')
    const input = { currentPassword: person.password, newPassword: 'another good password' }
    expect(await readOutcome(users, documents.changePassword, input, person.viewer)).toBe('yes')
  })

  it('can manage notifications and linked identities', async () => {
    const { viewer } = await suspend(users, await users.signUp())
    const send = (name: string, type: string, input: object) =>
      readOutcome(
        users,
        `mutation ($input: ${type}!) { ${name}(input: $input) { userErrors { code message field } } }`,
        input,
        viewer,
      )
    const settings = [{ type: 'REPLY', channels: [] }]
    const outcomes = [
      await send('updateNotificationSettings', 'UpdateNotificationSettingsInput', { settings }),
      await send('markNotificationsRead', 'MarkNotificationsReadInput', { ids: [newId('Notification')] }),
      await send('unlinkIdentity', 'UnlinkIdentityInput', { provider: 'none' }),
    ]
    // There is no such provider to unlink.
    expect(outcomes).toEqual(['yes', 'yes', 'NOT_FOUND'])
    const stored = await users.query('{ viewer { notificationSettings { type channels } } }', {}, viewer)
    expect(stored.viewer.notificationSettings).toContainEqual(settings[0])
  })

  it('can write again after the end, with the same access token', async () => {
    const until = new Date(clock.now().getTime() + 60_000)
    const person = await suspend(users, await users.signUp(), until)
    const { errors } = await users.send(documents.updateProfile, { input: { bio: 'Me' } }, person.viewer)
    expect(errors?.[0]?.message).toContain(`suspended until ${until.toISOString()}`)
    expect(await readSuspension(person, admin)).toEqual({ until: until.toISOString(), reason: 'Spam' })
    clock.advance(60_000)
    expect(await updateProfile(person)).toBe('yes')
    expect(await readSuspension(person, admin)).toBeNull()
    expect((await users.signIn(person)).viewer).not.toHaveProperty('suspendedUntilMs')
  })

  it('can write again with a new session after the suspension is lifted', async () => {
    const person = await suspend(users, await users.signUp())
    const lift = () => readOutcome(users, moderation.unsuspendUser, { userId: person.id }, admin.viewer)
    expect([await lift(), await lift()]).toEqual(['yes', 'yes'])
    expect(await updateProfile(await users.signIn(person))).toBe('yes')
  })

  it('shows the suspension to themselves, moderators and administrators only', async () => {
    const person = await suspend(users, await users.signUp())
    const readers = [person, await createPerson(users, 'MODERATOR'), admin]
    for (const reader of readers)
      expect(await readSuspension(person, reader)).toMatchObject({ reason: 'Spam' })
    expect(await readSuspension(person, await users.signUp())).toBeNull()
    expect(await readSuspension(person)).toBeNull()
  })
})

it('rejects an end in the past, a missing reason, an unknown user and an ID of another type', async () => {
  const { id: userId } = await users.signUp()
  const send = (input: object) => users.send(moderation.suspendUser, { input }, admin.viewer)
  const past = clock.now().toISOString()
  const invalid = await send({ userId, until: past, reason: ' ' })
  expect(listUserErrors(invalid.data.suspendUser)).toEqual([
    ['INVALID', 'until'],
    ['TOO_SHORT', 'reason'],
  ])
  const long = await send({ userId, reason: 'x'.repeat(501) })
  expect(listUserErrors(long.data.suspendUser)).toEqual([['TOO_LONG', 'reason']])
  const unknown = await send({ userId: newId('User'), reason: 'Spam' })
  expect(listUserErrors(unknown.data.suspendUser)).toEqual([['NOT_FOUND', 'userId']])
  const { errors } = await send({ userId: newId('Post'), reason: 'Spam' })
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument: ['input', 'userId'] } }])
})

it('publishes one event for each change of a suspension or a role, and none without a change', async () => {
  const { published, stop } = await followTopic(users, 'users')
  const person = await users.signUp()
  const { id: userId } = person
  const until = new Date(clock.now().getTime() + 1_000).toISOString()
  const act = async (document: string, input: object) =>
    expect(await readOutcome(users, document, { userId, ...input }, admin.viewer)).toBe('yes')
  await act(moderation.unsuspendUser, {})
  await act(moderation.suspendUser, { reason: 'Spam', until })
  await act(moderation.suspendUser, { reason: 'More spam' })
  await act(moderation.unsuspendUser, {})
  await act(moderation.unsuspendUser, {})
  for (const role of ['MODERATOR', 'MODERATOR', 'MEMBER']) await act(documents.setUserRole, { role })
  const moderatorId = admin.id
  const expected = [
    { type: 'user.suspended', data: { moderatorId, reason: 'Spam', until } },
    { type: 'user.suspended', data: { moderatorId, reason: 'More spam', until: null } },
    { type: 'user.unsuspended', data: { moderatorId } },
    { type: 'user.roleChanged', data: { moderatorId, role: 'MODERATOR' } },
    { type: 'user.roleChanged', data: { moderatorId, role: 'MEMBER' } },
  ]
  const listEvents = () => published.filter(({ entity }) => entity === userId)
  await waitUntil('all events are published', () => listEvents().length >= expected.length)
  expect(listEvents()).toMatchObject(expected)
  stop()
})

it('completes a suspension that a crash has interrupted, with one event', async () => {
  const { published, stop } = await followTopic(users, 'users')
  const { id: userId } = await users.signUp()
  const registry = users.connection.collection<{ _id: string; version: number }>('roles')
  const suspension = { since: clock.now(), until: null, reason: 'Spam' }
  const pending = { kind: 'role', userId, role: 'MEMBER', suspension, moderatorId: admin.id }
  await registry.updateOne({ _id: 'ledger' }, { $set: { pending }, $inc: { version: 1 } })
  const twin = await startUsers({ now: clock.now, database: users.connection.name })
  await twin.close()
  await waitUntil('the event is published', () => published.some(({ entity }) => entity === userId))
  expect(published.filter(({ entity }) => entity === userId)).toMatchObject([{ type: 'user.suspended' }])
  const { user } = await users.query(`{ user(id: "${userId}") { suspension { reason } } }`, {}, admin.viewer)
  expect(user.suspension).toEqual({ reason: 'Spam' })
  stop()
})

describe('the last administrator who can act', () => {
  it('can neither resign nor delete the account while all others are suspended', async () => {
    const own = await startUsers({ now: clock.now })
    try {
      const [first, second] = [await own.administrator(), await createPerson(own, 'ADMIN')]
      await suspend(own, second)
      const resign = { userId: first.id, role: 'MEMBER' }
      expect(await readOutcome(own, documents.setUserRole, resign, first.viewer)).toBe('CONFLICT')
      const input = { password: first.password }
      expect(await readOutcome(own, documents.deleteAccount, input, first.viewer)).toBe('CONFLICT')
      await readOutcome(own, moderation.unsuspendUser, { userId: second.id }, first.viewer)
      expect(await readOutcome(own, documents.setUserRole, resign, first.viewer)).toBe('yes')
    } finally {
      await own.close()
    }
  })

  it('remains when two administrators suspend each other through two processes', async () => {
    const own = await startUsers({ now: clock.now })
    const twin = await startUsers({ now: clock.now, database: own.connection.name })
    try {
      const [first, second] = [await own.administrator(), await createPerson(own, 'ADMIN')]
      for (let round = 0; round < 3; round++) {
        const outcomes = await Promise.all([
          readOutcome(own, moderation.suspendUser, { userId: second.id, reason: 'No' }, first.viewer),
          readOutcome(twin, moderation.suspendUser, { userId: first.id, reason: 'No' }, second.viewer),
        ])
        expect(outcomes.sort()).toEqual(['FORBIDDEN', 'yes'])
        const stored = await own.readCollection('users')
        const suspended = stored.filter(({ suspension }) => suspension)
        expect(suspended).toHaveLength(1)
        const [winner, loser] = suspended[0]?._id === first.id ? [second, first] : [first, second]
        const input = { userId: loser.id }
        expect(await readOutcome(own, moderation.unsuspendUser, input, winner.viewer)).toBe('yes')
      }
    } finally {
      await twin.close()
      await own.close()
    }
  })
})
