import { anonymous } from '../../../../packages/auth/viewer'
import { readMetrics, sumMetric } from '../../../packages/subgraph-kit/telemetry/support'
import { startIdentityProvider, type TestIdentityProvider } from '../../../support/identityProvider'
import {
  documents,
  listUserErrors,
  makeSignUp,
  newAddress,
  startUsers,
  toViewer,
  type TestUsers,
} from '../support'
import { createSignInSteps, identityDocuments, redirectUri } from './support'

let issuer: TestIdentityProvider
let users: TestUsers
let steps: ReturnType<typeof createSignInSteps>
beforeAll(async () => {
  issuer = await startIdentityProvider('example', [redirectUri])
  users = await startUsers({ identityProviders: [issuer.settings], redirectUris: [redirectUri] })
  steps = createSignInSteps(users, issuer)
})
afterAll(async () => {
  await users.close()
  await issuer.stop()
})

let lastPerson = 0
/** Adds a person to the issuer and returns their name there. */
async function addPerson(claims: Parameters<TestIdentityProvider['setPerson']>[1] = {}): Promise<string> {
  const login = `person-${++lastPerson}`
  await issuer.setPerson(login, claims)
  return login
}

it('lists the providers with a name for people', async () => {
  expect(await users.query(identityDocuments.providers)).toEqual({
    identityProviders: [{ name: 'example', displayName: 'Example' }],
  })
})

describe('an identity that is new', () => {
  it('creates an account from the claims, with the address that the provider has verified', async () => {
    const login = await addPerson({
      email: 'Grace.Hopper@example.org',
      email_verified: true,
      name: 'Grace Hopper',
      preferred_username: 'grace.hopper@example.org',
    })
    const payload = await steps.signIn(login)
    expect(payload).toMatchObject({
      userErrors: [],
      isNewUser: true,
      user: {
        handle: 'grace_hopper',
        displayName: 'Grace Hopper',
        email: 'Grace.Hopper@example.org',
        identities: [{ provider: 'example' }],
      },
    })
    const { viewer } = await users.query(documents.viewer, {}, toViewer(payload.session.accessToken))
    expect(viewer).toMatchObject({ id: payload.user.id, role: 'MEMBER' })
    const [stored] = await findUsers({ _id: payload.user.id })
    expect(stored).toMatchObject({ passwordHash: null, emailVerifiedAt: expect.any(Date) })
  })

  it('signs in to the same account afterwards, also after its address changed at the provider', async () => {
    const login = await addPerson({ email: 'first@example.org', email_verified: true, nickname: 'first one' })
    const first = await steps.signIn(login)
    await issuer.setPerson(login, { email: 'second@example.org', email_verified: true })
    const second = await steps.signIn(login)
    expect(second).toMatchObject({
      isNewUser: false,
      user: { id: first.user.id, email: 'first@example.org' },
    })
    expect(second.session.refreshToken).not.toBe(first.session.refreshToken)
  })

  it('gets the chosen handle, and an alternative for a derived one that is taken', async () => {
    const chosen = await steps.signIn(await addPerson({ name: 'Mary' }), { handle: 'Mary_J' })
    expect(chosen.user).toMatchObject({ handle: 'mary_j', displayName: 'Mary' })
    const other = await steps.signIn(await addPerson({ preferred_username: 'mary_j' }))
    expect(other.user.handle).toMatch(/^mary_j_[0-9a-f]{8}$/)
  })

  it.each<[string, object]>([
    ['has none', {}],
    ['is reserved', { preferred_username: 'Admin', nickname: 'support' }],
  ])('gets a handle with random characters if the name at the provider %s', async (_, claims) => {
    const { user } = await steps.signIn(await addPerson(claims))
    expect(user.handle).toMatch(/^user_[0-9a-f]{8}$/)
  })

  it('does not get a handle that another account has given up', async () => {
    const owner = await users.signUp()
    const document =
      'mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { user { handle } } }'
    const input = { handle: `${owner.handle}_2` }
    await users.query(document, { input }, owner.viewer)
    const { flowToken, callbackUrl } = await steps.reachCallback(await addPerson())
    const { data } = await steps.complete(flowToken, callbackUrl, { handle: owner.handle })
    expect(listUserErrors(data.completeIdentitySignIn)).toEqual([['TAKEN', 'handle']])
  })

  it('rejects an invalid or taken handle before it uses the flow', async () => {
    const { handle } = await users.signUp()
    const login = await addPerson()
    const { flowToken, callbackUrl } = await steps.reachCallback(login)
    const complete = async (input: string) =>
      (await steps.complete(flowToken, callbackUrl, { handle: input })).data.completeIdentitySignIn
    expect(listUserErrors(await complete(handle))).toEqual([['TAKEN', 'handle']])
    expect(listUserErrors(await complete('a b'))).toEqual([['INVALID', 'handle']])
    expect(await complete('valid_handle')).toMatchObject({ user: { handle: 'valid_handle' } })
  })

  it.each<[string, object]>([
    ['not verified', { email: 'unverified@example.org', email_verified: false }],
    ['not known to be verified', { email: 'unverified@example.org' }],
    ['no address', { email: 'no-address', email_verified: true }],
  ])('stores no address that is %s', async (_, claims) => {
    const { user } = await steps.signIn(await addPerson(claims))
    expect(user.email).toBeNull()
  })

  it('creates one account for concurrent sign-ins', async () => {
    const login = await addPerson({ email: 'once@example.org', email_verified: true, nickname: 'once' })
    const callbacks = await Promise.all([1, 2, 3, 4].map(() => steps.reachCallback(login)))
    const payloads = await Promise.all(
      callbacks.map(async ({ flowToken, callbackUrl }) => {
        const { data } = await steps.complete(flowToken, callbackUrl)
        return data.completeIdentitySignIn
      }),
    )
    expect(new Set(payloads.map(({ user }) => user.id)).size).toBe(1)
    expect(payloads.filter(({ isNewUser }) => isNewUser)).toHaveLength(1)
    expect(await findUsers({ emailKey: 'once@example.org' })).toHaveLength(1)
  })

  it('creates different accounts for concurrent sign-ins of people with the same name', async () => {
    const logins = await Promise.all([1, 2, 3].map(() => addPerson({ nickname: 'namesake' })))
    const payloads = await Promise.all(logins.map((login) => steps.signIn(login)))
    const handles = payloads.map(({ user }) => user.handle as string)
    expect(new Set(handles).size).toBe(3)
    expect(handles.filter((handle) => /^namesake(_[0-9a-f]{8})?$/.test(handle))).toHaveLength(3)
  })
})

describe('an account with the same address', () => {
  const verify = (id: string) =>
    users.connection
      .collection<{ _id: string }>('users')
      .updateOne({ _id: id }, { $set: { emailVerifiedAt: new Date() } })

  it('is linked and keeps its password and sessions if it has verified the address', async () => {
    const person = await users.signUp()
    await verify(person.id)
    const login = await addPerson({ email: person.email.toUpperCase(), email_verified: true })
    expect(await steps.signIn(login)).toMatchObject({
      isNewUser: false,
      user: { id: person.id, identities: [{ provider: 'example' }] },
    })
    await users.signIn(person)
    const { viewer } = await users.query(documents.viewer, {}, person.viewer)
    expect(viewer.id).toBe(person.id)
  })

  it('loses its password, sessions and identities if it has not verified the address', async () => {
    const attacker = await users.signUp()
    const foreign = await steps.signIn(await addPerson(), { viewer: attacker.viewer })
    expect(foreign.user).toMatchObject({ id: attacker.id, identities: [{ provider: 'example' }] })

    const login = await addPerson({ email: attacker.email, email_verified: true })
    const payload = await steps.signIn(login)
    expect(payload).toMatchObject({ isNewUser: false, user: { id: attacker.id } })
    const [stored] = await findUsers({ _id: attacker.id })
    expect(stored).toMatchObject({
      passwordHash: null,
      identities: [{ key: `${issuer.settings.issuer} ${login}` }],
      emailVerifiedAt: expect.any(Date),
    })

    const signIn = await users.query(documents.signIn, {
      input: { email: attacker.email, password: attacker.password },
    })
    expect(listUserErrors(signIn.signIn)).toEqual([['BAD_CREDENTIALS', null]])
    const refreshed = await users.query(documents.refreshSession, {
      input: { refreshToken: attacker.session.refreshToken },
    })
    expect(listUserErrors(refreshed.refreshSession)).toEqual([['EXPIRED', 'refreshToken']])
    const { errors } = await users.send(documents.viewer, {}, attacker.viewer)
    expect(errors?.[0]?.extensions['code']).toBe('UNAUTHENTICATED')
  })

  it('is not linked by an address that the provider has not verified', async () => {
    const person = await users.signUp()
    await verify(person.id)
    const payload = await steps.signIn(await addPerson({ email: person.email, email_verified: false }))
    expect(payload).toMatchObject({ isNewUser: true, user: { email: null } })
    expect(payload.user.id).not.toBe(person.id)
  })

  it('gets no second identity of the same provider', async () => {
    const email = makeSignUp().email
    await steps.signIn(await addPerson({ email, email_verified: true }))
    const payload = await steps.signIn(await addPerson({ email, email_verified: true }))
    expect(listUserErrors(payload)).toEqual([['CONFLICT', null]])
  })
})

const findUsers = (filter: object) => users.connection.collection('users').find(filter).toArray()

it('counts sign-ins to existing accounts and failed ones by their method', async () => {
  const read = async () => {
    const page = await readMetrics(users)
    const count = (method: string, result: string) =>
      sumMetric(page, 'agora_sign_ins_total', `method="${method}"`, `result="${result}"`) ?? NaN
    return [
      count('password', 'success'),
      count('password', 'wrongCredentials'),
      count('provider', 'success'),
      count('provider', 'refused'),
    ]
  }
  const login = await addPerson()
  const person = await users.signUp()
  const enterPassword = (password: string) =>
    users.send(documents.signIn, { input: { email: person.email, password } }, anonymous, newAddress())
  const before = await read()
  await steps.signIn(login)
  await steps.signIn(login)
  await steps.signIn(login)
  const { flowToken, callbackUrl } = await steps.reachCallback(login)
  const denied = new URL(callbackUrl)
  denied.searchParams.delete('code')
  denied.searchParams.set('error', 'access_denied')
  await steps.complete(flowToken, denied.href)
  await enterPassword(person.password)
  for (const guess of ['a wrong guess', 'another wrong guess', 'one more']) await enterPassword(guess)
  expect((await read()).map((count, index) => count - (before[index] ?? NaN))).toEqual([1, 3, 2, 1])
})
