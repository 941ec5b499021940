import { createPublicKey, type JsonWebKey } from 'node:crypto'
import jwt from 'jsonwebtoken'

import { waitUntil } from '../../support/processes'
import {
  createClock,
  documents,
  keys,
  makeSignUp,
  newKey,
  listUserErrors,
  sessionFields,
  startUsers,
  type TestSession,
  type Person,
  type TestUsers,
} from './support'

const clock = createClock()
let users: TestUsers
let twin: TestUsers
let person: Person
beforeAll(async () => {
  users = await startUsers({ now: clock.now })
  twin = await startUsers({ now: clock.now, database: users.connection.name })
  person = await users.signUp()
})
afterAll(async () => {
  await twin.close()
  await users.close()
})

const second = 1000
const day = 24 * 60 * 60 * second

async function refresh(refreshToken: string, through: TestUsers = users) {
  const { refreshSession } = await through.query(documents.refreshSession, { input: { refreshToken } })
  return refreshSession as {
    session: TestSession | null
    user: { id: string; email: string } | null
    userErrors: { code: string; field: string[] }[]
  }
}

async function renew(refreshToken: string): Promise<TestSession> {
  const { session } = await refresh(refreshToken)
  if (!session) throw new Error('The session was not renewed.')
  return session
}

async function expectExpired(refreshToken: string): Promise<void> {
  const response = await refresh(refreshToken)
  expect(response).toMatchObject({ session: null, user: null })
  expect(listUserErrors(response)).toEqual([['EXPIRED', 'refreshToken']])
}

const isActive = async (session: TestSession): Promise<boolean> => {
  const response = await users.send(documents.viewer, {}, decodeViewer(session))
  return response.data.viewer !== null
}
const decodeViewer = ({ accessToken }: TestSession) => {
  const { sub, sid } = jwt.decode(accessToken) as { sub: string; sid: string }
  return { kind: 'signedIn', id: sub, role: 'MEMBER', sessionId: sid } as const
}

async function publishedKeys({ url }: TestUsers): Promise<(JsonWebKey & { kid: string })[]> {
  const response = await fetch(new URL('/.well-known/jwks.json', url))
  expect(response.status).toBe(200)
  const { keys } = (await response.json()) as { keys: (JsonWebKey & { kid: string })[] }
  return keys
}

test('requires the refresh token to renew and to end a session', async () => {
  for (const name of ['refreshSession', 'signOut'] as const) {
    const response = (await users.query(documents[name], { input: {} }))[name]
    expect(response.userErrors).toMatchObject([{ code: 'REQUIRED' }])
  }
  const { refreshSession } = await users.query(documents.refreshSession, { input: { refreshToken: null } })
  expect(listUserErrors(refreshSession)).toEqual([['REQUIRED', 'refreshToken']])
})

describe('an access token', () => {
  test('is a JWT of RFC 9068 that the published keys verify', async () => {
    const { accessToken, accessTokenExpiresAt } = (await users.signIn(person)).session
    const jwks = await publishedKeys(users)
    const thumbprint = expect.stringMatching(/^[A-Za-z0-9_-]{43}$/)
    const coordinate = expect.any(String)
    expect(jwks).toEqual([
      { kty: 'EC', crv: 'P-256', x: coordinate, y: coordinate, kid: thumbprint, alg: 'ES256', use: 'sig' },
    ])
    const decoded = jwt.decode(accessToken, { complete: true })
    expect(decoded?.header).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: jwks[0]?.kid })
    const key = createPublicKey({ key: jwks[0]!, format: 'jwk' })
    const claims = jwt.verify(accessToken, key, {
      algorithms: ['ES256'],
      issuer: 'agora',
      audience: 'agora',
      clockTimestamp: clock.now().getTime() / second,
    })
    const iat = Math.floor(clock.now().getTime() / second)
    expect(claims).toEqual({
      sub: person.id,
      sid: expect.any(String),
      role: 'MEMBER',
      ver: 0,
      iss: 'agora',
      aud: 'agora',
      iat,
      exp: iat + 15 * 60,
    })
    expect(accessTokenExpiresAt).toBe(new Date((iat + 15 * 60) * second).toISOString())
  })

  test('can be verified with the previous key during a rotation, and no private key is published', async () => {
    const next = newKey()
    const rotated = await startUsers({ privateKey: next.privateKey, previousPublicKey: keys.publicKey })
    try {
      const [published, [previous]] = await Promise.all([publishedKeys(rotated), publishedKeys(users)])
      expect(published).toHaveLength(2)
      expect(published[1]).toEqual(previous)
      expect(published[0]?.kid).not.toBe(previous?.kid)
      expect(JSON.stringify(published)).not.toContain('"d"')
    } finally {
      await rotated.close()
    }
  })
})

describe('a refresh token', () => {
  test('is exchanged for a new session of the same family', async () => {
    const { session } = await users.signIn(person)
    clock.advance(second)
    const response = await refresh(session.refreshToken)
    expect(response.userErrors).toEqual([])
    expect(response.user).toMatchObject({ id: person.id, email: person.email })
    expect(response.session?.refreshToken).not.toBe(session.refreshToken)
    expect(decodeViewer(response.session!)).toEqual(decodeViewer(session))
    expect(response.session?.refreshTokenExpiresAt).toBe(
      new Date(clock.now().getTime() + 30 * day).toISOString(),
    )
  })

  test('returns the same new session for 50 concurrent exchanges through two processes', async () => {
    const { session } = await users.signIn(person)
    const responses = await Promise.all(
      Array.from({ length: 50 }, (_, index) => refresh(session.refreshToken, index % 2 ? users : twin)),
    )
    expect(new Set(responses.map((response) => JSON.stringify(response.session))).size).toBe(1)
    expect(responses[0]?.session).not.toBeNull()
    await renew(responses[0]!.session!.refreshToken)
  })

  test('can be exchanged again within 10 s, even after its successor was used', async () => {
    const { session } = await users.signIn(person)
    const next = await renew(session.refreshToken)
    clock.advance(4 * second)
    const afterNext = await renew(next.refreshToken)
    clock.advance(6 * second)
    expect(await renew(session.refreshToken)).toEqual(next)
    expect(await renew(next.refreshToken)).toEqual(afterNext)
    await renew(afterNext.refreshToken)
  })

  test('ends its own family only when it is reused later', async () => {
    const { session } = await users.signIn(person)
    const other = await users.signIn(person)
    const next = await renew(session.refreshToken)
    clock.advance(10 * second + 1)
    await expectExpired(session.refreshToken)
    await expectExpired(next.refreshToken)
    expect(await isActive(next)).toBe(false)
    expect(await isActive(other.session)).toBe(true)
  })

  test('expires after 30 days', async () => {
    const [kept, late] = await Promise.all([users.signIn(person), users.signIn(person)])
    clock.advance(30 * day - 1)
    await renew(kept.session.refreshToken)
    clock.advance(1)
    await expectExpired(late.session.refreshToken)
  })

  test.each(['', 'x', '$ne', `${'A'.repeat(43)}.${'A'.repeat(43)}`, 'A'.repeat(10_000)])(
    'that was never issued is EXPIRED and ends nothing: %.50s',
    async (forged) => {
      const { session } = await users.signIn(person)
      await expectExpired(forged)
      // The session ID, which every access token contains, is not enough to end the session.
      const { sessionId } = decodeViewer(session)
      await expectExpired(`${sessionId}.${session.refreshToken.slice(44)}`)
      await renew(session.refreshToken)
    },
  )

  test('is not stored in the database', async () => {
    const { session } = await users.signIn(person)
    const next = await renew(session.refreshToken)
    const stored = JSON.stringify(await users.readCollection('sessions'))
    for (const token of [session, next].flatMap(({ refreshToken, accessToken }) => [
      refreshToken,
      ...refreshToken.split('.'),
      accessToken,
    ])) {
      expect(stored).not.toContain(token)
    }
  })
})

describe('signOut', () => {
  const signOut = (refreshToken: string, everywhere?: boolean) =>
    users.query(documents.signOut, {
      input: { refreshToken, ...(everywhere !== undefined && { everywhere }) },
    })
  const success = { signOut: { userErrors: [] } }

  test('ends the session immediately; idempotent', async () => {
    const { session } = await users.signIn(person)
    const other = await users.signIn(person)
    expect(await signOut(session.refreshToken)).toEqual(success)
    await expectExpired(session.refreshToken)
    expect(await isActive(session)).toBe(false)
    expect(await isActive(other.session)).toBe(true)
    expect(await signOut(session.refreshToken)).toEqual(success)
    expect(await signOut('unknown')).toEqual(success)
  })

  test('ends all sessions of the user with `everywhere`, and no others', async () => {
    const [one, two] = await Promise.all([users.signIn(person), users.signIn(person)])
    const user = await users.signUp()
    expect(await signOut(one.session.refreshToken, true)).toEqual(success)
    for (const { session } of [one, two]) {
      await expectExpired(session.refreshToken)
      expect(await isActive(session)).toBe(false)
    }
    expect(await isActive(user.session)).toBe(true)
    await users.signIn(person)
  })

  test('also ends sessions of concurrent exchanges', async () => {
    const { session } = await users.signIn(person)
    const [responses] = await Promise.all([
      Promise.all(Array.from({ length: 10 }, () => refresh(session.refreshToken, twin))),
      signOut(session.refreshToken),
    ])
    for (const response of responses) if (response.session) await expectExpired(response.session.refreshToken)
    await expectExpired(session.refreshToken)
  })
})

describe('an ended session', () => {
  test('is UNAUTHENTICATED for the viewer and all mutations', async () => {
    const { session } = await users.signIn(person)
    await users.query(documents.signOut, { input: { refreshToken: session.refreshToken } })
    const viewer = decodeViewer(session)
    const attempts: [string, object][] = [
      [documents.viewer, {}],
      [documents.updateProfile, { displayName: 'Nobody' }],
      [documents.changePassword, { currentPassword: person.password, newPassword: 'something else' }],
      [documents.deleteAccount, { password: person.password }],
      [documents.setUserRole, { userId: person.id, role: 'ADMIN' }],
    ]
    for (const [document, input] of attempts) {
      const response = await users.send(document, { input }, viewer)
      expect(response.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])
    }
    const { user } = await users.query(`{ user(id: "${person.id}") { handle email } }`, {}, viewer)
    expect(user).toEqual({ handle: person.handle, email: null })
  })

  test('is deleted at the next start once it has expired', async () => {
    const own = createClock()
    const first = await startUsers({ now: own.now })
    try {
      await first.signUp()
      const count = (await first.readCollection('sessions')).length
      expect(count).toBeGreaterThan(0)
      own.advance(31 * day)
      const second = await startUsers({ now: own.now, database: first.connection.name })
      try {
        await waitUntil(
          'no session is left',
          async () => (await first.readCollection('sessions')).length === 0,
        )
      } finally {
        await second.close()
      }
    } finally {
      await first.close()
    }
  })
})

describe('changePassword', () => {
  const change = async (user: Person, currentPassword: string, newPassword: string) => {
    const { changePassword } = await users.query(
      documents.changePassword,
      { input: { currentPassword, newPassword } },
      user.viewer,
    )
    return changePassword
  }

  test('ends every session and returns a new one', async () => {
    const user = await users.signUp()
    const elsewhere = await users.signIn(user)
    const { session, userErrors } = await change(user, user.password, 'a quite different one')
    expect(userErrors).toEqual([])
    expect(await isActive(session)).toBe(true)
    await renew(session.refreshToken)
    for (const old of [user, elsewhere]) {
      await expectExpired(old.session.refreshToken)
      expect(await isActive(old.session)).toBe(false)
    }
    const rejected = await users.query(documents.signIn, { input: credentials(user) })
    expect(listUserErrors(rejected.signIn)).toEqual([['BAD_CREDENTIALS', null]])
    await users.signIn({ email: user.email, password: 'a quite different one' })
  })

  test('requires the current password and a new one of 8 to 256 characters', async () => {
    const user = await users.signUp(makeSignUp({ password: '🔑'.repeat(8) }))
    const wrong = await change(user, 'not the password', 'a quite different one')
    expect(wrong.session).toBeNull()
    expect(listUserErrors(wrong)).toEqual([['BAD_CREDENTIALS', 'currentPassword']])
    expect(listUserErrors(await change(user, user.password, '🔑'.repeat(7)))).toEqual([
      ['TOO_SHORT', 'newPassword'],
    ])
    expect(listUserErrors(await change(user, user.password, '🔑'.repeat(257)))).toEqual([
      ['TOO_LONG', 'newPassword'],
    ])
    expect(listUserErrors(await change(user, user.password, '🔑'.repeat(256)))).toEqual([])
  })

  test('succeeds once for two concurrent changes', async () => {
    const user = await users.signUp()
    const responses = await Promise.all(
      ['the first of the two', 'the second of the two'].map((password, index) =>
        (index ? users : twin).send(
          documents.changePassword,
          { input: { currentPassword: user.password, newPassword: password } },
          user.viewer,
        ),
      ),
    )
    expect(responses.filter(({ data }) => data.changePassword?.session)).toHaveLength(1)
  })
})

const credentials = ({ email, password }: Person) => ({ email, password })

test('selects all fields of a session', () => {
  expect(sessionFields.split(' ')).toEqual(Object.keys(person.session))
})
