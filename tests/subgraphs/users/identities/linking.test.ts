import {
  startIdentityProvider,
  TestBrowser,
  type TestIdentityProvider,
} from '../../../support/identityProvider'
import { createCapturedLog } from '../../../support/capturedLog'
import {
  createClock,
  documents,
  listUserErrors,
  makeSignUp,
  startUsers,
  toViewer,
  type Person,
  type TestUsers,
} from '../support'
import { createSignInSteps, identityDocuments, redirectUri } from './support'

const minute = 60_000
const clock = createClock()
const { log, lines } = createCapturedLog()
let issuer: TestIdentityProvider
let otherIssuer: TestIdentityProvider
let users: TestUsers
let withoutPasswords: TestUsers
let steps: ReturnType<typeof createSignInSteps>
let otherSteps: ReturnType<typeof createSignInSteps>
beforeAll(async () => {
  issuer = await startIdentityProvider('example', [redirectUri], 'idToken')
  otherIssuer = await startIdentityProvider('other', [redirectUri])
  const options = {
    identityProviders: [issuer.settings, otherIssuer.settings],
    redirectUris: [redirectUri],
    now: clock.now,
    log,
  }
  users = await startUsers(options)
  withoutPasswords = await startUsers({
    ...options,
    database: users.connection.name,
    isPasswordSignInOn: false,
  })
  steps = createSignInSteps(users, issuer)
  otherSteps = createSignInSteps(users, otherIssuer)
})
afterAll(async () => {
  await withoutPasswords.close()
  await users.close()
  await Promise.all([issuer.stop(), otherIssuer.stop()])
})

/** Runs work at a later time of the subgraph, but not of the issuers. */
async function runLater<Result>(milliseconds: number, work: () => Promise<Result>): Promise<Result> {
  clock.advance(milliseconds)
  const result = await work()
  clock.advance(-milliseconds)
  return result
}

let lastPerson = 0
const newLogin = () => `person-${++lastPerson}`
const viewerOf = ({ session }: { session: { accessToken: string } }) => toViewer(session.accessToken)
const listEvents = (name: string) => lines.filter(({ event }) => event === name)

const startErrors = async ({ viewer }: Person) => {
  const input = { provider: 'example', redirectUri }
  return listUserErrors((await users.query(identityDocuments.start, { input }, viewer)).startIdentitySignIn)
}

describe('a signed-in viewer', () => {
  it('links an identity, and signs in with it afterwards', async () => {
    const person = await users.signUp()
    const login = newLogin()
    const linked = await steps.signIn(login, { viewer: person.viewer })
    expect(linked).toMatchObject({
      session: null,
      isNewUser: false,
      userErrors: [],
      user: { id: person.id, email: person.email, identities: [{ provider: 'example' }] },
    })
    expect(listEvents('identity.linked').at(-1)).toMatchObject({
      userId: person.id,
      provider: 'example',
      by: 'viewer',
    })
    expect((await steps.signIn(login)).user.id).toBe(person.id)
    await users.signIn(person)
  })

  it('is not verified by the address of an identity', async () => {
    const person = await users.signUp()
    const login = newLogin()
    await issuer.setPerson(login, { email: person.email, email_verified: true })
    await steps.signIn(login, { viewer: person.viewer })
    const stored = await users.connection.collection<{ _id: string }>('users').findOne({ _id: person.id })
    expect(stored).not.toHaveProperty('emailVerifiedAt')
  })

  it('links an identity only within 5 minutes of a sign-in', async () => {
    const person = await users.signUp()
    await runLater(5 * minute, async () => {
      expect(await startErrors(person)).toEqual([['EXPIRED', null]])
      expect(await startErrors(await users.signIn(person))).toEqual([])
    })
  })

  it('cannot link another identity in a flow that confirms the session', async () => {
    const { session } = await steps.signIn(newLogin())
    const viewer = toViewer(session.accessToken)
    const payload = await runLater(5 * minute, () => steps.signIn(newLogin(), { viewer }))
    expect(listUserErrors(payload)).toEqual([['EXPIRED', null]])
  })

  it('cannot link an identity of another account, or two of one provider', async () => {
    const login = newLogin()
    await steps.signIn(login)
    const person = await users.signUp()
    expect(listUserErrors(await steps.signIn(login, { viewer: person.viewer }))).toEqual([['TAKEN', null]])
    await steps.signIn(newLogin(), { viewer: person.viewer })
    expect(listUserErrors(await steps.signIn(newLogin(), { viewer: person.viewer }))).toEqual([
      ['CONFLICT', null],
    ])
    expect((await otherSteps.signIn(newLogin(), { viewer: person.viewer })).user.identities).toHaveLength(2)
  })

  it('gives an identity to one of two accounts that link it at the same time', async () => {
    const people = [await users.signUp(), await users.signUp()]
    const login = newLogin()
    const flows = await Promise.all(people.map(({ viewer }) => steps.reachCallback(login, { viewer })))
    const payloads = await Promise.all(
      flows.map(async ({ flowToken, callbackUrl }, index) => {
        const { data } = await steps.complete(flowToken, callbackUrl, { viewer: people[index]?.viewer })
        return data.completeIdentitySignIn
      }),
    )
    expect(payloads.map((payload) => listUserErrors(payload)).sort()).toEqual([[], [['TAKEN', null]]])
  })

  it('sees only their own identities', async () => {
    const { user, session } = await steps.signIn(newLogin())
    const other = await users.signUp()
    const query = 'query ($id: ID!) { user(id: $id) { identities { provider } } }'
    const read = async (viewer?: Person['viewer']) =>
      (await users.query(query, { id: user.id }, viewer)).user.identities
    expect(await read(toViewer(session.accessToken))).toEqual([{ provider: 'example' }])
    for (const viewer of [undefined, other.viewer, (await users.administrator()).viewer])
      expect(await read(viewer)).toBeNull()
  })

  it('must have a session that has not ended', async () => {
    const person = await users.signUp()
    await users.query(documents.signOut, { input: { refreshToken: person.session.refreshToken } })
    const input = { provider: 'example', redirectUri }
    const { errors } = await users.send(identityDocuments.start, { input }, person.viewer)
    expect(errors?.[0]?.extensions['code']).toBe('UNAUTHENTICATED')
  })
})

describe('unlinking', () => {
  const unlink = async (viewer: Person['viewer'], provider = 'example', system = users) =>
    (await system.query(identityDocuments.unlink, { input: { provider } }, viewer)).unlinkIdentity

  it('removes an identity, which then signs in to a new account', async () => {
    const person = await users.signUp()
    const login = newLogin()
    await steps.signIn(login, { viewer: person.viewer })
    expect(await unlink(person.viewer)).toMatchObject({
      userErrors: [],
      user: { id: person.id, identities: [] },
    })
    expect(listEvents('identity.unlinked').at(-1)).toMatchObject({ userId: person.id, provider: 'example' })
    expect(listUserErrors(await unlink(person.viewer))).toEqual([['NOT_FOUND', 'provider']])
    expect((await steps.signIn(login)).user.id).not.toBe(person.id)
    // The index of identities ignores accounts from which all were removed.
    const other = await users.signUp()
    await steps.signIn(newLogin(), { viewer: other.viewer })
    expect((await unlink(other.viewer)).userErrors).toEqual([])
  })

  it('keeps the last way to sign in', async () => {
    const viewer = viewerOf(await steps.signIn(newLogin()))
    expect(listUserErrors(await unlink(viewer))).toEqual([['CONFLICT', 'provider']])
    await otherSteps.signIn(newLogin(), { viewer })
    expect((await unlink(viewer)).userErrors).toEqual([])
    expect(listUserErrors(await unlink(viewer, 'other'))).toEqual([['CONFLICT', 'provider']])
  })

  it('keeps one of two identities that are unlinked at the same time', async () => {
    const viewer = viewerOf(await steps.signIn(newLogin()))
    await otherSteps.signIn(newLogin(), { viewer })
    const payloads = await Promise.all([unlink(viewer), unlink(viewer, 'other')])
    expect(payloads.filter(({ userErrors }) => userErrors.length === 0)).toHaveLength(1)
  })

  it('does not count a password where passwords are not used', async () => {
    const person = await users.signUp()
    await steps.signIn(newLogin(), { viewer: person.viewer })
    expect(listUserErrors(await unlink(person.viewer, 'example', withoutPasswords))).toEqual([
      ['CONFLICT', 'provider'],
    ])
  })
})

describe('acts that ask for a password', () => {
  const newPassword = 'a password that is new'
  const changePassword = async (viewer: Person['viewer'], input: object, system = users) =>
    (await system.query(documents.changePassword, { input: { newPassword, ...input } }, viewer))
      .changePassword
  const deleteAccount = async (viewer: Person['viewer'], input: object = {}, system = users) =>
    (await system.query(documents.deleteAccount, { input }, viewer)).deleteAccount

  it('require the password of an account that has one', async () => {
    const person = await users.signUp()
    await steps.signIn(newLogin(), { viewer: person.viewer })
    for (const input of [{}, { currentPassword: null }])
      expect(listUserErrors(await changePassword(person.viewer, input))).toEqual([
        ['REQUIRED', 'currentPassword'],
      ])
    expect(listUserErrors(await deleteAccount(person.viewer))).toEqual([['REQUIRED', 'password']])
    expect(listUserErrors(await deleteAccount(person.viewer, { password: 'wrong' }))).toEqual([
      ['BAD_CREDENTIALS', 'password'],
    ])
  })

  it('need a recent sign-in with a provider for an account without a password', async () => {
    const browser = new TestBrowser()
    const login = newLogin()
    const email = makeSignUp().email
    await issuer.setPerson(login, { email, email_verified: true, name: 'A' })
    const viewer = viewerOf(await steps.signIn(login, { browser }))
    const errors = async (input: object) => listUserErrors(await changePassword(viewer, input))
    await runLater(6 * minute, async () => {
      expect(await errors({})).toEqual([['EXPIRED', null]])
      expect(await errors({ currentPassword: 'a guess' })).toEqual([['EXPIRED', null]])
      // The issuer states that this login happened before the time of the subgraph.
      expect(await steps.signIn(login, { viewer, browser })).toMatchObject({ session: null, userErrors: [] })
      expect(await errors({})).toEqual([['EXPIRED', null]])
    })

    expect(await steps.signIn(login, { viewer, browser })).toMatchObject({ session: null, userErrors: [] })
    const changed = await changePassword(viewer, {})
    expect(changed.userErrors).toEqual([])
    const { viewer: signedIn } = await users.signIn({ email, password: newPassword })
    expect(listUserErrors(await deleteAccount(signedIn))).toEqual([['REQUIRED', 'password']])
  })

  it('are not confirmed by a provider that does not state when the person signed in', async () => {
    const login = newLogin()
    await issuer.setFault({ idToken: { claims: { auth_time: null } } })
    try {
      const viewer = viewerOf(await steps.signIn(login))
      expect(listUserErrors(await deleteAccount(viewer))).toEqual([['EXPIRED', null]])
      const confirmation = await steps.signIn(login, { viewer })
      expect(listUserErrors(confirmation)).toEqual([['INVALID', 'callbackUrl']])
      expect(listEvents('identity.refused').at(-1)).toMatchObject({ reason: 'no_auth_time' })
      expect(listUserErrors(await deleteAccount(viewer))).toEqual([['EXPIRED', null]])
      // Such a provider can be linked by a viewer whose sign-in is recent, and signs in.
      const person = await users.signUp()
      const other = newLogin()
      expect((await steps.signIn(other, { viewer: person.viewer })).userErrors).toEqual([])
      expect((await steps.signIn(other)).user.id).toBe(person.id)
    } finally {
      await issuer.setFault({})
    }
  })

  it('does not trust a time in the future', async () => {
    const inAYear = Math.floor(clock.now().getTime() / 1000) + 365 * 86_400
    await issuer.setFault({ idToken: { claims: { auth_time: inAYear } } })
    const viewer = viewerOf(await steps.signIn(newLogin()))
    await issuer.setFault({})
    const refused = await runLater(5 * minute, () => deleteAccount(viewer))
    expect(listUserErrors(refused)).toEqual([['EXPIRED', null]])
  })

  it('need a provider, not a session with a password, where passwords are not used', async () => {
    const person = await users.signUp()
    expect(
      listUserErrors(await deleteAccount(person.viewer, { password: person.password }, withoutPasswords)),
    ).toEqual([['EXPIRED', null]])
  })
})

describe('PASSWORD_SIGN_IN=false', () => {
  it('refuses signing up and signing in with a password', async () => {
    const person = await users.signUp()
    for (const [document, input] of [
      [documents.signUp, makeSignUp()],
      [documents.signIn, { email: person.email, password: person.password }],
    ] as const) {
      const { errors } = await withoutPasswords.send(document, { input })
      expect(errors?.[0]?.extensions['code']).toBe('FORBIDDEN')
    }
  })

  it('signs in with providers', async () => {
    const login = newLogin()
    const first = await createSignInSteps(withoutPasswords, issuer).signIn(login)
    expect(first).toMatchObject({ isNewUser: true, userErrors: [] })
    const { session } = await steps.signIn(login)
    const renewed = await withoutPasswords.query(documents.refreshSession, {
      input: { refreshToken: session.refreshToken },
    })
    expect(renewed.refreshSession.userErrors).toEqual([])
  })

  it('lets the first administrator in by the address of ADMIN_EMAIL', async () => {
    await issuer.setPerson('admin', { email: 'admin@agora.example', email_verified: true })
    const payload = await createSignInSteps(withoutPasswords, issuer).signIn('admin')
    expect(payload).toMatchObject({ isNewUser: false, user: { role: 'ADMIN' } })
  })
})
